"""Open ports, ingress and egress, and plain HTTP."""

from typing import Any

import pytest

from tests.wrapper.review.planned import change, created, found, plan
from wrapper.review.rules import open_door, plain_http, way_out

RULE = "aws_vpc_security_group_ingress_rule"
WAY = "aws_vpc_security_group_egress_rule"
LISTENER = created("aws_lb_listener", {"port": 80, "protocol": "HTTP"}, module="module.alb")


def door(port: int = 22, cidr: str = "0.0.0.0/0", **more: Any) -> dict[str, Any]:
    return {"cidr_ipv4": cidr, "from_port": port, "to_port": port, "ip_protocol": "tcp", **more}


def test_a_port_to_everybody_blocks() -> None:
    """SSH for the whole internet is never intended."""
    sentence = "It opens port 22 to 0.0.0.0/0, which no load balancer beside it listens on."
    assert found(open_door, plan(created(RULE, door()))) == [("block", sentence)]


def test_a_load_balancers_own_port_may_be_open() -> None:
    """This is its purpose."""
    assert found(open_door, plan(LISTENER, created(RULE, door(80), module="module.alb"))) == []


def test_a_listeners_port_in_another_module_is_warned_of() -> None:
    """It may belong to the load balancer, if the modules are divided in another way."""
    assert found(open_door, plan(LISTENER, created(RULE, door(80), module="module.sg")))[0][0] == "warn"


def test_a_range_of_addresses_may_come_in() -> None:
    """An office's range is not the whole internet."""
    assert found(open_door, plan(created(RULE, door(cidr="192.0.2.0/24")))) == []


@pytest.mark.parametrize(
    ("kind", "values"),
    [
        ("aws_security_group", {"ingress": [door() | {"cidr_ipv4": None, "cidr_blocks": ["0.0.0.0/0"]}]}),
        (
            "aws_security_group_rule",
            door() | {"type": "ingress", "ipv6_cidr_blocks": ["::/0"], "cidr_ipv4": ""},
        ),
        (RULE, {"cidr_ipv6": "::/0", "ip_protocol": "-1"}),
    ],
)
def test_every_way_to_write_a_rule_is_read(kind: str, values: dict[str, Any]) -> None:
    """It finds inline rules, the old resource and the new one, IPv6, and all ports."""
    assert [level for level, _ in found(open_door, plan(created(kind, values)))] == ["block"]


def test_what_leaves_is_no_door() -> None:
    """An egress rule lets nobody in."""
    seen = plan(created("aws_security_group_rule", door() | {"type": "egress", "cidr_blocks": ["0.0.0.0/0"]}))
    assert found(open_door, seen) == []


def test_a_door_that_was_open_before_is_no_news() -> None:
    """A new description does not open the port again."""
    seen = plan(change(RULE, "update", before=door(), after=door(description="x")))
    assert found(open_door, seen) == []


def test_what_tasks_come_to_reach_is_noted() -> None:
    """A new egress rule is no risk, but somebody may want to know when it was added."""
    seen = plan(created(WAY, door(5432, "10.0.0.0/16")))
    assert found(way_out, seen) == [("note", "It allows egress to port 5432 of 10.0.0.0/16.")]
    seen = plan(change(WAY, "update", before=door(5432, "10.0.0.0/16"), after=door(5433, "10.0.0.0/16")))
    assert found(way_out, seen) == [("note", "It allows egress to port 5433 of 10.0.0.0/16.")]


@pytest.mark.parametrize(
    "values",
    [
        door(443),
        door(443, "10.0.0.0/16"),
        door() | {"cidr_ipv4": None, "referenced_security_group_id": None},
    ],
)
def test_https_and_what_the_plan_makes_is_no_news(values: dict[str, Any]) -> None:
    """Every task pulls its image by HTTPS; a security group that is unknown yet is the environment's own."""
    assert found(way_out, plan(created(WAY, values))) == []


def test_a_way_that_was_there_before_is_no_news() -> None:
    """A removed rule is no news either."""
    before = door(5432, "10.0.0.0/16")
    assert (
        found(way_out, plan(change(WAY, "update", before=before, after=before | {"description": "x"}))) == []
    )
    assert found(way_out, plan(change(WAY, "delete", before=before))) == []


@pytest.mark.parametrize(
    ("kind", "values", "words"),
    [
        (WAY, {"cidr_ipv6": "::/0", "ip_protocol": "-1"}, "every port of ::/0"),
        (WAY, door(1) | {"to_port": 65535}, "ports 1 to 65535 of 0.0.0.0/0"),
        (
            "aws_security_group_rule",
            door() | {"type": "egress", "cidr_blocks": ["0.0.0.0/0"], "protocol": "all", "ip_protocol": ""},
            "every port of 0.0.0.0/0",
        ),
        (
            "aws_security_group",
            {"egress": [{"cidr_blocks": ["0.0.0.0/0"], "from_port": 0, "to_port": 65535, "protocol": "17"}]},
            "udp ports 0 to 65535 of 0.0.0.0/0",
        ),
    ],
)
def test_every_port_of_the_world_is_warned_of(kind: str, values: dict[str, Any], words: str) -> None:
    """A compromised task could send data to any of them."""
    assert found(way_out, plan(created(kind, values))) == [("warn", f"It allows egress to {words}.")]


@pytest.mark.parametrize(
    ("kind", "values", "to"),
    [
        (WAY, door() | {"cidr_ipv4": "", "prefix_list_id": "pl-1"}, "pl-1"),
        (WAY, door() | {"cidr_ipv4": "", "referenced_security_group_id": "sg-1"}, "sg-1"),
        (
            "aws_security_group_rule",
            {
                "type": "egress",
                "source_security_group_id": "sg-1",
                "from_port": 22,
                "to_port": 22,
                "protocol": "tcp",
            },
            "sg-1",
        ),
        (
            "aws_security_group",
            {"egress": [{"prefix_list_ids": ["pl-1"], "from_port": 22, "to_port": 22, "protocol": "tcp"}]},
            "pl-1",
        ),
    ],
)
def test_groups_and_lists_are_told_as_well(kind: str, values: dict[str, Any], to: str) -> None:
    """The message has each resource's own terms for them."""
    assert found(way_out, plan(created(kind, values))) == [("note", f"It allows egress to port 22 of {to}.")]


def test_plain_http_blocks_where_the_environment_lasts() -> None:
    """A disposable one may run without a certificate."""
    listener = {"protocol": "HTTP", "default_action": [{"type": "fixed-response"}]}
    assert found(plain_http, plan(created("aws_lb_listener", listener)))[0][0] == "block"
    changed = change("aws_lb_listener", "update", before=listener, after=listener | {"port": 81})
    assert found(plain_http, plan(changed))[0][0] == "warn"
    assert found(plain_http, plan(created("aws_lb_listener", listener)), disposable=True) == []


def test_a_redirect_to_https_is_fine() -> None:
    """Port 80 must be open for it."""
    listener = {"protocol": "HTTP", "default_action": [{"type": "redirect"}]}
    assert found(plain_http, plan(created("aws_lb_listener", listener))) == []
