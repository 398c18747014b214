"""Bad versions are found, good ones are not, and too little evidence is reported as that."""

from functools import cache

import jmespath
import numpy as np
import pytest
import scipy

from wrapper.ecs.comparison import Latency, Outcome, Traffic, compare
from wrapper.ecs.comparison.evidence import surest_ranks
from wrapper.ecs.comparison.verdict import Limits

REQUESTS_PER_SECOND = 200
STEP_SECONDS = 90
STEPS = (0.05, 0.25, 0.50)
SIMULATIONS = 1_000
SEED = 20_260_101


@cache
def ranks(requests: int) -> tuple[int, int | None]:
    return surest_ranks(requests=requests, share=0.05, doubt=Limits().doubt)


def observed(random: np.random.Generator, requests: int, failing: float, slowness: float = 1.0) -> Traffic:
    """Draw a step's failures and its latencies, lognormal around 20 ms like those of services."""

    def seconds(rank: int) -> float:
        """Draw the latency of the n-th slowest request: a uniform order statistic has a beta distribution."""
        share = random.beta(requests - rank + 1, rank)
        return slowness * 0.020 * float(np.exp(0.5 * scipy.special.ndtri(share)))

    below, above = ranks(requests)
    latency = Latency(
        p95=seconds(requests // 20),
        surely_above=seconds(below) if below <= requests else None,
        surely_below=seconds(above) if above else None,
    )
    return Traffic(requests=requests, failed=int(random.binomial(requests, failing)), latency=latency)


def rolled_out(random: np.random.Generator, *, failing: float, slowness: float = 1.0) -> list[Outcome]:
    """Return the verdict of each step up to the first bad one; the old slot fails 0.1 %."""
    outcomes: list[Outcome] = []
    for share in STEPS:
        total = REQUESTS_PER_SECOND * STEP_SECONDS
        new = round(total * share)
        verdict = compare(observed(random, new, failing, slowness), observed(random, total - new, 0.001))
        outcomes.append(verdict.outcome)
        if verdict.outcome is Outcome.WORSE:
            break
    return outcomes


def test_a_version_that_fails_one_percent_is_always_caught() -> None:
    """In 1,000 of 1,000 roll-outs it is found by the second step."""
    random = np.random.default_rng(SEED)
    caught = [rolled_out(random, failing=0.01) for _ in range(SIMULATIONS)]
    assert all(outcomes[-1] is Outcome.WORSE for outcomes in caught)
    assert max(map(len, caught)) <= 2


@pytest.mark.parametrize("failing", [0.0, 0.001])
def test_a_good_version_is_never_taken_back(failing: float) -> None:
    """In none of 1,000 roll-outs, and the last step always has enough evidence."""
    random = np.random.default_rng(SEED)
    found = [rolled_out(random, failing=failing) for _ in range(SIMULATIONS)]
    assert not any(Outcome.WORSE in outcomes for outcomes in found)
    assert all(outcomes[-1] is Outcome.GOOD for outcomes in found)


def test_a_slow_version_is_always_caught() -> None:
    """Twice the latency is found in the first step, though all requests succeed."""
    random = np.random.default_rng(SEED)
    found = [rolled_out(random, failing=0.001, slowness=2.0) for _ in range(100)]
    assert all(outcomes == [Outcome.WORSE] for outcomes in found)


def test_too_few_requests_are_said() -> None:
    """The reason has their number and the required one, and no verdict."""
    verdict = compare(Traffic(requests=40, failed=0), Traffic(requests=760, failed=1))
    assert verdict.outcome is Outcome.UNSURE
    assert verdict.reasons == (f"Too few requests to tell: 40 of {verdict.needed_requests}.",)
    assert 1_000 < verdict.needed_requests < 5_000


def test_few_requests_are_enough_when_all_fail() -> None:
    """The number required to find one failure in a hundred is not awaited."""
    verdict = compare(Traffic(requests=12, failed=12), Traffic(requests=200, failed=0))
    assert verdict.outcome is Outcome.WORSE
    assert "100.00% of its requests fail, 0.00% of the old slot's." in verdict.text()


def test_nothing_to_compare_with_is_said() -> None:
    """An old slot without requests says nothing about the new one."""
    verdict = compare(Traffic(requests=100_000, failed=0), Traffic(requests=0, failed=0))
    assert verdict.outcome is Outcome.UNSURE
    assert "The old slot got no request to compare with." in verdict.reasons


def test_a_difference_too_small_to_matter_is_borne() -> None:
    """A million requests prove a difference of 0.1 %, which is too small to roll back."""
    verdict = compare(Traffic(requests=1_000_000, failed=2_000), Traffic(requests=1_000_000, failed=1_000))
    assert verdict.outcome is Outcome.GOOD


def test_alarms_and_checks_of_ones_own_count() -> None:
    """They decide, whatever the requests show."""
    many = Traffic(
        requests=100_000, failed=50, latency=Latency(p95=0.2, surely_above=0.19, surely_below=0.21)
    )
    verdict = compare(
        many, many, alarms=["shop-web-errors"], checks={"fast": "new.p95 < `0.1`", "same": "new == old"}
    )
    assert verdict.outcome is Outcome.WORSE
    assert verdict.reasons == (
        "Alarm shop-web-errors is in ALARM.",
        "Check fast must be true, got False of new.p95 < `0.1`.",
    )
    assert compare(many, many, checks={"same": "new == old"}).outcome is Outcome.GOOD


def test_a_check_that_is_no_expression_is_refused() -> None:
    """The environment file's check shows JMESPath's own error."""
    with pytest.raises(jmespath.exceptions.JMESPathError):
        compare(Traffic(requests=1, failed=0), Traffic(requests=1, failed=0), checks={"bad": "new..p95"})


def test_a_verdict_is_data() -> None:
    """It can be written as JSON."""
    told = compare(Traffic(requests=40, failed=0), Traffic(requests=760, failed=1)).as_json()
    assert told["outcome"] == "unsure"
    assert told["new"] == {"requests": 40, "failed": 0, "latency": None}
