"""How certain two counts of requests are, computed exactly: approximations are wrong for rare failures."""

import math
from bisect import bisect_left
from collections.abc import Iterator
from functools import lru_cache

# The search for a sufficient number of requests ends there.
_MOST_REQUESTS = 2**40
_NEGLIGIBLE = 1e-18


def chance_of_more(*, failed: int, requests: int, other_failed: int, other_requests: int) -> float:
    """Return how likely `failed` or more are if both slots fail alike (Fisher's exact test, one-sided).

    Given the sum of the failures, those of one slot are hypergeometric.
    """
    total, drawn = requests + other_requests, failed + other_failed
    low, high = max(0, drawn - other_requests), min(drawn, requests)
    if failed <= low:
        return 1.0
    if failed > high:
        return 0.0
    if failed * total <= drawn * requests:
        # Sums begin where terms fall: from the other slot's side.
        return 1 - chance_of_more(
            failed=other_failed + 1, requests=other_requests, other_failed=failed - 1, other_requests=requests
        )
    log = (
        _log_choose(requests, failed)
        + _log_choose(other_requests, drawn - failed)
        - _log_choose(total, drawn)
    )
    return _summed(
        math.exp(log),
        (
            (requests - k) * (drawn - k) / ((k + 1) * (other_requests - drawn + k + 1))
            for k in range(failed, high)
        ),
    )


def chance_of_at_least(least: int, *, requests: int, share: float) -> float:
    """Return how likely `least` or more of the requests are if each is one with probability `share`."""
    if least <= 0:
        return 1.0
    if least > requests or share <= 0:
        return 0.0
    if share >= 1:
        return 1.0
    if least <= requests * share:
        return 1 - _at_most(least - 1, requests=requests, share=share)
    odds = share / (1 - share)
    return _summed(
        _binomial(least, requests, share),
        ((requests - k) / (k + 1) * odds for k in range(least, requests)),
    )


def _at_most(most: int, *, requests: int, share: float) -> float:
    return chance_of_at_least(requests - most, requests=requests, share=1 - share)


def surest_ranks(*, requests: int, share: float, doubt: float) -> tuple[int, int | None]:
    """Return the two ranks of slow requests between which the percentile of all requests surely is.

    Above the percentile is a `share` of the requests. Ranks count from the slowest, 1. The percentile of all
    future requests is below the request of the first rank, and above that of the second, each with a chance
    of error of at most `doubt`; a bound is None if there are too few requests. Order statistics: it holds for
    latencies of any distribution.
    """
    ranks = range(requests + 2)
    below = bisect_left(
        ranks, True, key=lambda rank: chance_of_at_least(rank, requests=requests, share=share) <= doubt
    )
    above = bisect_left(
        ranks, True, key=lambda rank: _at_most(rank - 1, requests=requests, share=share) > doubt
    )
    return below, above - 1 if above > 1 else None


@lru_cache  # a canary asks again and again, mostly with the same few failures
def requests_needed(
    *, old_share: float, old_per_new: float, found_excess: float, doubt: float, power: float
) -> int:
    """Return the number of requests after which `found_excess` more failures are found with chance `power`.

    `old_share` of the other slot's requests fail, which gets `old_per_new` times as many requests.
    """
    few, many = 0, 64
    while not _tells(many, old_share, old_per_new, found_excess, doubt, power) and many < _MOST_REQUESTS:
        few, many = many, many * 2
    while many - few > max(1, few // 64):
        middle = (few + many) // 2
        if _tells(middle, old_share, old_per_new, found_excess, doubt, power):
            many = middle
        else:
            few = middle
    return many


def _tells(
    requests: int, old_share: float, old_per_new: float, found_excess: float, doubt: float, power: float
) -> bool:
    others = math.ceil(requests * old_per_new)
    others_failed = round(others * old_share)

    def is_sure(failed: int) -> bool:
        return doubt >= chance_of_more(
            failed=failed, requests=requests, other_failed=others_failed, other_requests=others
        )

    least = bisect_left(range(requests + 1), True, key=is_sure)
    share = min(old_share + found_excess, 1.0)
    return chance_of_at_least(least, requests=requests, share=share) >= power


def _log_choose(of: int, chosen: int) -> float:
    return math.lgamma(of + 1) - math.lgamma(chosen + 1) - math.lgamma(of - chosen + 1)


def _binomial(count: int, requests: int, share: float) -> float:
    return math.exp(
        _log_choose(requests, count) + count * math.log(share) + (requests - count) * math.log1p(-share)
    )


def _summed(first: float, ratios: Iterator[float]) -> float:
    """Sum a term and its successors, each given as its ratio to the one before, until they are negligible."""
    total = term = first
    for ratio in ratios:
        term *= ratio
        total += term
        if term <= total * _NEGLIGIBLE:
            break
    return min(total, 1.0)
