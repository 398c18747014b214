"""Real plans of the two stacks, made by make_plans.py, and the review of each."""

import copy
import json
from collections.abc import Iterator

import jsonschema
import pytest

from tests.wrapper.review.planned import NAMES, PLANS, Json, environment, raw, stored
from wrapper.review import Review, make_review, views
from wrapper.review.picture import draw
from wrapper.terraform.plan import read_plan


def review(name: str) -> Review:
    return make_review([stored(name)], environment=environment("prod" if name == "production" else "staging"))


def rules(name: str) -> set[str]:
    return {finding.rule for finding in review(name).findings}


def dollars(name: str) -> tuple[float, float]:
    cost = review(name).cost
    assert cost
    return round(cost.before, 2), round(cost.after, 2)


@pytest.mark.parametrize("name", NAMES)
def test_every_plan_is_read_and_shown(name: str) -> None:
    """Nothing is skipped, everything has a price, and every view is complete."""
    seen = review(name)
    assert stored(name).skipped == ()
    assert seen.cost
    assert seen.cost.not_priced == {}
    assert stored(name).stack in views.text(seen)
    assert len(views.markdown(seen).encode()) < views.LIMIT
    jsonschema.validate(json.loads(json.dumps(views.document(seen))), views.schema())


def test_the_plans_stay_small() -> None:
    """Every run reads them, and everybody clones them."""
    assert sum(path.stat().st_size for path in PLANS.glob("*.json")) < 1_500_000


def broken(document: Json) -> Iterator[Json]:
    """Leave out each key of each resource in turn, and replace its value by nonsense."""
    for position, resource in enumerate(document["resource_changes"]):
        for place in ([], ["change"], ["change", "after"], ["change", "before"]):
            inner = resource
            for step in place:
                inner = inner[step] or {}
            for key in inner:
                for nonsense in (None, 7, [3]):
                    copied = copy.deepcopy(resource)
                    target = copied
                    for step in place:
                        target = target[step]
                    target[key] = nonsense
                    yield {"resource_changes": [copied, document["resource_changes"][position - 1]]}


@pytest.mark.parametrize("name", ["first-create", pytest.param("new-image", marks=pytest.mark.slow)])
def test_a_plan_with_nonsense_in_it_is_still_reviewed(name: str) -> None:
    """In every case a review is made, if necessary without the resource."""
    staging = environment()
    for document in broken(raw(name)):
        seen = make_review([read_plan(document, stack="app")], environment=staging)
        assert views.markdown(seen).startswith("## Plan of staging")


def test_no_change_is_nothing_to_review() -> None:
    """Unchanged resources have their cost, and nothing else."""
    seen = review("no-change")
    assert not seen.has_changes
    assert (rules("no-change"), seen.rollouts) == ({"check"}, ())
    assert dollars("no-change") == (76.48, 76.48)


def test_a_first_create_costs_from_nothing() -> None:
    """It has two tasks with public addresses, a load balancer in two zones, logs, and ten alarms' metrics."""
    assert dollars("first-create") == (0, 76.48)
    assert [bound.seconds for bound in review("first-create").rollouts] == [350]


def test_a_new_image_rolls_and_costs_nothing() -> None:
    """One batch starts, one drains, the alarms watch; replacing the task definition is no risk."""
    [bound] = review("new-image").rollouts
    assert (bound.starts, bound.stops, bound.seconds) == (1, 1, 410)
    assert dollars("new-image") == (76.48, 76.48)
    assert rules("new-image") == {"check"}


def test_a_larger_size_is_told_and_priced() -> None:
    """Twice the task costs twice as much: 36.04 a month more."""
    assert "larger-size" in rules("larger-size")
    before, after = dollars("larger-size")
    assert after - before == pytest.approx(36.04, abs=0.02)


def test_a_nat_gateway_is_told_and_priced() -> None:
    """The gateway and its address are added, the tasks' two addresses removed; the tasks move."""
    assert "nat-added" in rules("egress-nat")
    before, after = dollars("egress-nat")
    assert after - before == pytest.approx(35.52 + 3.65 - 7.30, abs=0.02)
    assert [bound.stops for bound in review("egress-nat").rollouts] == [1]


def test_a_new_service_with_one_task_is_told() -> None:
    """It may also be down during a roll-out."""
    assert {"single-task", "few-healthy"} <= rules("service-added")


def test_a_service_that_goes_takes_its_logs_along() -> None:
    """There is a finding about each."""
    assert {"service-removed", "data-loss"} <= rules("service-removed")


def test_a_renamed_project_interrupts_and_loses() -> None:
    """Everything is replaced, including the load balancer's address."""
    assert "interruption" in rules("renamed")
    assert "data-loss" in rules("foundation-renamed")


def test_production_without_a_certificate_is_told() -> None:
    """It has three gateways, all alarms, and plain HTTP."""
    assert {"plain-http", "nat-added"} <= rules("production")
    assert dollars("production") == (0, 265.72)


def test_a_destroy_costs_nothing_afterwards() -> None:
    """The review names the data that is lost."""
    assert dollars("destroy")[1] == 0
    assert {"data-loss", "service-removed"} <= rules("destroy")
    assert "data-loss" in rules("foundation-destroy")


def test_whatever_the_stacks_can_hold_is_priced_and_drawn() -> None:
    """Jobs, ARM, endpoints, logs, WAF, names, alarms and a dashboard are each in their place."""
    cost = review("everything").cost
    assert cost
    priced = {line.address.rpartition("[")[0].split(".")[-2] for line in cost.lines if "[" in line.address}
    priced |= {line.address.split(".")[-2] for line in cost.lines}
    assert priced >= {
        "aws_cloudwatch_dashboard",
        "aws_cloudwatch_event_target",
        "aws_cloudwatch_metric_alarm",
        "aws_scheduler_schedule",
        "aws_vpc_endpoint",
        "aws_wafv2_web_acl",
    }
    assert any("ARM vCPU-hour" in line.basis for line in cost.lines)
    drawn = draw([stored("everything")])
    assert set(drawn.groups) >= {"Jobs", "Logs and alarms", "Names and entrances"}
    [network] = drawn.networks
    assert [service.label for tier in network.tiers for service in tier.services] == ["recommender"]
    assert "ARM64" in network.tiers[1].services[0].facts
