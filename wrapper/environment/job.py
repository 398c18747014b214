"""One job of an environment: what it runs, what starts it, what it may read and write."""

import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Annotated

from pydantic import Field

from wrapper.environment.alarms import JobAlarms
from wrapper.environment.block import Block, Fault, must_match
from wrapper.environment.compute import FargateSize
from wrapper.environment.egress import HTTPS, Egress
from wrapper.environment.fields import Positive, SecretArn, Text, TimeZone, TmpMib, VariableName
from wrapper.environment.service import Logs
from wrapper.environment.source import Image

_PLACE = r"(s3://[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]/)?[^\s/*?][^\s*?]*"


Place = Annotated[
    str,
    must_match("be a prefix in the model bucket, such as ratings/, or s3://bucket/prefix", _PLACE),
]
KeyPart = Annotated[str, must_match(r"contain no * and no \ ", r"[^*\\]*")]


class JobImage(Image):
    """Run a service's image, another job's, or one of the job's own."""

    service: Text | None = Field(
        default=None, description="Service whose image the job runs; instead of all other keys."
    )
    job: Text | None = Field(
        default=None, description="Job whose image it runs, with another command; instead of all other keys."
    )

    @property
    def owner(self) -> str | None:
        """Return the service or the job that has the image, None for one of the job's own."""
        return self.service or self.job

    @property
    def built(self) -> bool:
        return self.reference is None and self.owner is None

    @property
    def unread(self) -> Sequence[str]:
        if self.owner is None:
            return super().unread
        return (*Image.model_fields, "job" if self.service else "service")

    def _faults(self, root: Path | None) -> Iterator[Fault]:
        if self.owner is None:
            yield from super()._faults(root)
            return
        named = "job" if self.service is None else "service"
        if idle := [key for key in self.unread if key in self.model_fields_set]:
            yield Fault(named, f"stand alone, without {', '.join(idle)}", self.owner)


class Schedule(Block):
    expression: Text = Field(
        description="Time, as cron(0 3 * * ? *), rate(2 hours) or at(2026-01-31T08:00:00)."
    )
    timezone: TimeZone = Field(default="UTC", description="Time zone of the expression.")


class ObjectCreated(Block):
    """A new object whose key has this prefix and suffix."""

    bucket: Text | None = Field(
        default=None,
        description="Bucket, which must send its events to EventBridge; null is the model bucket.",
    )
    prefix: KeyPart = Field(default="", description="Prefix of the key.")
    suffix: KeyPart = Field(default="", description="Suffix of the key.")
    variable: VariableName = Field(
        default="OBJECT_URI", description="Environment variable that gets s3://bucket/key of the object."
    )


class Event(Block):
    pattern: Mapping[str, object] = Field(description="EventBridge pattern that an event must match.")
    variables: Mapping[VariableName, Text] = Field(
        default={}, description="Environment variables filled from the event: name to path in it."
    )

    @property
    def pattern_json(self) -> str:
        return json.dumps(self.pattern, separators=(",", ":"))


class Retry(Block):
    maximum_attempts: int = Field(
        default=2, description="How often a start that AWS refused is tried again; a failed task never is."
    )
    maximum_age_seconds: int = Field(default=3600, description="Age after which a refused start is dropped.")


class Trigger(Block):
    schedule: Schedule | None = Field(default=None, description="Start at times.")
    object_created: ObjectCreated | None = Field(
        default=None, description="Start for each new object in a bucket."
    )
    event: Event | None = Field(default=None, description="Start for each matching event.")
    retry: Retry = Field(default=Retry(), description="What happens when a start is refused.")

    def __str__(self) -> str:
        if self.schedule:
            return f"{self.schedule.expression} in {self.schedule.timezone}"
        if self.object_created:
            created = self.object_created
            return (
                f"each new object {created.prefix}*{created.suffix} in {created.bucket or 'the model bucket'}"
            )
        return "each event that matches its pattern"

    def _faults(self, root: Path | None) -> Iterator[Fault]:
        kinds = [kind for kind in ("schedule", "object_created", "event") if getattr(self, kind)]
        if len(kinds) != 1:
            yield Fault("", "be one of schedule, object_created and event", " and ".join(kinds) or "none")


class Permissions(Block):
    read: tuple[Place, ...] = Field(
        default=(), description="Prefixes it may read: of the model bucket, or s3://bucket/prefix."
    )
    write: tuple[Place, ...] = Field(
        default=(), description="Prefixes it may write: of the model bucket, or s3://bucket/prefix."
    )


class Job(Block):
    image: JobImage = Field(description="What runs: a service's image, one built here, or one that exists.")
    command: tuple[str, ...] | None = Field(
        default=None, description="Command of the container; null is the image's own."
    )
    trigger: Trigger | None = Field(
        default=None, description="What starts it, if it has one trigger; null: it is started by hand."
    )
    triggers: tuple[Trigger, ...] = Field(
        default=(),
        description="All triggers, instead of `trigger`; add a new one at the end.",
    )
    environment: Mapping[VariableName, str] = Field(
        default={}, description="Environment variables, visible to everybody who can see the task."
    )
    secrets: Mapping[VariableName, SecretArn] = Field(
        default={}, description="Environment variables filled from secrets: name to ARN, never to the value."
    )
    permissions: Permissions = Field(
        default=Permissions(), description="What it may read and write in S3; nothing by default."
    )
    egress: Egress = HTTPS
    size: FargateSize = Field(default=FargateSize(), description="Size of its task.")
    tmp_mib: TmpMib = None
    deadline_seconds: Positive = Field(
        default=3600, description="How long `run` waits; then it stops the task."
    )
    logs: Logs = Field(default=Logs(), description="What happens to the container's output.")
    alarms: JobAlarms = Field(default=JobAlarms(), description="Thresholds of alarms; null: no such alarm.")

    @property
    def starts(self) -> str:
        """Say what starts the job."""
        return ", ".join(map(str, self.started_by)) or "by hand"

    @property
    def started_by(self) -> tuple[Trigger, ...]:
        return (self.trigger,) if self.trigger else self.triggers

    @property
    def starters(self) -> tuple[str, ...]:
        """Name the roles that start it, as the module does: the first kind's, and that of another."""
        kinds = list(dict.fromkeys("schedule" if each.schedule else "event" for each in self.started_by))
        return tuple("trigger" if kind == kinds[0] else f"trigger-{kind}" for kind in kinds)

    @property
    def unread(self) -> Sequence[str]:
        return () if self.trigger is None else ("triggers",)

    def _faults(self, root: Path | None) -> Iterator[Fault]:
        if self.command is not None and not self.command:
            yield Fault("command", "be null (the image's own) or hold at least 1 word", 0)
        if self.trigger is not None and "triggers" in self.model_fields_set:
            yield Fault("trigger", "be used without triggers (put it into that list)")
        for number, trigger in enumerate(self.started_by):
            name = "trigger" if self.trigger else f"triggers.{number}"
            created = trigger.object_created
            for place in self.permissions.write if created else ():
                if created and _triggers(created, place):
                    rule = f"lie outside {name}.object_created (it would start itself again and again)"
                    yield Fault("permissions.write", rule, place)


def _triggers(created: ObjectCreated, place: str) -> bool:
    """Return whether an object below `place` could be one that starts the job."""
    bucket, prefix = split_place(place)
    return bucket == created.bucket and (
        prefix.startswith(created.prefix) or created.prefix.startswith(prefix)
    )


def split_place(place: str) -> tuple[str | None, str]:
    """Split a place into bucket, None for the model bucket, and prefix."""
    if not place.startswith("s3://"):
        return None, place
    bucket, _, prefix = place.removeprefix("s3://").partition("/")
    return bucket, prefix
