"""The listeners' rules as the state has them: what a plan must leave where it is."""

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from wrapper.delivery.site import APP, Site
from wrapper.environment.release import ListenerRule

# Where moved.tf takes a rule from: there its key did not name the service.
_BESIDE_TASKS = re.compile(r'module\.ecs_service\["([a-z0-9-]+)"\]\.')


def listener_rules(site: Site) -> tuple[ListenerRule, ...]:
    """Return those of the last apply; none before it."""
    existing = site.command.environment.alb.existing
    return tuple(read_rules(site.resources(APP), existing=existing.listener_arn if existing else None))


def read_rules(
    resources: Iterable[Mapping[str, Any]], *, existing: str | None = None
) -> Iterator[ListenerRule]:
    """Read them from a stack's resources; a rule whose listener is not there is none of a listener's.

    `existing` is the ARN of a listener that no stack makes: to the stack it is the one for HTTP.
    """
    managed = list(resources)
    listeners = {existing: "http"} if existing else {}
    listeners |= {
        values["arn"]: str(values["protocol"]).lower()
        for each in managed
        if each["type"] == "aws_lb_listener"
        if (values := each["change"]["after"])
    }
    for each in managed:
        values, moved = each["change"]["after"], _BESIDE_TASKS.match(each["address"])
        if each["type"] == "aws_lb_listener_rule" and values["listener_arn"] in listeners:
            yield ListenerRule(
                block=each["name"],
                key=f"{moved[1]} {each['index']}" if moved else each["index"],
                listener=listeners[values["listener_arn"]],
                # What leads to a slot by a header claims nothing: it is known by its service.
                claim=f"{each['index']} slot" if each["name"] == "slot" else _claim(values["condition"]),
                priority=values["priority"],
            )


def _claim(conditions: Iterable[Mapping[str, Any]]) -> str:
    """Write a rule's host and path as the module routes does."""
    found = {
        name: block["values"][0]
        for condition in conditions
        for name in ("host_header", "path_pattern")
        for block in condition.get(name) or ()
    }
    path = found.get("path_pattern", "")
    return (found.get("host_header", "") + ("" if path == "/*" else path)) or "*"
