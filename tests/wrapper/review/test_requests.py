"""Changed listener rules: which requests would be lost meanwhile, and which finding says so."""

from typing import Any

import pytest

from tests.wrapper.review.planned import findings, plan
from wrapper.review.rules import interruption, lost_requests

HERE, THERE = "arn:listener/http", "arn:listener/https"
# A mixture of old and new rules is described by who claims what before, and after.
Claims = dict[str, str]
PRIORITIES = {"films/*": 1, "films": 2, "books": 3, "/api/*": 4, "/b/*": 5, "": 9}
ROUTES = "In steps: what is new beside what is there first"


def rule(claim: str, leads: str | None, listener: str = HERE) -> dict[str, Any] | None:
    """Return a rule's values: it forwards to a service's target group, redirects, or does not exist."""
    if leads is None:
        return None
    host, slash, path = claim.partition("/")
    conditions = [{"host_header": [{"values": [host]}], "path_pattern": []}] if host else []
    if slash or not host:
        conditions.append({"host_header": [], "path_pattern": [{"values": [f"/{path}" if slash else "/*"]}]})
    group = None if leads == "redirect" else f"arn:group/{leads}"
    action = {"type": "redirect" if leads == "redirect" else "forward", "target_group_arn": group}
    return {
        "listener_arn": listener,
        "priority": PRIORITIES[claim],
        "condition": conditions,
        "action": [action],
    }


def entry(kind: str, name: str, before: Any, after: Any, **more: Any) -> dict[str, Any]:
    actions = ["create"] if before is None else ["delete"] if after is None else ["update"]
    return {
        "address": f"{kind}.{name}",
        "module_address": "",
        "type": kind,
        "name": name,
        "change": {
            "actions": ["no-op"] if before == after else actions,
            "before": before,
            "after": after,
            **more,
        },
    }


def listener(before: str, after: str | None = None, arn: str = HERE) -> dict[str, Any]:
    """Return a listener's change with its default actions."""
    old, new = ({"arn": arn, "default_action": [{"type": kind}]} for kind in (before, after or before))
    return entry("aws_lb_listener", "http", old, new)


def rules(before: Claims, after: Claims) -> list[dict[str, Any]]:
    return [
        entry("aws_lb_listener_rule", claim, rule(claim, before.get(claim)), rule(claim, after.get(claim)))
        for claim in sorted(before | after)
    ]


def judged(*changes: dict[str, Any]) -> list[tuple[str, str, str]]:
    """Return level, claim and sentence of each finding."""
    found = findings(lost_requests, plan(*changes), disposable=True)
    return [(each.level.value, each.address.partition(".")[2], each.sentence) for each in found]


def shared(**weights: int) -> dict[str, Any]:
    """Return the values of the default route's rule, which shares requests."""
    groups = [{"arn": f"arn:group/{name}", "weight": weight} for name, weight in weights.items()]
    action = {"type": "forward", "target_group_arn": None, "forward": [{"target_group": groups}]}
    values = rule("", "x")
    assert values
    return values | {"action": [action]}


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (rule("", "old"), shared(old=100, new=0)),
        (shared(old=100, new=0), rule("", "old")),
        (shared(old=0, new=100), rule("", "new")),
        (shared(old=75, new=25), shared(old=50, new=50)),
    ],
    ids=["comes", "taken back", "stays", "on the way"],
)
def test_a_slot_without_requests_loses_none(before: Any, after: Any) -> None:
    """A group of weight 0 gets nothing, even if it is created in the same apply."""
    assert judged(entry("aws_lb_listener_rule", "", before, after)) == []


def test_what_a_header_leads_to_takes_no_callers_request() -> None:
    """A rule with a header tests a new version, before all other rules, and is removed with it."""
    values = rule("", "new")
    assert values
    header = values | {"priority": 1, "condition": [{"http_header": [{"values": ["x"]}]}]}
    stays = entry("aws_lb_listener_rule", "", rule("", "old"), rule("", "old"))
    for before, after in ((None, header), (header, None)):
        assert judged(stays, entry("aws_lb_listener_rule", "slot", before, after)) == []


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ({"": "a"}, {"": "a", "films": "a", "books": "b"}),
        ({"": "a", "books": "b"}, {"": "b", "books": "b"}),
        ({"": "a", "films": "a"}, {"": "a"}),
        ({"": "a", "films": "b"}, {"": "redirect", "films": "redirect"}),
        ({"": "redirect", "films": "redirect"}, {"": "a", "films": "b"}),
        ({"films": "a", "books": "b"}, {"films": "b", "books": "a"}),
    ],
    ids=["more", "default moves", "same answer without it", "to https", "back", "swapped"],
)
def test_moves_that_lose_nothing_are_not_named(before: Claims, after: Claims) -> None:
    """In any order of the changes, each request gets its answer from before or from after."""
    assert judged(listener("fixed-response"), *rules(before, after)) == []


@pytest.mark.parametrize(
    ("before", "after", "named"),
    [
        ({"": "a"}, {"films": "a"}, "films"),
        ({"": "a", "/b/*": "b"}, {"": "b", "/api/*": "a"}, "/api/*"),
        ({"": "a"}, {"": "a", "films": "b", "films/*": "a"}, "films/*"),
    ],
    ids=["default becomes a host", "default moves with all", "narrow one after a wide one"],
)
def test_moves_that_lose_requests_block(before: Claims, after: Claims, named: str) -> None:
    """In some order of the changes, a request gets no answer, or another service's."""
    found = judged(listener("fixed-response"), *rules(before, after))
    assert ("block", named) in [(level, claim) for level, claim, _ in found]
    assert all(ROUTES in sentence for level, _, sentence in found if level == "block")


@pytest.mark.parametrize(
    ("after", "whose"), [({"": "a"}, "another rule's"), ({}, "nobody's")], ids=["wider", "none"]
)
def test_a_rule_that_goes_is_named(after: Claims, whose: str) -> None:
    """It may be intended; the finding says who gets its requests."""
    seen = rules({**after, "books": "b"}, after)
    expected = f"It is deleted: requests for books are {whose} from then on."
    assert judged(listener("fixed-response"), *seen) == [("warn", "books", expected)]


def test_a_redirect_goes_unnoticed_where_all_are_redirected() -> None:
    """By then the listener itself redirects all requests, so none is lost."""
    assert judged(listener("redirect"), *rules({"books": "redirect"}, {})) == []


def test_a_route_to_tasks_that_are_not_there_blocks() -> None:
    """The same apply creates the target group of a renamed service."""
    before, after = rule("", "a"), rule("", "b")
    assert after
    after["action"][0]["target_group_arn"] = None
    holes = {"action": [{"target_group_arn": True}]}
    [(level, _, sentence)] = judged(entry("aws_lb_listener_rule", "x", before, after, after_unknown=holes))
    assert (level, "In three steps: the new service beside the old one" in sentence) == ("block", True)


@pytest.mark.parametrize(
    ("service", "goes", "way"),
    [
        ("b", False, "In two steps: that change first"),
        ("a", True, "In two steps: this route for the other service first"),
        ("a", False, None),
    ],
    ids=["to one that changes", "from one that goes", "from one that changes"],
)
def test_a_route_that_moves_with_its_service_blocks(service: str, goes: bool, way: str | None) -> None:
    """The old service must still exist, and the new one must have its tasks already."""
    old = {"load_balancer": [{"target_group_arn": f"arn:group/{service}"}], "task_definition": "a:1"}
    new = None if goes else {**old, "task_definition": "a:2"}
    found = judged(*rules({"": "a"}, {"": "b"}), entry("aws_ecs_service", service, old, new))
    assert [(level, way in sentence) for level, _, sentence in found if way] == (
        [("block", True)] if way else []
    )
    assert bool(found) == bool(way)


def test_a_promoted_variant_is_no_move() -> None:
    """Its service answered these requests, too, and rolls out as usual; the variant is removed."""
    old = {"load_balancer": [{"target_group_arn": "arn:group/a"}], "task_definition": "a:1"}
    gone = {"load_balancer": [{"target_group_arn": "arn:group/b"}], "task_definition": "b:1"}
    rolls_out = entry("aws_ecs_service", "a", old, {**old, "task_definition": "a:2"})
    goes = entry("aws_ecs_service", "b", gone, None)
    promoted = entry("aws_lb_listener_rule", "", shared(a=80, b=20), rule("", "a"))
    assert judged(promoted, rolls_out, goes) == []
    [(level, _, sentence)] = judged(
        entry("aws_lb_listener_rule", "", rule("", "b"), rule("", "a")), rolls_out
    )
    assert (level, "In two steps: that change first" in sentence) == ("block", True)


@pytest.mark.parametrize(
    ("led", "level", "says"),
    [
        ("redirect", "block", "In two steps: alb.redirect: false first"),
        ("a", "warn", "callers that still use it get no answer"),
    ],
)
def test_https_that_goes_is_named(led: str, level: str, says: str) -> None:
    """Port 80 must answer by itself before."""
    gone = entry("aws_lb_listener", "https", {"arn": THERE, "default_action": []}, None)
    rule_gone = entry("aws_lb_listener_rule", "y", rule("", "a", THERE), None)
    seen = [listener("fixed-response"), gone, rule_gone, *rules({"": led}, {"": "a"})]
    [(found, _, sentence)] = judged(*seen)
    assert (found, says in sentence) == (level, True)


@pytest.mark.parametrize("kind", ["aws_lb_listener", "aws_lb_listener_rule"])
def test_what_is_replaced_in_the_way_of_requests_blocks(kind: str) -> None:
    """This holds for a disposable one, too, as there is another way; with its load balancer it warns."""
    replaced = entry(kind, "x", {"priority": 1}, {"priority": 2}, actions=["delete", "create"])
    balancer = entry("aws_lb", "x", {"name": "a"}, {"name": "b"}, actions=["delete", "create"])
    seen = [plan(replaced), plan(replaced, balancer)]
    levels = [[each.level for each in findings(interruption, each, disposable=True)] for each in seen]
    assert levels == [["block"], ["warn", "warn"]]
