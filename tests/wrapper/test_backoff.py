"""What AWS shows late is asked for again, for a bounded time."""

from wrapper.inventory.backoff import retry_until


def asked(*looks: int, seconds: float) -> tuple[int, list[float]]:
    """Try these numbers one after another until one is 0; return the last one and the pauses."""
    left, pauses = iter(looks), list[float]()
    last = retry_until(lambda: next(left), good=lambda seen: seen == 0, seconds=seconds, pause=pauses.append)
    return last, pauses


def test_a_good_look_needs_no_pause() -> None:
    """If nothing is left, nobody waits."""
    assert asked(0, seconds=120) == (0, [])


def test_pauses_grow_up_to_a_most() -> None:
    """The first is short, because most late things come soon."""
    assert asked(*[1] * 7, 0, seconds=120) == (0, [1, 2, 4, 8, 16, 20, 20])


def test_patience_ends() -> None:
    """What still exists then is returned; the sum of all pauses is the given time."""
    last, pauses = asked(*[1] * 20, seconds=120)
    assert (last, sum(pauses)) == (1, 120)
    assert asked(*[1] * 20, seconds=5) == (1, [1, 2, 2])


def test_what_comes_back_is_seen() -> None:
    """A good attempt ends it; after any other there is a next one, whatever came before."""
    assert asked(1, 2, 0, 1, seconds=120) == (0, [1, 2])
