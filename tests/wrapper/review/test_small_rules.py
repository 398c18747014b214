"""Rules about money, images and checks, each of one sentence."""

import json

import pytest

from tests.wrapper.review.planned import Json, change, created, found, plan
from wrapper.review.finding import Rule
from wrapper.review.rules import RULES, cannot_pull, failed_check, image_not_pinned, larger_size, nat_added


def test_a_nat_gateway_is_noted() -> None:
    """It costs money by the hour, used or not."""
    assert found(nat_added, plan(created("aws_nat_gateway", {"subnet_id": "a"})))[0][0] == "note"
    assert found(nat_added, plan(change("aws_nat_gateway", "delete", before={"subnet_id": "a"}))) == []


def test_a_larger_task_is_noted() -> None:
    """The note has the old and new size; AWS writes the numbers as text."""
    seen = plan(
        change(
            "aws_ecs_task_definition",
            "delete",
            "create",
            before={"cpu": "512", "memory": "1024"},
            after={"cpu": "1024", "memory": "1024"},
        )
    )
    assert found(larger_size, seen) == [("note", "Each of its tasks grows: cpu from 512 to 1024.")]


def test_a_smaller_or_new_task_is_not_noted() -> None:
    """No size has grown."""
    shrunk = change("aws_ecs_task_definition", "update", before={"cpu": "512"}, after={"cpu": "256"})
    assert found(larger_size, plan(shrunk, created("aws_ecs_task_definition", {"cpu": "512"}))) == []


@pytest.mark.parametrize(("image", "count"), [("nginx:latest", 1), (f"nginx@sha256:{'0' * 64}", 0)])
def test_an_image_by_tag_is_warned_of(image: str, count: int) -> None:
    """A tag may be moved."""
    values = {"container_definitions": json.dumps([{"name": "web", "image": image}])}
    assert len(found(image_not_pinned, plan(created("aws_ecs_task_definition", values)))) == count


def test_containers_that_are_not_known_are_not_judged() -> None:
    """Their images are not guessed."""
    seen = plan(created("aws_ecs_task_definition", {}, after_unknown={"container_definitions": True}))
    assert found(image_not_pinned, seen) == []


PRIVATE = created("aws_ecs_service", {"network_configuration": [{"assign_public_ip": False}]})
SUBNET = created("aws_subnet", {"availability_zone": "a"})


def test_a_private_task_without_a_way_out_is_warned_of() -> None:
    """It would wait for its image until the deadline."""
    assert found(cannot_pull, plan(PRIVATE, SUBNET))[0][0] == "warn"


@pytest.mark.parametrize(
    "way",
    [
        created("aws_nat_gateway", {"subnet_id": "a"}),
        created("aws_vpc_endpoint", {"service_name": "com.amazonaws.eu-west-1.ecr.dkr"}),
    ],
)
def test_a_nat_gateway_or_an_endpoint_is_a_way(way: Json) -> None:
    """Either is enough, also an existing one."""
    assert found(cannot_pull, plan(PRIVATE, SUBNET, way)) == []


def test_a_network_of_another_stack_is_not_judged() -> None:
    """Its gateways are not in this plan."""
    assert found(cannot_pull, plan(PRIVATE)) == []


def test_a_check_that_fails_is_passed_on() -> None:
    """The stacks' own warnings are part of the review."""
    check = {
        "address": {"to_display": "check.tls"},
        "status": "fail",
        "instances": [{"problems": [{"message": "no TLS"}]}],
    }
    assert found(failed_check, plan(checks=[check])) == [("note", "no TLS")]


@pytest.mark.parametrize("rule", RULES)
def test_a_rule_finds_nothing_in_nothing(rule: Rule) -> None:
    """An empty plan and one with unknown types have no findings."""
    assert found(rule, plan()) == []
    assert found(rule, plan(created("acme_rocket", {"ingress": "x", "policy": 7}))) == []
