"""Start a job by hand, print its log, and report how it ended."""

import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import Any

from wrapper.aws.client import Aws, explained
from wrapper.delivery.site import Site
from wrapper.ecs.rollout import log
from wrapper.ecs.rollout.observation import task_of
from wrapper.ecs.rollout.reason import Reason, compose_job
from wrapper.ecs.rollout.snapshot import Task, revision_of
from wrapper.environment.lookup import job_of
from wrapper.errors import PreconditionError, RolloutError
from wrapper.terraform.outputs import JobOutput
from wrapper.verbs.logs import Line

POLL_SECONDS = 1.0
# A container's last lines reach CloudWatch some seconds after it has ended.
_LATE_SECONDS = 3.0
_STARTED_BY = "wrapper"


@dataclass(frozen=True, kw_only=True)
class JobRun:
    """A task of a job; `exit_code` is None if the run did not wait for its end."""

    job: str
    task: str
    exit_code: int | None
    seconds: float

    def text(self) -> str:
        if self.exit_code is None:
            return f"{self.job}: task {self.task} is started"
        return (
            f"{self.job}: task {self.task} ended with exit code {self.exit_code} after {self.seconds:.0f} s"
        )

    def as_json(self) -> dict[str, Any]:
        return {"ok": True, **asdict(self)}


class JobFailed(RolloutError):
    """Carry the reason as data."""

    def __init__(self, reason: Reason) -> None:
        super().__init__(f"the job {reason.service} failed\n{reason.text()}", fix=reason.advice)
        self.reason = reason

    def as_json(self) -> dict[str, Any]:
        return {**super().as_json(), "reasons": [asdict(self.reason)]}


def run(
    site: Site,
    name: str,
    *,
    variables: Mapping[str, str],
    wait: bool,
    said: Callable[[Line], None],
) -> JobRun:
    """Start a task of the job with additional variables; pass on each log line until the task has ended.

    Raises JobFailed if it fails, or if it still runs at the job's deadline, when it is stopped.
    """
    job = job_of(site.command.environment, name, command="run")
    deployed = _deployed(site, name)
    started = time.monotonic()
    with explained(RolloutError):
        task = _start(site, name, deployed, variables)
        if not wait:
            return JobRun(job=name, task=task.id, exit_code=None, seconds=0.0)
        run = _Run(site, name, deployed, task, deadline_seconds=job.deadline_seconds)
        try:
            ended = run.follow(said)
        except KeyboardInterrupt:
            again = f"python -m wrapper logs {site.command.environment.called} {name} -f"
            site.command.console.note(f"Task {task.id} keeps running; follow it with: {again}")
            raise
    return JobRun(job=name, task=task.id, exit_code=ended, seconds=round(time.monotonic() - started, 1))


def _deployed(site: Site, name: str) -> JobOutput:
    app = site.app()
    if app is None or name not in app.jobs:
        environment = site.command.environment.called
        raise PreconditionError(
            f"{name} must be deployed for this, but the last apply did not include it.",
            fix=f"python -m wrapper apply {environment}",
        )
    return app.jobs[name]


def _start(site: Site, name: str, deployed: JobOutput, variables: Mapping[str, str]) -> Task:
    network = deployed.network
    environment: Any = [{"name": key, "value": value} for key, value in variables.items()]
    answer = site.aws.ecs.run_task(
        cluster=site.command.environment.cluster_name,
        taskDefinition=deployed.task_definition_arn,
        count=1,
        launchType="FARGATE",
        startedBy=_STARTED_BY,
        propagateTags="TASK_DEFINITION",
        enableECSManagedTags=True,
        overrides={"containerOverrides": [{"name": name, "environment": environment}]},
        networkConfiguration={
            "awsvpcConfiguration": {
                "subnets": list(network.subnet_ids),
                "securityGroups": [network.security_group_id],
                "assignPublicIp": "ENABLED" if network.assign_public_ip else "DISABLED",
            }
        },
    )
    for failure in answer["failures"]:
        said = ": ".join(filter(None, [failure.get("reason"), failure.get("detail")]))
        raise RolloutError(f"ECS did not start {name}: {said}.")
    return task_of(answer["tasks"][0], now=site.aws.now())


class _Run:
    """One task, from its start to its end."""

    def __init__(
        self, site: Site, name: str, deployed: JobOutput, task: Task, *, deadline_seconds: float
    ) -> None:
        self._aws = site.aws
        self._cluster = site.command.environment.cluster_name
        self._name = name
        self._definition: str = deployed.task_definition_arn
        self._task = task
        self._deadline = deadline_seconds
        self._tail = _Tail(site.aws, deployed.log_group_name, name, task.id)

    def follow(self, said: Callable[[Line], None]) -> int:
        """Follow the task to its end and return exit code 0; raise JobFailed for any other."""
        started, is_late = time.monotonic(), False
        while self._task.status != "STOPPED":
            time.sleep(POLL_SECONDS)
            if not is_late and time.monotonic() - started >= self._deadline:
                is_late = True
                reason = f"still running after {self._deadline:.0f} s"
                self._aws.ecs.stop_task(cluster=self._cluster, task=self._task.id, reason=reason)
            self._hand_on(said)
            answer = self._aws.ecs.describe_tasks(cluster=self._cluster, tasks=[self._task.id])
            [item] = answer["tasks"]
            self._task = task_of(item, now=self._aws.now())
        late = time.monotonic() + _LATE_SECONDS
        while time.monotonic() < late and not self._hand_on(said):
            time.sleep(POLL_SECONDS / 2)
        self._hand_on(said)
        return self._verdict(is_late)

    def _hand_on(self, said: Callable[[Line], None]) -> int:
        lines = list(self._tail.news())
        for line in lines:
            said(line)
        return len(lines)

    def _verdict(self, is_late: bool) -> int:
        codes = [container.exit_code for container in self._task.containers]
        if not is_late and codes and all(code == 0 for code in codes):
            return 0
        if is_late:
            sentence = f"it still ran after deadline_seconds ({self._deadline:.0f} s) and was stopped."
        elif any(code is not None for code in codes):
            sentence = "its task failed."
        else:
            sentence = "its task did not start."
        lines = log.last_lines(
            self._aws, task_definition_arn=self._definition, container=self._name, task=self._task.id
        )
        revision = revision_of(self._definition)
        raise JobFailed(compose_job(self._name, self._task, revision=revision, sentence=sentence, log=lines))


class _Tail:
    """The lines of one container, each once."""

    def __init__(self, aws: Aws, group: str, job: str, task: str) -> None:
        self._aws = aws
        self._group = group
        self._job = job
        self._task = task
        self._token = ""

    def news(self) -> Iterator[Line]:
        """Yield the lines since the last call; none before the container has started."""
        while True:
            page: Any = {"nextToken": self._token} if self._token else {}
            try:
                answer = self._aws.logs.get_log_events(
                    logGroupName=self._group,
                    logStreamName=f"task/{self._job}/{self._task}",
                    startFromHead=True,
                    **page,
                )
            except self._aws.logs.exceptions.ResourceNotFoundException:
                return
            for event in answer["events"]:
                yield Line(
                    at=datetime.fromtimestamp(event.get("timestamp", 0) / 1000, UTC),
                    service=self._job,
                    container=self._job,
                    task=self._task,
                    text=event.get("message", "").rstrip("\n"),
                )
            # AWS marks the end by returning the token that was sent.
            if answer["nextForwardToken"] == self._token:
                return
            self._token = answer["nextForwardToken"]
