"""Alarms by service, and who is notified."""

from collections.abc import Iterator
from pathlib import Path

from pydantic import Field

from wrapper.environment.block import Block, Fault
from wrapper.environment.fields import Text


class Alarms(Block):
    """Thresholds of a service's alarms; null creates no such alarm."""

    error_percent: float | None = Field(
        default=None, description="Errors (5xx) among the answers, in each of 3 minutes."
    )
    latency_p95_ms: int | None = Field(
        default=None, description="Time that 95 of 100 answers take at most, in each of 3 minutes."
    )
    latency_p99_ms: int | None = Field(
        default=None, description="Time that 99 of 100 answers take at most, in each of 3 minutes."
    )
    unhealthy_targets: int | None = Field(
        default=None, description="Tasks that fail the load balancer's health check, for 5 minutes."
    )
    missing_tasks: int | None = Field(
        default=None,
        description="Tasks that are missing for 5 minutes: of the desired ones with container_insights, "
        "of scaling.min without.",
    )
    cpu_percent: int | None = Field(default=None, description="CPU use of the tasks, for 5 minutes.")
    memory_percent: int | None = Field(default=None, description="Memory use of the tasks, for 5 minutes.")
    rollback: bool = Field(
        default=True, description="Whether alarms of errors and latency roll a deployment back."
    )


class JobAlarms(Block):
    """Thresholds of a job's alarms; null creates no such alarm."""

    failures: int | None = Field(default=None, description="Tasks within an hour that failed or never ran.")
    not_started: int | None = Field(
        default=None, description="Starts that AWS refused, until their queue is emptied; needs a trigger."
    )


class Monitoring(Block):
    emails: tuple[Text, ...] = Field(
        default=(),
        description="Who gets the alarms, such as `[ops@example.com]`: each gets a mail with a link to "
        "confirm.",
    )
    topic_arn: Text | None = Field(
        default=None, description="Existing SNS topic that gets the alarms instead."
    )
    dashboard: bool = Field(default=False, description="Whether CloudWatch gets a dashboard of all services.")

    def _faults(self, root: Path | None) -> Iterator[Fault]:
        if twice := sorted({email for email in self.emails if self.emails.count(email) > 1}):
            yield Fault("emails", "name each of them once", ", ".join(twice) + " twice")
