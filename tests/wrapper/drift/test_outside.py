"""Changes outside Terraform: which parts of a refresh are printed, and how."""

import json
from collections.abc import Collection
from typing import Any

from wrapper.environment import Hours, Scaling
from wrapper.verbs.drift.outside import Change, changes, gone_service
from wrapper.verbs.drift.report import Drift
from wrapper.verbs.drift.running import Difference

SCALING = Scaling(min=2, max=4)


def found(
    kind: str,
    before: dict[str, Any],
    after: dict[str, Any] | None,
    *,
    scaling: Scaling = SCALING,
    sticky: Collection[int] = (),
    **more: Any,
) -> list[Change]:
    change = {"actions": ["update"] if after else ["delete"], "before": before, "after": after, **more}
    resource = {"address": f"{kind}.x", "type": kind, "name": "x", "change": change}
    document = {"resource_drift": [resource]}
    return list(changes(document, stack="app", scaling={"web": scaling}, sticky=sticky))


def service(count: int, **more: Any) -> dict[str, Any]:
    return {"name": "web", "desired_count": count, **more}


def test_scaling_within_its_limits_is_no_drift() -> None:
    """Autoscaling is allowed to change the count."""
    assert found("aws_ecs_service", service(2), service(4)) == []


def test_more_tasks_than_the_limits_allow_are_drift() -> None:
    """Another change of the service beside the count is drift, too."""
    [beyond] = found("aws_ecs_service", service(2), service(5))
    assert [each.path for each in beyond.attributes] == ["desired_count"]
    [other] = found("aws_ecs_service", service(2, task="a:1"), service(3, task="a:2"))
    assert [each.path for each in other.attributes] == ["task"]


def test_a_service_that_is_gone_is_told_as_terraform_would() -> None:
    """Terraform is not asked, because it would wait for two minutes."""
    [told] = found("aws_ecs_service", service(2, id="web"), None)
    asked = gone_service("web", "aws_ecs_service.x", stack="app")
    assert list(asked.lines()) == list(told.lines()) == ["aws_ecs_service.x is gone"]
    assert asked.as_json() == {**told.as_json(), "attributes": []}


def test_who_gets_requests_is_no_drift() -> None:
    """A canary roll-out shifts weights, but does not change the target groups."""

    def rule(weight: int, arn: str = "a") -> dict[str, Any]:
        groups = [{"arn": arn, "weight": weight}, {"arn": "b", "weight": 100 - weight}]
        return {"action": [{"forward": [{"target_group": groups}]}]}

    assert found("aws_lb_listener_rule", rule(100), rule(25)) == []
    assert len(found("aws_lb_listener_rule", rule(100), rule(100, "c"))) == 1


def test_that_callers_stay_with_a_variant_is_no_drift() -> None:
    """It begins when the variant gets requests; another duration than the file's is drift."""

    def rule(*sticky: dict[str, Any]) -> dict[str, Any]:
        return {"action": [{"forward": [{"stickiness": list(sticky), "target_group": []}]}]}

    off, minute = {"duration": 0, "enabled": False}, {"duration": 60, "enabled": True}
    for before in (rule(), rule(off)):
        assert found("aws_lb_listener_rule", before, rule(minute), sticky=[60]) == []
    assert len(found("aws_lb_listener_rule", rule(), rule(minute), sticky=[90])) == 1
    assert len(found("aws_lb_listener_rule", rule(minute), rule(), sticky=[60])) == 1


def test_what_the_clock_may_set_is_no_drift() -> None:
    """Zero tasks outside the hours are no drift, and neither are a schedule's limits."""
    night = Scaling(min=2, max=4, hours=Hours(start="08:00", stop="18:00"))
    target = {"resource_id": "service/films-dev/web", "min_capacity": 2, "max_capacity": 4}
    asleep = target | {"min_capacity": 0, "max_capacity": 0}
    assert found("aws_ecs_service", service(2), service(0), scaling=night) == []
    assert found("aws_appautoscaling_target", target, asleep, scaling=night) == []
    assert len(found("aws_appautoscaling_target", target, asleep)) == 1
    assert len(found("aws_ecs_service", service(2), service(0))) == 1


def test_a_change_is_told_with_the_names_that_aws_has_for_it() -> None:
    """CloudTrail is asked about each of them."""
    [told] = found("aws_route", {"id": "r-1", "arn": "arn:r", "v": 1}, {"id": "r-1", "arn": "arn:r", "v": 2})
    assert told.names == ("arn:r", "r-1")
    assert list(told.lines()) == ["aws_route.x", "    v: 1 → 2"]


def test_a_resource_that_is_gone_is_one_line() -> None:
    """Its single values are not listed."""
    [gone] = found("aws_route", {"id": "r-1"}, None)
    assert list(gone.lines()) == ["aws_route.x is gone"]


def test_a_secret_that_changed_is_told_without_its_value() -> None:
    """Text and JSON show that it changed, but no value."""
    seen = found(
        "aws_ssm_parameter", {"value": "hunter2-old"}, {"value": "hunter2"}, after_sensitive={"value": True}
    )
    report = Drift(environment="dev", changes=seen)
    assert "hunter2" not in report.text() + json.dumps(report.as_json())
    assert "value: (sensitive) → (sensitive)" in report.text()


def test_a_report_says_all_that_differs() -> None:
    """Text and JSON have each change, each difference in what runs, and the notes."""
    running = Difference(service="web", what="image", declared="a", found="b")
    report = Drift(
        environment="dev",
        changes=found("aws_route", {"id": "r-1"}, None),
        running=[running],
        notes=["n"],
    )
    assert report.text().splitlines() == [
        "dev: 1 changed outside Terraform, 1 differ in what runs",
        "  aws_route.x is gone",
        "  web: image: a → b",
        "· n",
    ]
    assert report.as_json()["running"] == [{"service": "web", "what": "image", "declared": "a", "found": "b"}]
    assert Drift(environment="dev").text() == "dev: no drift"
