"""When a schedule is due, in its own time zone. Times are in seconds since 1970."""

import re
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from ministack.services import eventbridge

_AT = re.compile(r"at\((.+)\)")


def following(expression: str, timezone: str, *, after: float) -> float | None:
    """Return the first time after `after` at which a schedule is due; None if it is never due again."""
    zone = ZoneInfo(timezone or "UTC")
    if match := _AT.fullmatch(expression.strip()):
        moment = datetime.fromisoformat(match[1]).replace(tzinfo=zone).timestamp()
        return moment if moment > after else None
    interval = eventbridge._parse_rate_seconds(expression)
    if interval is not None:
        return after + float(interval)
    fields = eventbridge._parse_cron_fields(expression)
    return _following_cron(fields, datetime.fromtimestamp(after, zone)) if fields else None


def _following_cron(fields: object, after: datetime) -> float | None:
    """Compute in local time; a time in the hour that daylight saving skips is left out."""
    while (found := eventbridge._cron_next_fire(fields, after)) is not None:
        moment: datetime = found.replace(fold=0)
        there_and_back = moment.astimezone(UTC).astimezone(after.tzinfo)
        if there_and_back.replace(tzinfo=None) == moment.replace(tzinfo=None):
            return moment.timestamp()
        after = moment
    return None
