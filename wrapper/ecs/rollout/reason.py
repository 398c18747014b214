"""Why a roll-out failed, in one block: the task, how it ended, its last log lines, its target's state."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from wrapper.ecs.rollout.advice import advise, port_taken
from wrapper.ecs.rollout.judge import Failed
from wrapper.ecs.rollout.snapshot import Container, ServiceTarget, Snapshot, Target, Task

_EVENTS = 5
_TELLING = re.compile(
    r"unable|fail|unhealthy|roll(ed|ing) back|error|insufficient|timed? ?out|not found", re.I
)
# Draining only shows that a task is stopping; the other events matter while a task is not healthy.
_TELLING_STATES = {"initial", "unhealthy", "unused", "unavailable"}
_TARGET_GROUP = re.compile(r"\(target-group \S*?targetgroup/([^/\s]+)/\w+\)")
# Stopped by SIGTERM: its exit code 143, 137 or 0 says nothing about the reason.
_STOPPED_BY_ECS = "ServiceSchedulerInitiated"
_SIGKILL = 137
_SIGTERM = 143
_SIGNALS = {
    126: "the command cannot be executed",
    127: "the command was not found",
    134: "aborted (SIGABRT)",
    137: "killed (SIGKILL)",
    139: "segmentation fault (SIGSEGV)",
    143: "terminated (SIGTERM)",
}


@dataclass(frozen=True, kw_only=True)
class Reason:
    """Everything known about one failed roll-out; unknown parts are empty or None.

    `log` is the container's last lines; `still_running` counts the tasks of other versions, None for a job,
    which has none, and for a version in a slot of its own; `stopped` says how the deployment was ended.
    """

    service: str
    cause: str
    sentence: str
    revision: str
    task: str
    container: str
    stop_code: str
    stopped_reason: str
    exit_code: int | None
    exit_meaning: str
    target: str
    events: Sequence[str]
    log: Sequence[str]
    still_running: int | None
    advice: str | None
    stopped: str = ""

    def text(self) -> str:
        """Return the block as lines, indented under the service's sentence."""
        rows = [f"  {label:<10}{value}" for label, value in self._rows()]
        log = [f"    {line}" for line in self.log]
        return "\n".join([f"{self.service}: {self.sentence}", *rows, *log])  # `advice` is the error's fix

    def _rows(self) -> Iterator[tuple[str, str]]:
        if self.task:
            yield "task", f"{self.task} of {self.revision}"
        if self.stopped_reason:
            yield "stopped", f"{self.stopped_reason}{f' ({self.stop_code})' if self.stop_code else ''}"
        if self.exit_code is not None:
            yield "exit code", f"{self.exit_code}, {self.exit_meaning} ({self.container})"
        if self.target:
            yield "target", self.target
        for event in self.events:
            yield "event", event
        if self.stopped:
            yield "ended", self.stopped
        if self.still_running is not None:
            yield "meanwhile", _still(self.still_running)
        if self.log:
            yield "log", f"{self.container}'s last log lines:"


def suspect(snapshot: Snapshot) -> Task | None:
    """Choose the most informative task: a failed one, else the oldest unhealthy one, else one not yet up."""
    sick = [task for task in snapshot.running if task not in snapshot.healthy]
    waiting = [task for task in snapshot.tasks if not task.is_ending and not task.is_running]
    return next(iter([*snapshot.failed, *reversed(sick), *waiting]), None)


def failed_container(task: Task) -> Container | None:
    """Choose the container that failed; else the first that ended at all, else the first.

    When one ends, ECS ends the others by signals: a container that a signal has ended is rarely the cause.
    """
    return min(task.containers, key=_innocence, default=None)


def _innocence(container: Container) -> int:
    """Rank a container's end: own reason, error, SIGKILL, end without error, SIGTERM, none."""
    if container.reason:
        return 0
    ranks = {_SIGKILL: 2, 0: 3, _SIGTERM: 4, None: 5}
    return ranks.get(container.exit_code, 1)


def compose(snapshot: Snapshot, target: ServiceTarget, failed: Failed, *, log: Sequence[str] = ()) -> Reason:
    """Combine what was observed with the log lines of `suspect`."""
    task = suspect(snapshot)
    container = failed_container(task) if task else None
    exit_code = container.exit_code if container else None
    details = [task.stopped_reason if task else "", container.reason if container else ""]
    stopped_reason = _shortened("; ".join(filter(None, details)))
    seen = _seen(snapshot, task)
    events = _events(snapshot, target)
    ended_itself = exit_code is not None and not (task and task.stop_code == _STOPPED_BY_ECS)
    code = f"exit code {exit_code}" if ended_itself else ""
    is_sidecar = container is not None and container.name != target.name
    sidecar = "essential sidecar" if ended_itself and is_sidecar else ""
    port = port_taken(log) if ended_itself else ""
    evidence = "\n".join([stopped_reason, port, sidecar, code, seen, *events, failed.sentence, failed.cause])
    return Reason(
        service=target.name,
        cause=failed.cause,
        sentence=failed.sentence,
        revision=target.revision,
        task=task.id if task else "",
        container=container.name if container else "",
        stop_code=task.stop_code if task else "",
        stopped_reason=stopped_reason,
        exit_code=exit_code,
        exit_meaning=meaning_of(exit_code) if exit_code is not None else "",
        target=seen,
        events=events,
        log=tuple(log),
        still_running=None if target.stands_beside else _others(snapshot, target),
        advice=advise(evidence),
    )


def compose_job(job: str, task: Task, *, revision: str, sentence: str, log: Sequence[str] = ()) -> Reason:
    """Return the reason for one task of a job that failed."""
    container = failed_container(task)
    exit_code = container.exit_code if container else None
    stopped_reason = "; ".join(filter(None, [task.stopped_reason, container.reason if container else ""]))
    code = "" if exit_code is None else f"exit code {exit_code}"
    return Reason(
        service=job,
        cause="job",
        sentence=sentence,
        revision=revision,
        task=task.id,
        container=container.name if container else "",
        stop_code=task.stop_code,
        stopped_reason=stopped_reason,
        exit_code=exit_code,
        exit_meaning=meaning_of(exit_code) if exit_code is not None else "",
        target="",
        events=(),
        log=tuple(log),
        still_running=None,
        advice=advise("\n".join([stopped_reason, port_taken(log), code])),
    )


def meaning_of(exit_code: int) -> str:
    """Explain an exit code: above 128 it is the signal that ended the process."""
    if exit_code == 0:
        return "it ended by itself without an error"
    return _SIGNALS.get(exit_code, f"killed by signal {exit_code - 128}" if exit_code > 128 else "an error")


def _seen(snapshot: Snapshot, task: Task | None) -> str:
    """Return the target's state of the task, or of any target if this one is deregistered already."""
    own = snapshot.target_of(task) if task else None
    states = {"unhealthy"} if task and task.has_failed else _TELLING_STATES
    telling = [target for target in (own, *snapshot.targets) if target and target.state in states]
    return _words(telling[0]) if telling else ""


def _words(target: Target) -> str:
    details = ", ".join(filter(None, [target.reason, target.description]))
    return f"{target.address}:{target.port} is {target.state}{f' ({details})' if details else ''}"


def _events(snapshot: Snapshot, target: ServiceTarget) -> Sequence[str]:
    """Return the newest events about problems since the deployment began."""
    awaited = snapshot.awaited(target)
    recent = (event for event in snapshot.events if awaited is None or event.at >= awaited.created_at)
    telling = [_shortened(event.message) for event in recent if _TELLING.search(event.message)]
    return tuple(dict.fromkeys(telling[:_EVENTS]))


def _shortened(text: str) -> str:
    """Replace a target group's ARN, which fills a line, by its name."""
    return _TARGET_GROUP.sub(r"(target group \1)", text)


def _others(snapshot: Snapshot, target: ServiceTarget) -> int:
    return sum(
        item.running
        for item in snapshot.deployments
        if item.task_definition_arn != target.task_definition_arn
    )


def _still(count: int) -> str:
    if count == 0:
        return "no other version runs"
    return (
        f"{count} {'task' if count == 1 else 'tasks'} of another version still run{'s' if count == 1 else ''}"
    )
