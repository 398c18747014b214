"""The listeners' rules in the state: a plan must keep their priorities and addresses."""

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from wrapper.delivery.site import APP, Site
from wrapper.environment.release import ListenerRule

# The addresses from which moved.tf takes a rule: there its key did not have the service's name.
_BESIDE_TASKS = re.compile(r'module\.ecs_service\["([a-z0-9-]+)"\]\.')


def listener_rules(site: Site) -> tuple[ListenerRule, ...]:
    """Return the rules after the last apply; none before it."""
    existing = site.command.environment.alb.existing
    return tuple(read_rules(site.resources(APP), existing=existing.listener_arn if existing else None))


def read_rules(
    resources: Iterable[Mapping[str, Any]], *, existing: str | None = None
) -> Iterator[ListenerRule]:
    """Read the rules from a stack's resources; a rule whose listener is missing is ignored.

    `existing` is the ARN of a listener that no stack creates: the stack treats it as the one for HTTP.
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
                # A rule that leads to a slot by a header claims nothing: its key is its service.
                claim=f"{each['index']} slot" if each["name"] == "slot" else _claim(values["condition"]),
                priority=values["priority"],
            )


def _claim(conditions: Iterable[Mapping[str, Any]]) -> str:
    """Write a rule's host and path in the form of the module routes."""
    found = {
        name: block["values"][0]
        for condition in conditions
        for name in ("host_header", "path_pattern")
        for block in condition.get(name) or ()
    }
    path = found.get("path_pattern", "")
    return (found.get("host_header", "") + ("" if path == "/*" else path)) or "*"
