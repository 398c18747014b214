"""The number of batches in which ECS replaces the tasks of a service."""

from math import ceil, floor


def rolling_batches(old: int, new: int, minimum: float, maximum: float) -> tuple[int, int]:
    """Count the batches of starts and of stops that replace `old` tasks by `new` ones."""
    fewest, most = ceil(new * minimum / 100), max(floor(new * maximum / 100), 1)
    wanted, fresh, starts, stops = new, 0, 0, 0
    while old or fresh < wanted:
        room = min(wanted - fresh, most - old - fresh)
        if room > 0:
            fresh, starts = fresh + room, starts + 1
        spare = min(old, old + fresh - fewest)
        if spare > 0:
            old, stops = old - spare, stops + 1
        if room <= 0 and spare <= 0:
            break  # ECS may neither start nor stop a task: it would never finish
    return starts, stops
