"""How often an EventBridge schedule runs.

https://docs.aws.amazon.com/scheduler/latest/UserGuide/schedule-types.html
"""

import re

_RATE = re.compile(r"rate\(([1-9]\d{0,8}) (minute|hour|day)s?\)")
_CRON = re.compile(r"cron\((\S+) (\S+) (\S+) (\S+) (\S+) (\S+)\)")
_MINUTES = {"minute": 1, "hour": 60, "day": 1440}
_MONTHS = ("JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC")
_DAYS = ("SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT")


def runs_a_month(expression: str, hours: float) -> float | None:
    """Return the runs in a month of so many hours; None for an expression that is not understood."""
    if expression.startswith("at("):
        return 0
    if rate := _RATE.fullmatch(expression):
        return hours * 60 / (int(rate[1]) * _MINUTES[rate[2]])
    cron = _CRON.fullmatch(expression)
    if cron is None:
        return None
    try:
        minute, hour, day, month, weekday, _ = cron.groups()
        times = _count(minute, 0, 59) * _count(hour, 0, 23)
        return times * _days(day, weekday, hours / 24) * _count(month, 1, 12, _MONTHS) / 12
    except ValueError:
        return None


def _days(day: str, weekday: str, days: float) -> float:
    """Count the days of a month; one of the two fields is `?`."""
    if weekday not in ("*", "?"):
        if "#" in weekday or weekday.endswith("L"):
            return 1  # such as the second Monday, the last Friday
        return days * _count(weekday, 1, 7, _DAYS) / 7
    if day in ("*", "?"):
        return days
    return 1 if "L" in day or "W" in day else _count(day, 1, 31)


def _count(field: str, first: int, last: int, names: tuple[str, ...] = ()) -> int:
    """Count the values of a field. Raises ValueError for another syntax."""
    values: set[int] = set()
    for part in field.split(","):
        extent, _, step = part.partition("/")
        low, _, high = extent.partition("-")
        begin = first if low == "*" else _number(low, first, names)
        end = _number(high, first, names) if high else last if step or low == "*" else begin
        if not first <= begin <= end <= last:
            raise ValueError
        values.update(range(begin, end + 1, int(step or 1)))
    return len(values)


def _number(text: str, first: int, names: tuple[str, ...]) -> int:
    return names.index(text.upper()) + first if text.upper() in names else int(text)
