"""How many tasks a service has: by load, by time, and by `scale`."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Literal, NamedTuple

from pydantic import Field

from wrapper.environment.block import Block, Fault
from wrapper.environment.fields import Name, Positive, Text, TimeOfDay, TimeZone

Day = Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"]


class Limits(NamedTuple):
    """Bounds of a service's task count; both 0 outside its hours."""

    min: int
    max: int


class Scheduled(Block):
    cron: Text = Field(description="Time, as the six fields of AWS's cron, such as 0 8 ? * MON-FRI *.")
    timezone: TimeZone = Field(default="UTC", description="Time zone of cron.")
    min: int = Field(description="Fewest tasks from then on.")
    max: int = Field(description="Most tasks from then on.")


class Hours(Block):
    timezone: TimeZone = Field(default="UTC", description="Time zone of start and stop.")
    days: tuple[Day, ...] = Field(
        default=("mon", "tue", "wed", "thu", "fri"), description="Days on which it runs."
    )
    start: TimeOfDay = Field(description="Time at which it starts.")
    stop: TimeOfDay = Field(description="Time at which it stops, on the same day.")

    def _faults(self, root: Path | None) -> Iterator[Fault]:
        if self.start >= self.stop:
            yield Fault("stop", f"be later than start ({self.start}) on the same day", self.stop)
        if not self.days or len(set(self.days)) < len(self.days):
            yield Fault("days", "name at least 1 day, each day once", ", ".join(self.days) or 0)


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
        description="Hours in which it runs; outside of them there is no task and no answer; null is "
        'always. Such as `{timezone: Europe/Berlin, days: [mon, tue], start: "08:00", stop: "18:00"}`.',
    )

    @property
    def limits(self) -> Limits:
        """Return the bounds that apply if no schedule has set others."""
        return Limits(self.min, self.max)

    @property
    def timed_limits(self) -> frozenset[Limits]:
        """Return the bounds that schedules may have set."""
        asleep = {Limits(0, 0)} if self.hours else set()
        return frozenset(asleep | {Limits(each.min, each.max) for each in self.schedule.values()})

    @property
    def may_sleep(self) -> bool:
        """Return whether there are times without any task."""
        return any(limits.max == 0 for limits in self.timed_limits)
