"""The monthly cost of resources, before and after."""

import json
from typing import Any

import pytest
from pydantic import ValidationError

from tests.wrapper.review.planned import Json, change, created, plan
from wrapper.review.cost import CostLine, Estimate, PriceTable, estimate, regions, table_of
from wrapper.review.cost.schedule import runs_a_month

HOURS = 730


def table() -> PriceTable:
    found = table_of("eu-west-1")
    assert found
    return found


def priced(*changes: Json) -> Estimate:
    return estimate([plan(*changes)], table())


def cost_of(kind: str, values: Json, *others: Json) -> float:
    return round(priced(created(kind, values), *others).after, 2)


def service(count: int = 2, **values: Any) -> Json:
    fargate = {"capacity_provider_strategy": [{"capacity_provider": "FARGATE"}]}
    return {"desired_count": count, **fargate, **values}


def task(cpu: str = "512", memory: str = "1024", **values: Any) -> Json:
    return created("aws_ecs_task_definition", {"cpu": cpu, "memory": memory, **values})


def test_tasks_cost_their_cpu_and_memory() -> None:
    """The cost is 2 × (0.5 × 0.04048 + 1 × 0.004445) × 730 h."""
    assert cost_of("aws_ecs_service", service(), task()) == 36.04


def test_public_addresses_of_tasks_cost_too() -> None:
    """Each task has one."""
    network: Json = {"network_configuration": [{"assign_public_ip": True}]}
    difference = cost_of("aws_ecs_service", service(**network), task()) - 36.04
    assert difference == pytest.approx(2 * 0.005 * HOURS, abs=0.01)


@pytest.mark.parametrize(
    ("values", "definition", "reason"),
    [
        ({"capacity_provider_strategy": [], "launch_type": "EC2"}, {}, "got EC2"),
        ({}, {"runtime_platform": [{"operating_system_family": "WINDOWS_SERVER_2022_CORE"}]}, "got WINDOWS"),
        ({}, {"cpu": None}, "size is not known"),
        ({"desired_count": None}, {}, "not known"),
        ({"desired_count": 1.7e308}, {}, "not known"),
        ({"desired_count": 10**400}, {}, "not known"),
        ({}, {"cpu": "1e999"}, "size is not known"),
    ],
)
def test_what_has_no_price_says_why(values: Json, definition: Json, reason: str) -> None:
    """A wrong price would be worse than none."""
    seen = priced(created("aws_ecs_service", service() | values), task(**definition))
    assert reason in seen.not_priced["aws_ecs_service.x"]
    assert seen.lines == ()


def test_arm_costs_less() -> None:
    """The cost is 2 × (0.5 × 0.03238 + 1 × 0.00356) × 730 h."""
    assert (
        cost_of("aws_ecs_service", service(), task(runtime_platform=[{"cpu_architecture": "ARM64"}])) == 28.84
    )


def test_spot_is_shared_out_by_base_and_weight() -> None:
    """The first task is on Fargate, of four others three are on Spot, at 30 %; this assumption is printed."""
    strategy = [
        {"capacity_provider": "FARGATE", "base": 1, "weight": 1},
        {"capacity_provider": "FARGATE_SPOT", "weight": 3},
    ]
    seen = priced(created("aws_ecs_service", service(5, capacity_provider_strategy=strategy)), task())
    assert seen.after == pytest.approx((2 + 3 * 0.3) * 36.04 / 2, abs=0.01)
    assert "Fargate Spot costs 30 % of Fargate, the least that AWS names" in seen.assumptions
    assert "× 0.3 (spot)" in seen.lines[0].basis


def test_instances_are_priced_by_their_type() -> None:
    """A group's type comes from its launch template; tasks on instances cost nothing more."""
    template = created("aws_launch_template", {"instance_type": "t4g.small"})
    group = created("aws_autoscaling_group", {"min_size": 2, "desired_capacity": None})
    assert priced(group, template).after == pytest.approx(2 * 0.0184 * HOURS)
    assert cost_of("aws_instance", {"instance_type": "t3.micro"}) == round(0.0114 * HOURS, 2)
    seen = priced(created("aws_instance", {"instance_type": "x9.huge"}))
    assert seen.not_priced == {"aws_instance.x": "eu-west-1 has no price for ec2_x9.huge_hour"}


def scheduled(expression: str, **values: Json) -> Json:
    target = [{"ecs_parameters": [{"task_count": 1, "network_configuration": [{"assign_public_ip": True}]}]}]
    return created("aws_scheduler_schedule", {"schedule_expression": expression, "target": target, **values})


def test_a_job_costs_what_its_runs_take() -> None:
    """730 / 24 runs, each 15 minutes of half a vCPU, 1 GB and an address."""
    seen = priced(scheduled("rate(1 day)"), task())
    assert seen.after == pytest.approx(HOURS / 24 / 4 * (0.5 * 0.04048 + 0.004445 + 0.005))
    assert "a job's task runs for 15 minutes" in seen.assumptions
    assert priced(scheduled("rate(1 day)", state="DISABLED"), task()).after == 0


def test_a_job_that_events_start_is_assumed_to_run_daily() -> None:
    """It counts 30 times a month; a rule with another target costs nothing."""
    target = created("aws_cloudwatch_event_target", {"ecs_target": [{"launch_type": "FARGATE"}]})
    assert priced(target, task()).after == pytest.approx(30 / 4 * (0.5 * 0.04048 + 0.004445))
    assert priced(created("aws_cloudwatch_event_target", {"arn": "a"})).after == 0


@pytest.mark.parametrize(
    ("expression", "runs"),
    [
        ("rate(5 minutes)", HOURS * 12),
        ("rate(1 hour)", HOURS),
        ("cron(0 3 * * ? *)", HOURS / 24),
        ("cron(0/15 8-17 ? * MON-FRI *)", 4 * 10 * HOURS / 24 * 5 / 7),
        ("cron(0 0 1,15 * ? *)", 2),
        ("cron(30 4 L JAN,JUL ? *)", 1 / 6),
        ("cron(30 4 ? * 2#1 *)", 1),
        ("at(2026-11-20T00:00:00)", 0),
        ("every now and then", None),
        ("cron(x 4 ? * * *)", None),
        ("cron(0-99999999999 4 ? * * *)", None),
        ("cron(0 22-2 ? * * *)", None),
        ("rate(0 minutes)", None),
    ],
)
def test_a_schedule_is_counted(expression: str, runs: float | None) -> None:
    """Its runs are counted by rate, by the fields of cron, or not at all."""
    counted = runs_a_month(expression, HOURS)
    assert counted == (None if runs is None else pytest.approx(runs))


def test_a_schedule_that_is_not_understood_is_listed() -> None:
    """It is not counted as zero."""
    assert "got often" in priced(scheduled("often"), task()).not_priced["aws_scheduler_schedule.x"]


def test_a_table_may_lack_a_price() -> None:
    """Such a resource is listed, and its price is not guessed."""
    found = table_of("us-east-1")
    assert found
    seen = estimate([plan(created("aws_nat_gateway", {"a": 1}))], found)
    assert seen.not_priced == {"aws_nat_gateway.x": "us-east-1 has no price for nat_hour, nat_gb"}


def test_a_load_balancer_costs_hours_load_and_addresses() -> None:
    """If its subnets are unknown, it counts as many zones as the plan has subnets."""
    subnets = [
        created("aws_subnet", {"availability_zone": f"eu-west-1{zone}"}, module=zone) for zone in "abc"
    ]
    expected = round((0.0252 + 0.008 + 3 * 0.005) * HOURS, 2)
    assert cost_of("aws_lb", {"load_balancer_type": "application"}, *subnets) == expected
    assert cost_of("aws_lb", {"subnets": ["a", "b", "c"]}) == expected


def test_an_internal_load_balancer_has_no_public_address() -> None:
    """It cannot be reached from the internet."""
    assert cost_of("aws_lb", {"internal": True}) == round((0.0252 + 0.008) * HOURS, 2)


def test_a_network_load_balancer_is_not_priced() -> None:
    """The table has only the application load balancer's price."""
    assert (
        "got network" in priced(created("aws_lb", {"load_balancer_type": "network"})).not_priced["aws_lb.x"]
    )


@pytest.mark.parametrize(
    ("kind", "values", "dollars"),
    [
        ("aws_nat_gateway", {"subnet_id": "a"}, 0.048 * HOURS + 0.48),
        ("aws_eip", {"domain": "vpc"}, 0.005 * HOURS),
        ("aws_vpc_endpoint", {"vpc_endpoint_type": "Gateway"}, 0),
        ("aws_vpc_endpoint", {"vpc_endpoint_type": "Interface", "subnet_ids": ["a", "b"]}, 2 * (8.03 + 0.01)),
        ("aws_appautoscaling_policy", {"policy_type": "TargetTrackingScaling"}, 0.2),
        ("aws_appautoscaling_policy", {"policy_type": "StepScaling"}, 0),
        ("aws_cloudwatch_metric_alarm", {"period": 60}, 0.1),
        ("aws_cloudwatch_metric_alarm", {"metric_query": [{"id": "a"}, *[{"metric": [{}]}] * 2]}, 0.2),
        ("aws_cloudwatch_dashboard", {"dashboard_name": "a"}, 3),
        ("aws_kms_key", {"enable_key_rotation": True}, 1),
        ("aws_cloudwatch_log_group", {"name": "a"}, 0.6),
        ("aws_s3_bucket", {"bucket": "a"}, 0.023),
        ("aws_ecr_repository", {"name": "a"}, 0.1),
        ("aws_iam_role", {"name": "a"}, 0),
        ("aws_route53_zone", {"name": "a"}, 0.5),
        ("aws_wafv2_web_acl", {"rule": [{"name": "a"}, {"name": "b"}]}, 7),
    ],
)
def test_each_type_has_its_price(kind: str, values: Json, dollars: float) -> None:
    """It is per hour, per assumed GB, per piece, or zero."""
    assert priced(created(kind, values)).after == pytest.approx(dollars)


def test_before_after_and_difference_are_told() -> None:
    """They are for what is removed, unchanged and larger; the largest difference comes first."""
    seen = priced(
        change("aws_eip", "delete", before={"domain": "vpc"}),
        change("aws_nat_gateway", "no-op", before={"subnet_id": "a"}, after={"subnet_id": "a"}),
        change("aws_ecs_service", "update", before=service(2), after=service(4)),
        change("aws_ecs_task_definition", "no-op", before={"cpu": "256", "memory": "512"})
        | {
            "change": task("256", "512")["change"]
            | {"actions": ["no-op"], "before": {"cpu": "256", "memory": "512"}}
        },
    )
    assert [line.address for line in seen.lines] == ["aws_ecs_service.x", "aws_eip.x", "aws_nat_gateway.x"]
    assert [round(line.difference, 2) for line in seen.lines] == [18.02, -3.65, 0]
    assert seen.difference == pytest.approx(seen.after - seen.before)


def test_what_the_table_does_not_know_is_listed() -> None:
    """Free and unknown are different."""
    seen = priced(created("aws_db_instance", {"name": "a"}), created("aws_iam_role", {"name": "a"}))
    assert seen.not_priced == {"aws_db_instance.x": "aws_db_instance is not in the table"}


def test_a_line_says_how_it_adds_up() -> None:
    """It has quantity, unit and price."""
    [line] = priced(created("aws_eip", {"domain": "vpc"})).lines
    assert line == CostLine(
        address="aws_eip.x", before=0, after=730 * 0.005, basis="730 address-hours × 0.005"
    )


def test_a_region_without_a_table_has_none() -> None:
    """Another region's prices would be wrong."""
    assert table_of("us-west-2") is None


@pytest.mark.parametrize("region", regions())
def test_a_table_is_whole_and_dated(region: str) -> None:
    """Every price has a page, the source is given, and the file's name is its region."""
    found = table_of(region)
    assert found
    assert found.region == region
    assert found.currency == "USD"
    assert "check before you rely on it" in found.source or "Price List API" in found.source
    assert all(price.page.startswith("https://aws.amazon.com/") for price in found.prices.values())


def test_a_table_with_an_unknown_key_is_refused() -> None:
    """A typing error must not drop a price."""
    with pytest.raises(ValidationError):
        PriceTable.model_validate({**json.loads(table().model_dump_json()), "pricse": {}})
