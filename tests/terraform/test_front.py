"""The optional parts in front of the services: names, certificate, web ACL, logs."""

import json
from typing import Any

import tftest

from tests.terraform.examples import CERTIFICATE, WEB_ACL
from tests.terraform.policies import listed
from tests.terraform.roots import only, planned

ZONE = "Z0123456789ABCDEFGHIJ"
BUCKET = "shop-dev-access-logs-123456789012"
OPTIONAL = (
    *("aws_acm_certificate", "aws_route53_record", "aws_wafv2_web_acl", "aws_wafv2_web_acl_association"),
    "aws_flow_log",
)


def unknown(plan: tftest.TerraformPlanOutput, address: str) -> dict[str, Any]:
    """Return which values of a resource are known only after the apply."""
    found: dict[str, Any] = plan.resource_changes[address]["change"]["after_unknown"]
    return found


def test_nothing_optional_is_made_unasked(app: tftest.TerraformPlanOutput) -> None:
    """An environment without these keys has none of these resources."""
    assert not [kind for kind in OPTIONAL if planned(app, kind)]
    assert not any(block["enabled"] for block in only(app, "aws_lb")["access_logs"] or [])


def test_certificate_is_for_the_services_hosts(fronted: tftest.TerraformPlanOutput) -> None:
    """One certificate has all hosts, also wildcards, and is validated through the zone."""
    certificate = only(fronted, "aws_acm_certificate")
    names = {certificate["domain_name"], *certificate["subject_alternative_names"]}
    assert names == {"films.example.com", "*.example.com", "books.example.com"}
    assert certificate["validation_method"] == "DNS"


def test_a_wildcard_is_proved_once(fronted: tftest.TerraformPlanOutput) -> None:
    """One record validates a name and the wildcard below it; each is in the zone."""
    challenges = {
        address.rpartition("[")[2].strip('"]'): record
        for address, record in planned(fronted, "aws_route53_record").items()
        if ".challenge" in address
    }
    assert sorted(challenges) == ["books.example.com", "example.com", "films.example.com"]
    assert {record["zone_id"] for record in challenges.values()} == {ZONE}
    assert all(record["allow_overwrite"] for record in challenges.values())


def test_listener_waits_for_the_certificate(fronted: tftest.TerraformPlanOutput) -> None:
    """Its certificate ARN comes from the validation, which ends when the certificate is issued."""
    listeners = {each["port"]: each for each in planned(fronted, "aws_lb_listener").values()}
    assert sorted(listeners) == [80, 443]
    assert unknown(fronted, "module.alb[0].aws_lb_listener.https[0]")["certificate_arn"] is True
    assert planned(fronted, "aws_acm_certificate_validation")


def test_names_lead_to_the_load_balancer(fronted: tftest.TerraformPlanOutput) -> None:
    """Each host has an alias for IPv4 and for IPv6, and no existing record is overwritten."""
    aliases = [
        (record["name"], record["type"], record["allow_overwrite"])
        for address, record in planned(fronted, "aws_route53_record").items()
        if ".alias" in address
    ]
    hosts = ("*.example.com", "books.example.com", "films.example.com")
    assert sorted(aliases) == [(host, kind, False) for host in hosts for kind in ("A", "AAAA")]


def test_named_plan_gives_no_advice_about_http(fronted: tftest.TerraformPlanOutput) -> None:
    """With a zone there is a certificate, so nothing is sent in plain text."""
    problems = [
        each for check in fronted.checks for each in check.get("instances", []) if each.get("problems")
    ]
    assert problems == []


def test_web_acl_limits_first(fronted: tftest.TerraformPlanOutput) -> None:
    """The rate limit comes before AWS's rule groups, which keep their own actions."""
    rules = {rule["priority"]: rule for rule in only(fronted, "aws_wafv2_web_acl")["rule"]}
    [limit] = rules[0]["statement"][0]["rate_based_statement"]
    assert (limit["limit"], limit["aggregate_key_type"], len(rules[0]["action"][0]["block"])) == (
        2000,
        "IP",
        1,
    )
    groups = [
        rules[number]["statement"][0]["managed_rule_group_statement"][0]["name"] for number in (1, 2, 3)
    ]
    assert groups == [
        "AWSManagedRulesAmazonIpReputationList",
        "AWSManagedRulesCommonRuleSet",
        "AWSManagedRulesKnownBadInputsRuleSet",
    ]
    assert all(len(rules[number]["override_action"][0]["none"]) == 1 for number in (1, 2, 3))
    assert only(fronted, "aws_wafv2_web_acl")["scope"] == "REGIONAL"


def test_existing_web_acl_is_only_associated(guest: tftest.TerraformPlanOutput) -> None:
    """A web ACL by ARN is associated, and none is created."""
    assert not planned(guest, "aws_wafv2_web_acl")
    assert only(guest, "aws_wafv2_web_acl_association")["web_acl_arn"] == WEB_ACL


def test_own_certificate_needs_no_other(guest: tftest.TerraformPlanOutput) -> None:
    """With a certificate by ARN, the zone is used for the names alone."""
    assert not planned(guest, "aws_acm_certificate")
    assert [record["type"] for record in planned(guest, "aws_route53_record").values()].count("A") == 3
    listener = planned(guest, "aws_lb_listener")["module.alb[0].aws_lb_listener.https[0]"]
    assert listener["certificate_arn"] == CERTIFICATE


def test_internal_load_balancer_has_no_public_address(
    fronted: tftest.TerraformPlanOutput, app: tftest.TerraformPlanOutput
) -> None:
    """The scheme is internal if the environment says so."""
    assert only(fronted, "aws_lb")["internal"] is True
    assert only(app, "aws_lb")["internal"] is False


def test_access_logs_go_to_the_environments_bucket(fronted: tftest.TerraformPlanOutput) -> None:
    """The load balancer writes a log line for each request."""
    [logs] = only(fronted, "aws_lb")["access_logs"]
    assert (logs["enabled"], logs["bucket"]) == (True, BUCKET)


def test_only_log_delivery_writes_to_the_bucket(logged: tftest.TerraformPlanOutput) -> None:
    """It may put logs of this account's load balancers, and only over TLS; nobody else may."""
    policy = planned(logged, "aws_s3_bucket_policy")["module.access_logs[0].aws_s3_bucket_policy.delivery"]
    delivery, plain = json.loads(policy["policy"])["Statement"]
    assert delivery["Principal"] == {"Service": "logdelivery.elasticloadbalancing.amazonaws.com"}
    assert delivery["Action"] == "s3:PutObject"
    assert delivery["Resource"] == f"arn:aws:s3:::{BUCKET}/AWSLogs/123456789012/*"
    assert (plain["Effect"], plain["Condition"]) == ("Deny", {"Bool": {"aws:SecureTransport": "false"}})


def test_bucket_of_access_logs_is_private_and_forgets(logged: tftest.TerraformPlanOutput) -> None:
    """Logs contain people's addresses: they are encrypted, private and deleted by age."""
    module = "module.access_logs[0].aws_s3_bucket"
    assert planned(logged, "aws_s3_bucket")[f"{module}.logs"]["force_destroy"] is True
    access = planned(logged, "aws_s3_bucket_public_access_block")[f"{module}_public_access_block.logs"]
    assert all(value for key, value in access.items() if key.startswith(("block_", "ignore_", "restrict_")))
    lifecycle = planned(logged, "aws_s3_bucket_lifecycle_configuration")
    [rule] = lifecycle[f"{module}_lifecycle_configuration.logs"]["rule"]
    assert rule["expiration"][0]["days"] == 30
    kind = "aws_s3_bucket_server_side_encryption_configuration"
    [encryption] = planned(logged, kind)[f"module.access_logs[0].{kind}.logs"]["rule"]
    assert encryption["apply_server_side_encryption_by_default"][0]["sse_algorithm"] == "AES256"


def test_flow_logs_are_written_by_a_role_that_can_do_nothing_else(
    fronted: tftest.TerraformPlanOutput,
) -> None:
    """The role may write to one log group, and may not create one."""
    log = only(fronted, "aws_flow_log")
    assert (log["traffic_type"], log["log_destination_type"]) == ("ALL", "cloud-watch-logs")
    group = planned(fronted, "aws_cloudwatch_log_group")[
        "module.flow_logs[0].aws_cloudwatch_log_group.flow_logs"
    ]
    assert (group["name"], group["retention_in_days"]) == ("/vpc/shop-dev/flow-logs", 14)
    policy = planned(fronted, "aws_iam_role_policy")["module.flow_logs[0].aws_iam_role_policy.delivery"]
    arn = "arn:aws:logs:eu-west-1:123456789012:log-group:/vpc/shop-dev/flow-logs"
    assert {
        (action, statement["Resource"])
        for statement in json.loads(policy["policy"])["Statement"]
        for action in listed(statement["Action"])
    } == {
        ("logs:CreateLogStream", f"{arn}:log-stream:*"),
        ("logs:PutLogEvents", f"{arn}:log-stream:*"),
        ("logs:DescribeLogGroups", "*"),  # AWS allows it only on `*`
        ("logs:DescribeLogStreams", f"{arn}:*"),
    }


def test_only_flow_logs_of_this_account_get_the_role(fronted: tftest.TerraformPlanOutput) -> None:
    """The service may assume the role for this account's flow logs only."""
    role = planned(fronted, "aws_iam_role")["module.flow_logs[0].aws_iam_role.delivery"]
    [statement] = json.loads(role["assume_role_policy"])["Statement"]
    assert statement["Principal"] == {"Service": "vpc-flow-logs.amazonaws.com"}
    assert statement["Condition"] == {
        "StringEquals": {"aws:SourceAccount": "123456789012"},
        "ArnLike": {"aws:SourceArn": "arn:aws:ec2:eu-west-1:123456789012:vpc-flow-log/*"},
    }


def test_existing_vpc_is_used_as_it_is(guest: tftest.TerraformPlanOutput) -> None:
    """No part of the network is created: no subnet, route, gateway or endpoint, and no group's lock."""
    kinds = ("vpc", "subnet", "route", "route_table", "internet_gateway", "nat_gateway", "vpc_endpoint")
    assert not [kind for kind in (*kinds, "default_security_group") if planned(guest, f"aws_{kind}")]
    assert sorted(only(guest, "aws_lb")["subnets"]) == ["subnet-0000000a", "subnet-0000000b"]
    for running in planned(guest, "aws_ecs_service").values():
        [network] = running["network_configuration"]
        assert sorted(network["subnets"]) == ["subnet-0000000c", "subnet-0000000d"]
        assert network["assign_public_ip"] is False
    groups = planned(guest, "aws_security_group").values()
    assert {group["vpc_id"] for group in groups} == {"vpc-01234567"}
