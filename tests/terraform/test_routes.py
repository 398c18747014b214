"""Which service gets a request: the listener rules that the module routes computes."""

import hashlib
import itertools
from collections.abc import Iterable, Mapping
from typing import Any

import pytest

from tests.terraform.roots import Roots, planned

Rules = Mapping[str, Mapping[str, Mapping[str, Any]]]


# Required by the listener rules alone.
ELSE = {"listeners": {"http": {"arn": "arn"}}, "targets": {}}


def rules(roots: Roots, routes: Mapping[str, Any]) -> Rules:
    found = roots("rules/routes").plan({**ELSE, "routes": routes}).outputs["rules"]
    assert isinstance(found, dict)
    return found


def order(found: Rules) -> list[str]:
    """Return `service rule` in the order of AWS."""
    by_priority = {
        rule["priority"]: f"{service} {name}"
        for service, each in found.items()
        for name, rule in each.items()
    }
    return [by_priority[priority] for priority in sorted(by_priority)]


def test_narrow_claims_go_first(roots: Roots) -> None:
    """A host comes before a wildcard before any host; then an exact path, a deep one, a shallow one, any."""
    found = rules(
        roots,
        {
            "a": {},
            "b": {"paths": ["/api*", "/api/v2/*", "/api"]},
            "c": {"hosts": ["*.example.com"]},
            "d": {"hosts": ["films.example.com"]},
            "e": {"hosts": ["films.example.com"], "paths": ["/api/*"]},
        },
    )
    assert order(found) == [
        "e films.example.com/api/*",
        "d films.example.com",
        "c *.example.com",
        "b /api",
        "b /api/v2/*",
        "b /api*",
        "a *",
    ]


def test_hosts_and_paths_make_a_rule_for_each_pair(roots: Roots) -> None:
    """A rule has one host and one path, so AWS's limit of five values a rule is never reached."""
    found = rules(roots, {"a": {"hosts": ["x.test", "y.test"], "paths": ["/one", "/two/*"]}})
    assert set(found["a"]) == {"x.test/one", "x.test/two/*", "y.test/one", "y.test/two/*"}
    assert found["a"]["x.test/one"]["host"] == "x.test"
    assert found["a"]["x.test/one"]["path"] == "/one"


def test_a_service_in_the_middle_moves_no_other(roots: Roots) -> None:
    """AWS refuses a priority in use, so existing rules keep theirs."""
    before = {name: {"paths": [f"/{name}/*"]} for name in "acegik"}
    after = before | {name: {"paths": [f"/{name}/*"]} for name in "bdfhj"}
    first, second = rules(roots, before), rules(roots, after)
    assert {name: second[name] for name in before} == first


def test_default_route_comes_last(roots: Roots) -> None:
    """Requests that no rule takes go to the default route, which has AWS's last priority."""
    assert rules(roots, {"a": {}})["a"] == {"*": {"host": "", "path": "", "priority": 50000}}


def test_claims_that_share_a_bucket_stand_side_by_side(roots: Roots) -> None:
    """Of 200 services with one host each, no two get the same priority, and all are valid."""
    found = rules(roots, {f"s{number}": {"hosts": [f"s{number}.example.com"]} for number in range(200)})
    priorities = [rule["priority"] for each in found.values() for rule in each.values()]
    assert len(set(priorities)) == 200
    assert all(1 <= priority <= 50000 for priority in priorities)


@pytest.mark.parametrize(
    ("one", "other", "names"),
    [
        ({"paths": ["/api/*"]}, {"paths": ["/api/*"]}, "one /api/* and other /api/*"),
        ({"paths": ["/api*"]}, {"paths": ["/ap*"]}, "one /api* and other /ap*"),
        ({"paths": ["/same"]}, {"paths": ["/other", "/same"]}, "one /same and other /same"),
        ({"hosts": ["x.test"]}, {"hosts": ["x.test"]}, "one x.test and other x.test"),
        ({"hosts": ["*.a.test"]}, {"hosts": ["*.test"]}, "one *.a.test and other *.test"),
    ],
)
def test_overlapping_claims_are_refused_by_name(
    roots: Roots, one: Mapping[str, Any], other: Mapping[str, Any], names: str
) -> None:
    """It would be undefined which of the two gets the request."""
    said = roots("rules/routes").refuse({**ELSE, "routes": {"one": one, "other": other}})
    assert f"services must not claim the same requests, got {names}." in said


def test_claims_that_only_look_alike_are_accepted(roots: Roots) -> None:
    """An exact name matches no other, whatever it begins or ends with."""
    found = rules(
        roots,
        {
            "one": {"hosts": ["a.test", "x.y.test"], "paths": ["/a", "/a/b"]},
            "other": {"hosts": ["aa.test", "y.test"], "paths": ["/aa", "/b"]},
        },
    )
    assert len(order(found)) == 8


def test_bad_addresses_are_refused(roots: Roots) -> None:
    """Every malformed host and path is named."""
    said = roots("rules/routes").refuse(
        {
            **ELSE,
            "routes": {
                "one": {},
                "other": {},
                "third": {"hosts": ["Films.test", "a.*.test"], "paths": ["api", "/a*b", "/*"]},
            },
        }
    )
    assert (
        "services must have at most one without route.hosts and route.paths (the default route), "
        "got one, other." in said
    )
    assert (
        "services.third.route.hosts must be lower-case host names of at most 128 characters, with a * only "
        "as their first label, got Films.test, a.*.test." in said
    )
    assert (
        "services.third.route.paths must begin with /, have a * only at their end, at most 128 characters, "
        "and not be /* (leave them empty), got api, /a*b, /*." in said
    )


def test_too_many_claims_for_one_bucket_are_refused(roots: Roots) -> None:
    """Three rules can share a hash; of 200 names, more hardly ever do."""
    names = (f"s{number}" for number in itertools.count())
    crowd = list(itertools.islice((name for name in names if bucket(f"{name}.test") == 7), 4))
    said = roots("rules/routes").refuse(
        {**ELSE, "routes": {name: {"hosts": [f"{name}.test"]} for name in crowd}}
    )
    assert (
        "services must not have more than three routes whose hashes meet; call one of these otherwise, got "
        f"{', '.join(sorted(f'{name} {name}.test' for name in crowd))}." in said
    )


KNOWN = {
    # As in an environment of before November 2026, and as in one whose rule was added later.
    "*": {"block": "route", "key": "site *", "listener": "http", "claim": "*", "priority": 50000},
    "/api/*": {"block": "route", "key": "/api/*", "listener": "http", "claim": "/api/*", "priority": 41},
}
ROUTES: Mapping[str, Any] = {"site": {}, "api": {"paths": ["/api/*"]}}
LISTENER = "arn:aws:elasticloadbalancing:eu-west-1:123456789012:listener/app/shop/1/"
GROUP = "arn:aws:elasticloadbalancing:eu-west-1:123456789012:targetgroup/"
HTTP, HTTPS = {"arn": f"{LISTENER}http"}, {"arn": f"{LISTENER}https"}


def planned_rules(
    roots: Roots,
    listeners: Mapping[str, Any],
    routes: Mapping[str, Any] = ROUTES,
    known: Iterable[Mapping[str, Any]] = tuple(KNOWN.values()),
) -> Mapping[str, tuple[str, int, str]]:
    """Return listener, priority and service (or redirect) of each rule by its address."""
    values = {
        "listeners": {"http": HTTP, **listeners},
        "routes": routes,
        "known_rules": list(known),
        "targets": {service: {"slots": {"blue": {"arn": f"{GROUP}{service}/1"}}} for service in routes},
    }
    found = {}
    for address, rule in planned(roots("modules/routes").plan(values), "aws_lb_listener_rule").items():
        [action] = rule["action"]
        leads = (action["target_group_arn"] or "/redirect/").split("/")[1]
        found[address.removeprefix("aws_lb_listener_rule.")] = (
            rule["listener_arn"].rpartition("/")[2],
            rule["priority"],
            leads,
        )
    return found


def test_rules_of_before_stay_where_they_are(roots: Roots) -> None:
    """Each keeps its address and priority; if another service claims it, only its target changes."""
    routes = {"api": {}, "site": {"paths": ["/api/*"]}}
    assert planned_rules(roots, {}, routes) == {
        'route["site *"]': ("http", 50000, "api"),
        'route["/api/*"]': ("http", 41, "site"),
    }


def test_https_gets_rules_of_its_own(roots: Roots) -> None:
    """HTTP's rules redirect to HTTPS, also a rule that no service claims any more."""
    found = planned_rules(
        roots, {"https": HTTPS}, {"site": {"hosts": ["site.test"]}, "api": {"paths": ["/api/*"]}}
    )
    assert {place: (listener, leads) for place, (listener, _, leads) in found.items()} == {
        'route["site *"]': ("http", "redirect"),
        'route["/api/*"]': ("http", "redirect"),
        'route["site.test"]': ("http", "redirect"),
        'secure["site.test"]': ("https", "site"),
        'secure["/api/*"]': ("https", "api"),
    }
    assert (found['route["site *"]'][1], found['route["/api/*"]'][1]) == (50000, 41)


def test_rules_of_https_from_before_stay_too(roots: Roots) -> None:
    """They had the addresses that HTTP's rules have now; the new ones are added."""
    known = [{**KNOWN["*"], "listener": "https"}]
    found = planned_rules(roots, {"https": HTTPS}, {"site": {}}, known)
    assert found == {
        'route["site *"]': ("https", 50000, "site"),
        'route["*"]': ("http", 50000, "redirect"),
    }


def test_both_listeners_answer_without_the_redirect(roots: Roots) -> None:
    """It is a step on the way from HTTP to HTTPS, and back."""
    found = planned_rules(roots, {"https": HTTPS, "redirect": False})
    assert sorted((listener, leads) for listener, _, leads in found.values()) == [
        ("http", "api"),
        ("http", "site"),
        ("https", "api"),
        ("https", "site"),
    ]


def test_a_new_rule_takes_a_place_that_is_free(roots: Roots) -> None:
    """Two services with the same hash get adjacent priorities, and the older one keeps its own."""
    names = (f"s{number}.test" for number in itertools.count())
    one, other = itertools.islice((name for name in names if bucket(name) == 7), 2)
    known = {"block": "route", "key": other, "listener": "http", "claim": other, "priority": 13522}
    routes = {"one": {"hosts": [one]}, "other": {"hosts": [other]}}
    found = roots("rules/routes").plan({**ELSE, "routes": routes, "known_rules": [known]}).outputs["rules"]
    assert (found["other"][other]["priority"], found["one"][one]["priority"]) == (
        13522,
        13523,
    )


def two_slots(service: str) -> dict[str, Any]:
    slots = {
        "blue": {"arn": f"{GROUP}{service}/1", "weight": 75},
        "green": {"arn": f"{GROUP}{service}/2", "weight": 25},
    }
    return {"slots": slots, "newest": "green", "header": f"shop-{service}"}


@pytest.mark.parametrize("listeners", [{}, {"https": HTTPS}], ids=["http", "https"])
def test_two_slots_share_what_a_service_gets(roots: Roots, listeners: Mapping[str, Any]) -> None:
    """Its rules forward to both by weight; before them, a header selects the new slot."""
    one = {"slots": {"blue": {"arn": f"{GROUP}api/1"}}}
    values = {"listeners": {"http": HTTP, **listeners}, "routes": ROUTES}
    targets = {"site": two_slots("site"), "api": one}
    found = planned(roots("modules/routes").plan({**values, "targets": targets}), "aws_lb_listener_rule")
    block = "secure" if listeners else "route"
    header, shared = found['aws_lb_listener_rule.slot["site"]'], found[f'aws_lb_listener_rule.{block}["*"]']
    [forward] = shared["action"][0]["forward"]
    weights = {each["arn"].rpartition("/")[2]: each["weight"] for each in forward["target_group"]}
    assert weights == {"1": 75, "2": 25}
    assert header["action"][0]["target_group_arn"] == f"{GROUP}site/2"
    assert header["listener_arn"] == shared["listener_arn"]
    assert header["condition"][0]["http_header"] == [{"http_header_name": "X-Slot", "values": ["shop-site"]}]
    assert header["priority"] < min(rule["priority"] for place, rule in found.items() if "slot[" not in place)
    assert 'aws_lb_listener_rule.slot["api"]' not in found


def test_a_header_keeps_its_place(roots: Roots) -> None:
    """Its rule is known by its service; with HTTPS it is not one of those that redirect."""
    known = {"block": "slot", "key": "site", "listener": "http", "claim": "site slot", "priority": 7}
    found = roots("modules/routes").plan(
        {
            "listeners": {"http": HTTP},
            "routes": {"site": {}},
            "known_rules": [known],
            "targets": {"site": two_slots("site")},
        }
    )
    assert planned(found, "aws_lb_listener_rule")['aws_lb_listener_rule.slot["site"]']["priority"] == 7
    led_on = planned_rules(roots, {"https": HTTPS}, {"site": {}}, [known])
    assert sorted(led_on) == ['route["*"]', 'secure["*"]']


def test_a_header_must_come_before_what_its_service_claims(roots: Roots) -> None:
    """It is refused if an exact host and path has an earlier priority than the header."""
    paths = (f"/{number}" for number in itertools.count())
    early = next(path for path in paths if bucket(f"site.test{path}") < bucket("site"))
    routes = {"site": {"hosts": ["site.test"], "paths": [early]}}
    said = roots("rules/routes").refuse({**ELSE, "routes": routes, "targets": {"site": two_slots("site")}})
    assert (
        "services must have rollout.strategy rolling, and no variants, where an exact host and path have an "
        "earlier place than the header that leads to one version, got site." in said
    )


def variant(of: str, weight: float, name: str = "x") -> dict[str, Any]:
    slots = {"blue": {"arn": f"{GROUP}{of}-{name}/1"}}
    return {"slots": slots, "header": f"shop-{of}-{name}", "variant": {"of": of, "weight": weight}}


def forwards(rules: Mapping[str, Mapping[str, Any]], address: str) -> dict[str, int]:
    """Return the weight of each target group of a forwarding rule."""
    [action] = rules[f"aws_lb_listener_rule.{address}"]["action"]
    groups = action["forward"][0]["target_group"] if action["forward"] else []
    return {group["arn"].removeprefix(GROUP): group["weight"] for group in groups}


def test_variants_share_what_their_service_gets(roots: Roots) -> None:
    """The service's slots share what the variants leave; a header selects each, a cookie keeps a caller."""
    plan = roots("modules/routes").plan(
        {
            "listeners": {"http": HTTP},
            "routes": {"site": {"sticky_seconds": 600}, "api": {"paths": ["/api/*"]}},
            "targets": {
                "site": {"slots": {"blue": {"arn": f"{GROUP}site/1"}}, "header": "shop-site"},
                "site-x": variant("site", 20),
                "site-y": variant("site", 0, "y"),
                "api": two_slots("api"),
                "api-x": variant("api", 40),
            },
        }
    )
    found = planned(plan, "aws_lb_listener_rule")
    assert forwards(found, 'route["*"]') == {"site/1": 80, "site-x/1": 20, "site-y/1": 0}
    assert forwards(found, 'route["/api/*"]') == {"api/1": 45, "api/2": 15, "api-x/1": 40}
    [sticky], none = (
        found[f'aws_lb_listener_rule.route["{claim}"]']["action"][0]["forward"][0]["stickiness"]
        for claim in ("*", "/api/*")
    )
    assert (sticky, none) == ({"duration": 600, "enabled": True}, [])
    headers = {
        address: (
            rule["condition"][0]["http_header"][0]["values"],
            rule["action"][0]["target_group_arn"].removeprefix(GROUP),
        )
        for address, rule in found.items()
        if ".slot[" in address
    }
    assert headers == {
        'aws_lb_listener_rule.slot["site"]': (["shop-site"], "site/1"),
        'aws_lb_listener_rule.slot["site-x"]': (["shop-site-x"], "site-x/1"),
        'aws_lb_listener_rule.slot["site-y"]': (["shop-site-y"], "site-y/1"),
        'aws_lb_listener_rule.slot["api"]': (["shop-api"], "api/2"),
        'aws_lb_listener_rule.slot["api-x"]': (["shop-api-x"], "api-x/1"),
    }
    routed = min(each["priority"] for address, each in found.items() if ".slot[" not in address)
    assert max(each["priority"] for address, each in found.items() if ".slot[" in address) < routed


def test_shares_that_no_rule_can_have_are_refused(roots: Roots) -> None:
    """Each message names the service: a sum above the limit, too many variants, or a share of zero."""
    one = {"slots": {"blue": {"arn": "arn"}}}
    crowd = {f"site-{name}": variant("site", 1, name) for name in "abcde"}
    values: dict[str, Any] = {
        **ELSE,
        "routes": {"site": {"sticky_seconds": 0}, "api": {"paths": ["/api/*"]}},
        "targets": {
            "site": one,
            "api": one,
            "api-x": variant("api", 60),
            "api-y": variant("api", 60, "y"),
            **crowd,
        },
    }
    said = roots("rules/routes").refuse(values)
    assert "services.site.route.sticky_seconds must be a whole number from 1 to 604800, got 0." in said
    values["routes"] = {"site": {}, "api": {"paths": ["/api/*"]}}
    said = roots("rules/routes").refuse(values)
    assert (
        "services.api.variants must have weights of at most 99 together (the service keeps the rest of 100), "
        "got 120." in said
    )
    assert (
        "services.site.variants must leave a rule at most 5 target groups, the service's included (AWS's "
        "limit), got 6." in said
    )
    values["targets"]["api-x"] = variant("api", 2.5)
    said = roots("rules/routes").refuse(values)
    assert "services.api-x.variant.weight must be a whole number from 0 to 99, got 2.5." in said


def test_default_route_may_have_hosts_as_well(roots: Roots) -> None:
    """A service with a host still gets what no rule claims, if it has the default route."""
    found = rules(roots, {"a": {"hosts": ["a.test"], "default": True}, "b": {"paths": ["/b"]}})
    assert order(found) == ["a a.test", "b /b", "a *"]


def bucket(claim: str) -> int:
    """Hash a claim as the module does."""
    return int(hashlib.sha256(claim.encode()).hexdigest()[:8], 16) % 900
