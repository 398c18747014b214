"""The load balancer that the module alb makes, with and without a certificate."""

import json

import tftest

from tests.terraform.examples import CERTIFICATE
from tests.terraform.roots import only, planned


def test_plain_http_answers_unclaimed_requests(app: tftest.TerraformPlanOutput) -> None:
    """What no service claims gets a 404 in the services' own form."""
    listener = only(app, "aws_lb_listener")
    assert (listener["port"], listener["protocol"]) == (80, "HTTP")
    [action] = listener["default_action"]
    [answer] = action["fixed_response"]
    assert (answer["status_code"], answer["content_type"]) == ("404", "application/json")
    assert json.loads(answer["message_body"]) == {
        "success": False,
        "error": "not_found",
        "message": "No service answers here.",
    }


def test_certificate_moves_callers_to_https(guarded: tftest.TerraformPlanOutput) -> None:
    """With a certificate 443 serves with a current policy, and 80 only points there."""
    listeners = {each["port"]: each for each in planned(guarded, "aws_lb_listener").values()}
    assert sorted(listeners) == [80, 443]
    assert listeners[443]["certificate_arn"] == CERTIFICATE
    assert listeners[443]["ssl_policy"] == "ELBSecurityPolicy-TLS13-1-2-2021-06"
    [action] = listeners[80]["default_action"]
    assert action["type"] == "redirect"
    assert action["redirect"][0]["status_code"] == "HTTP_301"
    assert (action["redirect"][0]["port"], action["redirect"][0]["protocol"]) == ("443", "HTTPS")


def test_only_allowed_ranges_get_in(guarded: tftest.TerraformPlanOutput) -> None:
    """Each range may reach each open port, and nobody else any."""
    rules = [
        rule
        for address, rule in planned(guarded, "aws_vpc_security_group_ingress_rule").items()
        if address.startswith("module.alb[0].")
    ]
    assert sorted((rule["from_port"], rule["to_port"], rule["cidr_ipv4"]) for rule in rules) == [
        (80, 80, "192.0.2.0/25"),
        (80, 80, "198.51.100.0/24"),
        (443, 443, "192.0.2.0/25"),
        (443, 443, "198.51.100.0/24"),
    ]


def test_load_balancer_is_kept_as_told(guarded: tftest.TerraformPlanOutput) -> None:
    """Protection and time-out are the environment's; headers that are none are dropped."""
    front = only(guarded, "aws_lb")
    assert front["enable_deletion_protection"] is True
    assert front["idle_timeout"] == 120
    assert front["drop_invalid_header_fields"] is True


def test_default_service_takes_any_path(app: tftest.TerraformPlanOutput) -> None:
    """The default route is a rule like any other, the last one."""
    rule = only(app, "aws_lb_listener_rule")
    assert rule["priority"] == 50000
    [condition] = rule["condition"]
    assert condition["path_pattern"] == [{"values": ["/*"]}]
    assert condition["host_header"] == []


def test_hosts_become_conditions(variants: tftest.TerraformPlanOutput) -> None:
    """A service on a host of its own answers any path there."""
    rules = planned(variants, "aws_lb_listener_rule")
    rule = rules['module.routes.aws_lb_listener_rule.route["public nginx.example.com"]']
    [condition] = rule["condition"]
    assert condition["host_header"] == [{"values": ["nginx.example.com"]}]


def test_load_balancer_and_tasks_reach_each_other_only(app: tftest.TerraformPlanOutput) -> None:
    """The load balancer has no way out but to the tasks, and the tasks none in but from it."""
    outward = planned(app, "aws_vpc_security_group_egress_rule").values()
    by_cidr = [(rule["from_port"], rule["cidr_ipv4"]) for rule in outward if rule.get("cidr_ipv4")]
    assert by_cidr == [(443, "0.0.0.0/0")]
    inward = planned(app, "aws_vpc_security_group_ingress_rule")
    to_tasks = [rule for address, rule in inward.items() if address.startswith("module.ecs_service")]
    assert [rule.get("cidr_ipv4") for rule in to_tasks] == [None]


def advice(plan: tftest.TerraformPlanOutput) -> set[str]:
    """Return what the plan's failed checks say."""
    return {
        problem["message"]
        for check in plan.checks
        for instance in check.get("instances", [])
        for problem in instance.get("problems", [])
    }


def test_plan_gives_advice(
    app: tftest.TerraformPlanOutput, variants: tftest.TerraformPlanOutput, guarded: tftest.TerraformPlanOutput
) -> None:
    """Doubtful choices are said and stop nothing."""
    plain = (
        "dns or alb.certificate_arn should be given, got neither: callers and answers travel as plain HTTP."
    )
    assert advice(app) == {plain}
    assert advice(variants) == {
        plain,
        "alb.deletion_protection should be true with disposable false, got false: "
        "one destroy takes the address away.",
    }
    assert advice(guarded) == {
        "alb.deletion_protection should be false with disposable true, got true: "
        "a destroy stops at the load balancer."
    }
