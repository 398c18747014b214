"""Schedules as EventBridge, its Scheduler and Application Auto Scaling take them: at, rate and cron.

https://docs.aws.amazon.com/scheduler/latest/UserGuide/schedule-types.html
"""

import re
from datetime import datetime

_RATE = re.compile(r"rate\((\d+) (minute|minutes|hour|hours|day|days)\)")
_AT = re.compile(r"at\((\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)\)")
_CRON = re.compile(r"cron\((.+)\)")
_MONTHS = {
    name: str(at)
    for at, name in enumerate(
        ["JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC"], 1
    )
}
_DAYS = {name: str(at) for at, name in enumerate(["SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT"], 1)}
_FIELDS = (
    ("minutes", 0, 59),
    ("hours", 0, 23),
    ("day of month", 1, 31),
    ("month", 1, 12),
    ("day of week", 1, 7),
    ("year", 1970, 2199),
)


def problem(expression: str, *, service: str) -> str | None:
    """Return the rule that the expression breaks; None if AWS accepts it.

    EventBridge rules have no at(...).
    """
    if found := _RATE.fullmatch(expression):
        number, unit = int(found[1]), found[2]
        if number < 1:
            return "have a rate of at least 1"
        return (
            None
            if (number == 1) != unit.endswith("s")
            else "name one minute, hour or day, and several minutes, hours or days"
        )
    if found := _AT.fullmatch(expression):
        if service == "events":
            return "be a rate or cron expression"
        try:
            datetime.fromisoformat(found[1])
        except ValueError:
            return "name a time there is"
        return None
    if found := _CRON.fullmatch(expression):
        return _cron(found[1].split(" "))
    return "be at(...), rate(...) or cron(...)"


def _cron(fields: list[str]) -> str | None:
    if len(fields) != len(_FIELDS):
        return f"have {len(_FIELDS)} fields: minutes, hours, day of month, month, day of week, year"
    if (fields[2] == "?") == (fields[4] == "?"):
        return "have ? for the day of month or for the day of week"
    for text, (name, least, most) in zip(fields, _FIELDS, strict=True):
        if not all(_part(part, name, least, most) for part in text.split(",")):
            return f"have {name} of {least} to {most} in AWS's form"
    return None


def _part(part: str, name: str, least: int, most: int) -> bool:
    part = part.upper()
    for word, number in (_MONTHS if name == "month" else _DAYS if name == "day of week" else {}).items():
        part = part.replace(word, number)
    if part == "?":
        return name.startswith("day")
    if name == "day of month" and re.fullmatch(r"L|LW|L-\d+|\d+W", part):
        return True
    if name == "day of week" and re.fullmatch(r"[1-7]?L|[1-7]#[1-5]", part):
        return True
    found = re.fullmatch(r"(?:\*|(\d+)(?:-(\d+))?)(?:/(\d+))?", part)
    if not found:
        return False
    low, high, step = (int(text) if text else None for text in found.groups())
    return (
        all(value is None or least <= value <= most for value in (low, high))
        and (low is None or high is None or low <= high)
        and step != 0
    )
