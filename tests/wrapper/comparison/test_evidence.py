"""The exact tests agree with scipy and with counting."""

import pytest
import scipy

from wrapper.ecs.comparison.evidence import (
    chance_of_at_least,
    chance_of_more,
    requests_needed,
    surest_ranks,
)


@pytest.mark.parametrize(
    ("failed", "requests", "other_failed", "other_requests"),
    [
        (0, 900, 17, 17_100),
        (9, 900, 17, 17_100),
        (1, 4_500, 40, 13_500),
        (60, 4_500, 14, 13_500),
        (3, 3, 0, 50),
        (500, 1_000, 5, 1_000),
        (2_000, 1_000_000, 1_800, 1_000_000),
        (1_000, 1_000_000, 1_800, 1_000_000),
        (5, 5, 0, 0),
    ],
)
def test_failures_are_compared_as_by_fishers_test(
    failed: int, requests: int, other_failed: int, other_requests: int
) -> None:
    """The test is one-sided, and right for few and many requests, and for likely and unlikely differences."""
    table = [[failed, requests - failed], [other_failed, other_requests - other_failed]]
    expected = scipy.stats.fisher_exact(table, alternative="greater").pvalue
    found = chance_of_more(
        failed=failed, requests=requests, other_failed=other_failed, other_requests=other_requests
    )
    assert found == pytest.approx(expected, rel=1e-4, abs=1e-12)


@pytest.mark.parametrize("least", [0, 1, 30, 50, 51, 80, 1_000, 1_001])
def test_a_binomial_tail(least: int) -> None:
    """For all counts from none to more than possible."""
    expected = scipy.stats.binom.sf(least - 1, 1_000, 0.05)
    assert chance_of_at_least(least, requests=1_000, share=0.05) == pytest.approx(expected, rel=1e-6)


@pytest.mark.parametrize("requests", [300, 900, 17_100])
def test_the_percentile_lies_between_the_ranks(requests: int) -> None:
    """Each bound is wrong with a probability below the limit, and the next rank's would not be."""
    doubt = 1e-4
    below, above = surest_ranks(requests=requests, share=0.05, doubt=doubt)
    slower = scipy.stats.binom(requests, 0.05)
    assert slower.sf(below - 1) <= doubt < slower.sf(below - 2)
    assert above is not None
    assert slower.cdf(above - 1) <= doubt < slower.cdf(above)


@pytest.mark.parametrize("requests", [0, 1, 100])
def test_too_few_requests_have_no_upper_bound(requests: int) -> None:
    """With 100 requests, all of them may be faster than the percentile."""
    assert surest_ranks(requests=requests, share=0.05, doubt=1e-4)[1] is None


def test_enough_requests_find_it_and_half_of_them_do_not() -> None:
    """The named number is enough for a bound."""
    settings = {"old_per_new": 19.0, "found_excess": 0.009, "doubt": 1e-5, "power": 0.95}
    needed = requests_needed(old_share=0.001, **settings)

    def found(requests: int) -> float:
        others = requests * 19
        failed = next(
            failed
            for failed in range(requests)
            if chance_of_more(
                failed=failed, requests=requests, other_failed=round(others / 1000), other_requests=others
            )
            <= 1e-5
        )
        return float(scipy.stats.binom.sf(failed - 1, requests, 0.01))

    assert found(needed) >= 0.95
    assert found(needed // 2) < 0.95
