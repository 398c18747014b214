"""Measure the CPU and the memory of a service's tasks, as ECS's metrics.

https://docs.aws.amazon.com/AmazonECS/latest/developerguide/service_utilization.html
"""

from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass, field

from ministack.services import ecs

from emulator.ecs.members import Record, is_live, is_running, tasks_of
from emulator.metrics.measured import STORE
from emulator.metrics.store import Metric, Store
from emulator.runtime.container import Container
from emulator.runtime.processes import cpu_seconds, memory_mib

_UNITS_PER_CORE = 1024


@dataclass
class Usage:
    """Remembers each task's CPU time, from which the next measurement takes the difference."""

    store: Store = STORE
    _seen: dict[str, tuple[float, float]] = field(default_factory=dict)

    def look(self, service: Record, containers: Iterable[Container], now: float) -> None:
        """Measure the service's running tasks; `now` is in seconds on any clock that only goes forward."""
        place = {
            "ClusterName": service["clusterArn"].rpartition("/")[2],
            "ServiceName": service["serviceName"],
        }
        cpu, memory = (Metric.of("AWS/ECS", f"{kind}Utilization", place) for kind in ("CPU", "Memory"))
        pids: dict[str, list[int]] = {}
        for container in containers:
            if container.status == "running":
                pids.setdefault(container.address, []).append(container.pid)
        for task in filter(is_running, tasks_of(service)):
            own = pids.get(ecs._task_ip(task) or "", [])
            used = sum(map(cpu_seconds, own))
            before = self._seen.get(task["taskArn"])
            self._seen[task["taskArn"]] = (now, used)
            with suppress(
                KeyError, ValueError, ZeroDivisionError
            ):  # the utilisation of a task without a size is undefined
                if before is not None and now > before[0]:
                    cores = max(used - before[1], 0.0) / (now - before[0])
                    self.store.add(cpu, 100 * cores * _UNITS_PER_CORE / float(task["cpu"]), unit="Percent")
                share = 100 * sum(map(memory_mib, own)) / float(task["memory"])
                self.store.add(memory, share, unit="Percent")
        self._count(service, place)

    def forget(self, tasks: Iterable[str]) -> None:
        """Forget all tasks but these."""
        there = set(tasks)
        self._seen = {task: seen for task, seen in self._seen.items() if task in there}

    def _count(self, service: Record, place: dict[str, str]) -> None:
        """Count tasks for Container Insights, if the cluster has it."""
        if not _has_insights(service["clusterArn"]):
            return
        tasks = [task for task in tasks_of(service) if is_live(task)]
        running = sum(map(is_running, tasks))
        counts = {
            "DesiredTaskCount": int(service["desiredCount"]),
            "RunningTaskCount": running,
            "PendingTaskCount": len(tasks) - running,
        }
        for name, count in counts.items():
            self.store.add(Metric.of("ECS/ContainerInsights", name, place), float(count), unit="Count")


def _has_insights(cluster_arn: str) -> bool:
    cluster = ecs._clusters.get(ecs._cluster_name_from_arn(cluster_arn)) or {}
    return any(
        setting.get("name") == "containerInsights" and setting.get("value") in ("enabled", "enhanced")
        for setting in cluster.get("settings") or []
    )
