"""How many tasks a service has: by load, by the clock, and by whoever scaled it last."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Literal, NamedTuple

from pydantic import Field

from wrapper.environment.block import Block, Fault
from wrapper.environment.fields import Name, Positive, Text, TimeOfDay, TimeZone

Day = Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"]


class Limits(NamedTuple):
    """Bounds of a service's task count; both 0 while it sleeps."""

    min: int
    max: int


class Scheduled(Block):
    cron: Text = Field(description="When, as the six fields of AWS's cron, such as 0 8 ? * MON-FRI *.")
    timezone: TimeZone = Field(default="UTC", description="Time zone of cron.")
    min: int = Field(description="Fewest tasks from then on.")
    max: int = Field(description="Most tasks from then on.")


class Hours(Block):
    timezone: TimeZone = Field(default="UTC", description="Time zone of start and stop.")
    days: tuple[Day, ...] = Field(
        default=("mon", "tue", "wed", "thu", "fri"), description="Days on which it is awake."
    )
    start: TimeOfDay = Field(description="When it wakes up.")
    stop: TimeOfDay = Field(description="When it goes to sleep, on the same day.")

    def _faults(self, root: Path | None) -> Iterator[Fault]:
        if self.start >= self.stop:
            yield Fault("stop", f"be later than start ({self.start}) on the same day", self.stop)
        if not self.days or len(set(self.days)) < len(self.days):
            yield Fault("days", "name at least 1 day, each of them once", ", ".join(self.days) or 0)


class Scaling(Block):
    min: Positive = Field(default=2, description="Fewest tasks; with 2, users do not notice if one fails.")
    max: int = Field(default=4, description="Most tasks, whatever the load.")
    cpu_percent: int | None = Field(
        default=60, description="Target value of CPU use; null turns this policy off."
    )
    memory_percent: int | None = Field(
        default=None, description="Target value of memory use; null turns this policy off."
    )
    requests_per_target: int | None = Field(
        default=None, description="Target value of requests per minute and task; null turns this policy off."
    )
    schedule: Mapping[Name, Scheduled] = Field(
        default={},
        description="Times at which min and max change, by name, such as "
        '`morning: {cron: "0 8 ? * MON-FRI *", timezone: Europe/Berlin, min: 4, max: 8}`.',
    )
    hours: Hours | None = Field(
        default=None,
        description="When it runs at all; outside there is no task and no answer; null is always. Such as "
        '`{timezone: Europe/Berlin, days: [mon, tue], start: "08:00", stop: "18:00"}`.',
    )

    @property
    def limits(self) -> Limits:
        """What holds unless the clock said otherwise."""
        return Limits(self.min, self.max)

    @property
    def timed_limits(self) -> frozenset[Limits]:
        """What the clock may have set."""
        asleep = {Limits(0, 0)} if self.hours else set()
        return frozenset(asleep | {Limits(each.min, each.max) for each in self.schedule.values()})

    @property
    def may_sleep(self) -> bool:
        """Say whether there are times without any task."""
        return any(limits.max == 0 for limits in self.timed_limits)
