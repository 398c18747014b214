"""The load balancer that the module alb makes, with and without a certificate."""

import json
from typing import Any

import tftest

from tests.terraform.examples import CERTIFICATE
from tests.terraform.roots import only, planned


def test_plain_http_answers_unclaimed_requests(app: tftest.TerraformPlanOutput) -> None:
    """Requests that no service claims get a 404 in the services' own form."""
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
    """With a certificate, 443 serves with a current TLS policy, and 80 only redirects there."""
    listeners = {each["port"]: each for each in planned(guarded, "aws_lb_listener").values()}
    assert sorted(listeners) == [80, 443]
    assert listeners[443]["certificate_arn"] == CERTIFICATE
    assert listeners[443]["ssl_policy"] == "ELBSecurityPolicy-TLS13-1-2-2021-06"
    [action] = listeners[80]["default_action"]
    assert action["type"] == "redirect"
    assert action["redirect"][0]["status_code"] == "HTTP_301"
    assert (action["redirect"][0]["port"], action["redirect"][0]["protocol"]) == ("443", "HTTPS")


def test_both_ports_answer_while_none_leads_to_the_other(guest: tftest.TerraformPlanOutput) -> None:
    """With alb.redirect false each listener has all rules, and answers requests that no rule takes."""
    listeners = planned(guest, "aws_lb_listener").values()
    assert [each["default_action"][0]["type"] for each in listeners] == ["fixed-response"] * 2
    rules = planned(guest, "aws_lb_listener_rule")
    claims = {
        place: [address for address in rules if f".{place}[" in address] for place in ("route", "secure")
    }
    assert len(claims["route"]) == len(claims["secure"]) == len(rules) / 2 == 4
    assert {rule["action"][0]["type"] for rule in rules.values()} == {"forward"}
    assert advice(guest) == {
        "alb.redirect should be true once callers use HTTPS, got false: plain HTTP is answered as well."
    }


def test_only_allowed_ranges_get_in(guarded: tftest.TerraformPlanOutput) -> None:
    """Each range may reach each open port, and no other may."""
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
    """Protection and time-out are the environment's; invalid headers are dropped."""
    front = only(guarded, "aws_lb")
    assert front["enable_deletion_protection"] is True
    assert front["idle_timeout"] == 120
    assert front["drop_invalid_header_fields"] is True


def test_default_service_takes_any_path(app: tftest.TerraformPlanOutput) -> None:
    """The default route is a rule like any other, and the last one."""
    rule = only(app, "aws_lb_listener_rule")
    assert rule["priority"] == 50000
    [condition] = rule["condition"]
    assert condition["path_pattern"] == [{"values": ["/*"]}]
    assert condition["host_header"] == []


def test_hosts_become_conditions(variants: tftest.TerraformPlanOutput) -> None:
    """A service with a host of its own answers any path there."""
    rules = planned(variants, "aws_lb_listener_rule")
    rule = rules['module.routes.aws_lb_listener_rule.route["nginx.example.com"]']
    [condition] = rule["condition"]
    assert condition["host_header"] == [{"values": ["nginx.example.com"]}]


def test_load_balancer_and_tasks_reach_each_other_only(app: tftest.TerraformPlanOutput) -> None:
    """The load balancer's only egress is to the tasks, and the tasks' only ingress is from it."""
    outward = planned(app, "aws_vpc_security_group_egress_rule").values()
    by_cidr = [(rule["from_port"], rule["cidr_ipv4"]) for rule in outward if rule.get("cidr_ipv4")]
    assert by_cidr == [(443, "0.0.0.0/0")]
    inward = planned(app, "aws_vpc_security_group_ingress_rule")
    to_tasks = [rule for address, rule in inward.items() if address.startswith("module.ecs_service")]
    assert [rule.get("cidr_ipv4") for rule in to_tasks] == [None]


def ways(plan: tftest.TerraformPlanOutput, module: str) -> set[tuple[Any, ...]]:
    """Return the egress rules of a module's tasks: description, protocol, ports and destination."""
    rules = planned(plan, "aws_vpc_security_group_egress_rule")
    keys = ("cidr_ipv4", "referenced_security_group_id", "prefix_list_id")
    return {
        (
            rule["description"],
            rule["ip_protocol"],
            rule["from_port"],
            rule["to_port"],
            *filter(None, map(rule.get, keys)),
        )
        for address, rule in rules.items()
        if address.startswith(f"{module}.module.task_egress.")
    }


def test_tasks_reach_what_the_environment_names(
    app: tftest.TerraformPlanOutput, variants: tftest.TerraformPlanOutput, jobs: tftest.TerraformPlanOutput
) -> None:
    """By default that is HTTPS to any address; otherwise it is exactly what is named."""
    https = ("HTTPS", "tcp", 443, 443, "0.0.0.0/0")
    assert ways(app, 'module.ecs_service["recommender"]') == ways(jobs, 'module.job["by-hand"]') == {https}
    assert ways(variants, 'module.ecs_service["other"]') == {
        ("HTTPS", "tcp", 443, 443, "pl-0a1b2c3d"),
        ("PORTS", "tcp", 8000, 8100, "10.0.0.0/16"),
        ("PORTS", "tcp", 8000, 8100, "10.1.0.0/16"),
        ("STATSD", "udp", 8125, 8125, "sg-0a1b2c3d"),
    }
    assert ways(variants, 'module.ecs_service["few"]') == {
        https,
        ("POSTGRES", "tcp", 5432, 5432, "sg-0a1b2c3d4e5f60718"),
        ("BROKERS", "tcp", 9092, 9094, "10.30.0.0/16"),
    }
    assert ways(jobs, 'module.job["retrain"]') == {https, ("DB", "tcp", 5432, 5432, "10.0.0.0/16")}


def advice(plan: tftest.TerraformPlanOutput) -> set[str]:
    """Return the messages of the plan's failed checks."""
    return {
        problem["message"]
        for check in plan.checks
        for instance in check.get("instances", [])
        for problem in instance.get("problems", [])
    }


def test_plan_gives_advice(
    app: tftest.TerraformPlanOutput, variants: tftest.TerraformPlanOutput, guarded: tftest.TerraformPlanOutput
) -> None:
    """Doubtful choices give a warning and block nothing."""
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


def test_grpc_has_a_group_of_its_own_kind(guarded: tftest.TerraformPlanOutput) -> None:
    """It checks gRPC status codes of a method; the plan of an HTTP/1.1 service is unchanged."""
    groups = planned(guarded, "aws_lb_target_group")
    [grpc] = [group for address, group in groups.items() if "rest" in address]
    [check] = grpc["health_check"]
    assert (grpc["protocol"], grpc["protocol_version"]) == ("HTTP", "GRPC")
    assert (check["path"], check["matcher"]) == ("/grpc.health.v1.Health/Check", "0,12")
    [plain] = [group for address, group in groups.items() if "films" in address]
    assert plain.get("protocol_version") is None
