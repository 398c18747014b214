"""Two slots of a service: a new version beside the old one, which stays unchanged."""

from typing import Any

import pytest
import tftest

from tests.terraform.examples import ALARMS, APP, SERVICE, changed, service
from tests.terraform.roots import Roots, only, planned

OLD = "arn:aws:ecs:eu-west-1:123456789012:task-definition/shop-dev-recommender:7"
SETTINGS = {
    "port": 9000,
    "exec": True,
    "capacity": {"fargate_spot": {"weight": 1, "base": 0}},
    "health": {"path": "/old", "interval_seconds": 30, "timeout_seconds": 5, "grace_seconds": 90},
    "rollout": {"minimum_healthy_percent": 50, "maximum_percent": 150, "drain_seconds": 77},
}
SLOTS = {
    "blue": {"weight": 75, "task_definition_arn": OLD, "desired_count": 4, "settings": SETTINGS},
    "green": {"weight": 25, "desired_count": 2},
}
TWO = changed(APP, services__recommender__slots=SLOTS, services__recommender__alarms=ALARMS)
MODULE = 'module.ecs_service["recommender"]'


@pytest.fixture(scope="module")
def two(roots: Roots) -> tftest.TerraformPlanOutput:
    """The plan of a service whose version 7 gets three of four requests."""
    return roots("stacks/app").plan(TWO)


def services(plan: tftest.TerraformPlanOutput) -> dict[str, dict[str, Any]]:
    return {each["name"]: each for each in planned(plan, "aws_ecs_service").values()}


def test_a_slot_keeps_what_its_version_asked_for(two: tftest.TerraformPlanOutput) -> None:
    """A new port, health check or capacity belongs to the new version alone; the old one keeps its own."""
    old = services(two)["recommender"]
    assert (old["task_definition"], old["desired_count"]) == (OLD, 4)
    assert (old["enable_execute_command"], old["health_check_grace_period_seconds"]) == (True, 90)
    assert (old["deployment_minimum_healthy_percent"], old["deployment_maximum_percent"]) == (50, 150)
    assert old["load_balancer"][0]["container_port"] == 9000
    assert [each["capacity_provider"] for each in old["capacity_provider_strategy"]] == ["FARGATE_SPOT"]
    groups = planned(two, "aws_lb_target_group")
    old_group = groups['module.target_group["recommender"].aws_lb_target_group.tasks']
    new_group = groups['module.target_group["recommender green"].aws_lb_target_group.tasks']
    assert (old_group["health_check"][0]["path"], old_group["deregistration_delay"]) == ("/old", "77")
    assert (new_group["health_check"][0]["path"], new_group["deregistration_delay"]) == ("/health", "10")
    assert old_group["name"] != new_group["name"]


def test_the_new_version_has_a_service_of_its_own(
    two: tftest.TerraformPlanOutput, app: tftest.TerraformPlanOutput
) -> None:
    """It equals the service without slots, with another name; the first slot keeps the service's name."""
    new, alone = services(two)["recommender-green"], only(app, "aws_ecs_service")
    ours = ("name", "desired_count", "alarms", "load_balancer", "network_configuration")
    assert {key: value for key, value in new.items() if key not in ours} == {
        key: value for key, value in alone.items() if key not in ours
    }
    assert new["desired_count"] == 2
    assert set(planned(two, "aws_ecs_service")) == {
        f'{MODULE}.aws_ecs_service.service["blue"]',
        f'{MODULE}.aws_ecs_service.service["green"]',
    }


def test_what_both_slots_share_stands_once(two: tftest.TerraformPlanOutput) -> None:
    """References to a service's role or security group elsewhere need not know of slots."""
    for kind in ("aws_ecs_task_definition", "aws_cloudwatch_log_group", "aws_lb"):
        assert len(planned(two, kind)) == 1
    roles = [each["name"] for each in planned(two, "aws_iam_role").values()]
    assert sorted(roles) == ["shop-dev-recommender-execution", "shop-dev-recommender-task"]


def test_each_slot_scales_and_is_watched_by_itself(two: tftest.TerraformPlanOutput) -> None:
    """The first one's addresses are those of a service without slots."""
    targets = planned(two, "aws_appautoscaling_target")
    assert {each["resource_id"] for each in targets.values()} == {
        "service/shop-dev/recommender",
        "service/shop-dev/recommender-green",
    }
    policies = planned(two, "aws_appautoscaling_policy")
    assert {address.partition("target[")[2]: each["name"] for address, each in policies.items()} == {
        '"cpu"]': "shop-dev-recommender-cpu",
        '"cpu green"]': "shop-dev-recommender-green-cpu",
        '"requests"]': "shop-dev-recommender-requests",
        '"requests green"]': "shop-dev-recommender-green-requests",
    }
    names = {each["alarm_name"] for each in planned(two, "aws_cloudwatch_metric_alarm").values()}
    assert {"shop-dev-recommender-errors", "shop-dev-recommender-green-errors"} <= names
    for name, each in services(two).items():
        assert f"shop-dev-{name}-errors" in each["alarms"][0]["alarm_names"]


def test_a_service_without_slots_is_the_first_one(roots: Roots, app: tftest.TerraformPlanOutput) -> None:
    """Slots that equal the default change nothing."""
    said = roots("stacks/app").plan(changed(APP, services__recommender__slots={"blue": {"desired_count": 3}}))
    assert said.resource_changes == app.resource_changes


@pytest.fixture(scope="module")
def several(roots: Roots) -> tftest.TerraformPlanOutput:
    """The plan of a service with a variant, beside one whose tasks all run in the second slot."""
    variant = {"of": "recommender", "weight": 20, "declared": 30}
    services = {
        "recommender": SERVICE,
        "recommender-challenger": changed(SERVICE, variant=variant, environment={"GREETING": "hi"}),
        "moved": service(slots={"green": {"desired_count": 3}}, route__paths=["/moved"]),
    }
    return roots("stacks/app").plan(changed(APP, services=services))


def test_the_second_slot_may_be_all_there_is(several: tftest.TerraformPlanOutput) -> None:
    """After a roll-out the new version stays in its slot; there are neither weights nor a header."""
    assert {name for name in services(several) if name.startswith("moved")} == {"moved-green"}
    rules = planned(several, "aws_lb_listener_rule")
    [rule] = [each for address, each in rules.items() if "moved" in address]
    assert rule["action"][0]["forward"] == []


def test_a_variant_is_a_service_without_a_route(several: tftest.TerraformPlanOutput) -> None:
    """It has tasks, metrics and roles of its own, and a share of its service's requests."""
    assert set(services(several)) == {"recommender", "recommender-challenger", "moved-green"}
    for kind in ("aws_lb_target_group", "aws_ecs_task_definition", "aws_cloudwatch_log_group"):
        assert len(planned(several, kind)) == 3
    rules = planned(several, "aws_lb_listener_rule")
    ours = {address for address in rules if "moved" not in address}
    assert ours == {
        'module.routes.aws_lb_listener_rule.route["*"]',
        'module.routes.aws_lb_listener_rule.slot["recommender"]',
        'module.routes.aws_lb_listener_rule.slot["recommender-challenger"]',
    }
    [action] = rules['module.routes.aws_lb_listener_rule.route["*"]']["action"]
    assert sorted(group["weight"] for group in action["forward"][0]["target_group"]) == [20, 80]
    told = several.output_changes["services"]["after"]
    assert {name: each.get("declared_weight") for name, each in told.items()} == {
        "recommender": None,
        "recommender-challenger": 30,
        "moved": None,
    }
    header = rules['module.routes.aws_lb_listener_rule.slot["recommender-challenger"]']["condition"][0]
    assert header["http_header"][0]["values"] == ["shop-dev-recommender-challenger"]
