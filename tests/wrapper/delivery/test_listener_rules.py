"""What a plan gets to know about the listeners' rules, read from the state."""

from typing import Any

import pytest

from wrapper.delivery.listener_rules import read_rules
from wrapper.environment.release import ListenerRule

HTTP, HTTPS = "arn:listener/http", "arn:listener/https"
ROUTES = "module.routes"


def resource(kind: str, name: str, values: dict[str, Any], key: str = "", module: str = ROUTES) -> Any:
    return {
        "address": f'{module}.{kind}.{name}["{key}"]',
        "type": kind,
        "name": name,
        "index": key,
        "change": {"actions": ["no-op"], "before": values, "after": values},
    }


def rule(
    key: str, *, name: str = "route", listener: str = HTTP, module: str = ROUTES, **conditions: str
) -> Any:
    told = [{kind: [{"values": [value]}]} for kind, value in conditions.items()]
    values = {"listener_arn": listener, "priority": 7, "condition": told}
    return resource("aws_lb_listener_rule", name, values, key, module)


LISTENERS = [
    resource("aws_lb_listener", protocol.lower(), {"arn": arn, "protocol": protocol}, module="module.alb")
    for protocol, arn in (("HTTP", HTTP), ("HTTPS", HTTPS))
]
OF_BEFORE = 'module.ecs_service["films"]'


@pytest.mark.parametrize(
    ("found", "block", "key", "listener", "claim"),
    [
        (rule("*", path_pattern="/*"), "route", "*", "http", "*"),
        (
            rule("x.test/a/*", name="secure", listener=HTTPS, host_header="x.test", path_pattern="/a/*"),
            *("secure", "x.test/a/*", "https", "x.test/a/*"),
        ),
        (
            rule("films x.test", listener=HTTPS, host_header="x.test"),
            "route",
            "films x.test",
            "https",
            "x.test",
        ),
        (rule("/a", module=OF_BEFORE, path_pattern="/a"), "route", "films /a", "http", "/a"),
    ],
    ids=["default", "https", "key of before", "beside its tasks"],
)
def test_a_rule_is_known_by_what_it_claims(
    found: Any, block: str, key: str, listener: str, claim: str
) -> None:
    """A plan must keep its address, its listener and its priority."""
    expected = ListenerRule(block=block, key=key, listener=listener, claim=claim, priority=7)
    assert list(read_rules([*LISTENERS, found])) == [expected]


def test_a_rule_without_its_listener_is_none() -> None:
    """Half an apply may leave it in the state; it is created again with its listener."""
    assert list(read_rules([rule("*", path_pattern="/*")])) == []


def test_a_listener_that_exists_has_the_rules_of_http() -> None:
    """No stack creates the listener, but its rules keep their addresses."""
    [known] = read_rules([rule("*", path_pattern="/*")], existing=HTTP)
    assert (known.listener, known.claim, known.priority) == ("http", "*", 7)
