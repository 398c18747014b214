"""What AWS is late to tell is asked for again, for a bounded time."""

from wrapper.inventory.backoff import retry_until


def asked(*looks: int, seconds: float) -> tuple[int, list[float]]:
    """Look at numbers one after another until one is 0; return the last one seen and the pauses."""
    left, pauses = iter(looks), list[float]()
    last = retry_until(lambda: next(left), good=lambda seen: seen == 0, seconds=seconds, pause=pauses.append)
    return last, pauses


def test_a_good_look_needs_no_pause() -> None:
    """Nobody waits where nothing is left."""
    assert asked(0, seconds=120) == (0, [])


def test_pauses_grow_up_to_a_most() -> None:
    """The first is short: most of what is late comes soon."""
    assert asked(*[1] * 7, 0, seconds=120) == (0, [1, 2, 4, 8, 16, 20, 20])


def test_patience_ends() -> None:
    """What is still there then is there; all pauses together are as long as was said."""
    last, pauses = asked(*[1] * 20, seconds=120)
    assert (last, sum(pauses)) == (1, 120)
    assert asked(*[1] * 20, seconds=5) == (1, [1, 2, 2])


def test_what_comes_back_is_seen() -> None:
    """A look that was good ends it; one that wasn't is followed by another, whatever was seen before."""
    assert asked(1, 2, 0, 1, seconds=120) == (0, [1, 2])
