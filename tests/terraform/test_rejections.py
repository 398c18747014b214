"""What AWS would refuse is refused before, in a sentence with field, rule and value.

The rules are checked without a provider, see `wrapper.terraform.rules`, and all broken ones are printed at
once: the modules' rows are calls of one root.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.terraform.examples import (
    APP,
    BALANCER,
    DIGEST,
    FOUNDATION,
    FRONTED,
    GUARDED,
    GUEST,
    JOB,
    JOBS,
    LISTENER,
    TENANT,
    TOKEN,
    VARIANTS,
    changed,
    service,
)
from tests.terraform.roots import TERRAFORM, Rules, compose
from wrapper.terraform.rules import strip

FAR = "arn:aws:secretsmanager:us-east-1:123456789012:secret:far-AbCdEf"

RECORD = TERRAFORM.parent / "docs" / "decisions" / "0014-one-owner-of-a-rule.md"
Said = Callable[[str], Sequence[str]]

# The inputs that a call of each module needs; a row changes one of them.
GOOD: Mapping[str, Mapping[str, Any]] = {
    "alarms": {
        "name": "search",
        "prefix": "shop",
        "cluster": {"name": "shop"},
        "load_balancer": {"arn_suffix": "app/shop/1", "target_group_arn_suffix": "targetgroup/search/1"},
    },
    "access_logs": {"name": "shop", "account_id": "123456789012"},
    "account": {"account_id": "123456789012", "region": "eu-west-1"},
    "alb": {"name": "shop", "network": {"vpc_id": "vpc-1", "subnet_ids": ["subnet-1", "subnet-2"]}},
    "certificate": {"hosts": ["films.example.com"], "zone_id": "Z1"},
    "dns": {
        "hosts": ["films.example.com"],
        "load_balancer": {"dns_name": "shop.example.net", "zone_id": "Z2"},
        "zone": {"id": "Z1", "name": "example.com"},
    },
    "ecr": {"name": "shop/x"},
    "ecr_registry": {"name": "shop", "account_id": "123456789012", "region": "eu-west-1"},
    "ec2_capacity": {
        "name": "shop-gpu",
        "cluster_name": "shop",
        "environment": {"account_id": "123456789012", "region": "eu-west-1", "vpc_id": "vpc-1"},
        "subnet_ids": ["subnet-1"],
        "instances": {"instance_type": "g5.xlarge", "max": 1},
    },
    "ecs_cluster": {"name": "shop"},
    "ecs_service": {
        "container": {"image": f"x@{DIGEST}", "environment": {"A": "1"}},
        "environment": {
            "account_id": "123456789012",
            "region": "eu-west-1",
            "prefix": "shop",
            "vpc_id": "vpc-1",
        },
        "platform": {
            "cluster": {"arn": "arn:aws:ecs:eu-west-1:123456789012:cluster/shop", "name": "shop"},
            "network": {"subnet_ids": [], "assign_public_ip": False},
            "load_balancer": {
                "arn_suffix": "app/shop/1",
                "rule_arns": ["arn"],
                "security_group_id": "sg-1",
                "target_groups": {"blue": {"arn": "arn", "arn_suffix": "targetgroup/search/1"}},
            },
        },
    },
    "job_alarms": {
        "name": "search",
        "prefix": "shop",
        "cluster_arn": "arn:aws:ecs:eu-west-1:123456789012:cluster/shop",
        "task_definition_family": "shop-search",
    },
    "job": {
        "container": {"image": f"x@{DIGEST}", "environment": {"A": "1"}},
        "environment": {
            "account_id": "123456789012",
            "region": "eu-west-1",
            "prefix": "shop",
            "vpc_id": "vpc-1",
        },
        "platform": {
            "cluster": {"arn": "arn:aws:ecs:eu-west-1:123456789012:cluster/shop", "name": "shop"},
            "network": {"subnet_ids": [], "assign_public_ip": False},
        },
    },
    "github_oidc": {
        "account_id": "123456789012",
        "region": "eu-west-1",
        "name": "shop-dev",
        "repository": {"name": "example/shop"},
        "environment": "dev",
        "tags": {"project": "shop", "environment": "dev"},
    },
    "flow_logs": {"name": "shop", "region": "eu-west-1", "account_id": "123456789012", "vpc_id": "vpc-1"},
    "model_store": {"name": "shop"},
    "notifications": {"name": "shop", "account_id": "123456789012", "region": "eu-west-1", "emails": []},
    "task_egress": {"owner": "services.search", "security_group_id": "sg-1"},
    "target_group": {"environment": {"prefix": "shop", "vpc_id": "vpc-1"}},
    "vpc": {
        "name": "shop",
        "region": "eu-west-1",
        "cidr": "10.20.0.0/16",
        "availability_zones": ["eu-west-1a", "eu-west-1b"],
    },
    "waf": {
        "name": "shop",
        "load_balancer_arn": "arn:aws:elasticloadbalancing:eu-west-1:123456789012:loadbalancer/app/shop/1",
    },
}

ROWS = [
    (module, row["inputs"], row["says"])
    for module, rows in yaml.safe_load(Path(__file__).with_name("rejections.yaml").read_text()).items()
    for row in rows
]

STACK_PLANS: Mapping[str, Mapping[str, Any]] = {
    "account": changed(
        APP,
        account_id="123",
        project="internal-shop",
        region="europe",
        network__availability_zones=["eu-west-1a", "eu-west-1a"],
        alb__certificate_arn="arn:aws:acm:us-east-1:123456789012:certificate/0a1b",
        alb__waf={"web_acl_arn": "arn:aws:wafv2:us-east-1:123456789012:regional/webacl/shared/0a1b"},
    ),
    "environment": changed(
        APP,
        environment="Dev",
        services={},
        monitoring={"topic_arn": "arn:aws:sns:us-east-1:123456789012:alerts", "emails": ["ops@example.com"]},
    ),
    "services": changed(
        APP,
        project="recommendations-of-films",
        services={
            "lost": service(capacity={"ec2": "gone"}, slots={"green": {}}),
            "nothing": service(model={"name": "movielens"}),
            "strange": service(sizes={}),
            "plain": service(protocol="grpc"),
            "lost-green": service(),
            "other": service(variant={"of": "nobody", "weight": 5}),
        },
    ),
    "jobs": changed(
        APP,
        region="cn-north-1",
        jobs={
            "recommender": JOB,
            "strange": changed(JOB, logging={}),
        },
    ),
    "both networks": changed(
        GUEST,
        network__cidr="10.20.0.0/16",
        network__egress="nat_per_zone",
        network__existing={"vpc_id": "vpc-1", "public_subnet_ids": ["subnet-1"]},
    ),
    "no endpoint": changed(
        GUEST,
        network__existing__endpoints=["ecr.api", "logs"],
        services__films__secrets={"TOKEN": TOKEN, "FAR": FAR},
        services__films__sidecars={"side": {"image": f"registry.example.com/side@{DIGEST}"}},
        services__rest__image=f"registry.example.com/rest@{DIGEST}",
        services__rest__repository_arn=None,
        jobs={"far": {"image": f"registry.example.com/job@{DIGEST}"}},
    ),
    "elsewhere": changed(
        TENANT,
        network=APP["network"],
        dns={"zone_id": "Z0123456789ABCDEFGHIJ", "zone_name": "example.com"},
        cluster__existing__cluster_name="arn:aws:ecs:eu-west-1:123456789012:cluster/company",
        alb__existing={
            "load_balancer_arn": BALANCER.replace("eu-west-1", "us-east-1"),
            "listener_arn": LISTENER.replace("/company/", "/other/"),
            "security_group_id": "company",
            "url": "https://company.example.com/shop",
        },
    ),
}

ELSEWHERE = [
    "alb.existing.load_balancer_arn must be the ARN of an Application Load Balancer in eu-west-1 of account "
    f"123456789012, got {BALANCER.replace('eu-west-1', 'us-east-1')}.",
    "alb.existing.listener_arn must be the ARN of a listener of alb.existing.load_balancer_arn, got "
    f"{LISTENER.replace('/company/', '/other/')}.",
    "alb.existing.security_group_id must be a security group's id such as sg-0a1b2c3d4e5f60718, got company.",
    "alb.existing.url must be http:// or https:// and a host, without a path, got "
    "https://company.example.com/shop.",
    "alb.existing must come with network.existing (tasks must be in its VPC), got a network of its own.",
    "dns must be null with alb.existing (the load balancer's owner names it), got example.com.",
    "cluster.existing.cluster_name must be a cluster's name of letters, digits, _ or - and no ARN, got "
    "arn:aws:ecs:eu-west-1:123456789012:cluster/company.",
]
FOUNDATION_SENTENCES = [
    "models.existing.bucket must be a bucket's name of 3 to 63 lower-case letters, digits, inner dots and "
    "hyphens, got arn:aws:s3:::models.",
    "services.*.image.existing.repository_name and jobs' must be ECR repositories' names such as "
    "company/recommender, got Company/search.",
]

STACK_ROWS = [
    ("account", "account_id must be 12 digits, got 123."),
    (
        "account",
        "project must be lower-case letters, digits and hyphens that begin with a letter, and not begin with "
        "internal-, got internal-shop.",
    ),
    ("account", "region must be an AWS region such as eu-west-1, got europe."),
    (
        "jobs",
        "region must be of AWS's public regions (China's, the government's and isolated ones have partitions "
        "of their own), got cn-north-1.",
    ),
    (
        "account",
        "alb.certificate_arn must be of the load balancer's region europe, got "
        "arn:aws:acm:us-east-1:123456789012:certificate/0a1b.",
    ),
    (
        "account",
        "alb.waf.web_acl_arn must be of the load balancer's region europe, got "
        "arn:aws:wafv2:us-east-1:123456789012:regional/webacl/shared/0a1b.",
    ),
    ("account", "network.availability_zones must be distinct, got eu-west-1a, eu-west-1a."),
    (
        "environment",
        "environment must be lower-case letters, digits and inner hyphens that begin with a letter, got Dev.",
    ),
    ("environment", "services must name at least 1 service, got {}."),
    (
        "environment",
        "monitoring.emails must be empty with a topic_arn (subscribe them to that topic), got "
        "ops@example.com.",
    ),
    (
        "environment",
        "monitoring.topic_arn must be the ARN of an SNS topic in eu-west-1 or null, got "
        "arn:aws:sns:us-east-1:123456789012:alerts.",
    ),
    (
        "services",
        "project and environment must have at most 24 characters when joined (AWS limits the names made of "
        "them), got recommendations-of-films-dev with 28.",
    ),
    ("services", "services.*.capacity.ec2 must name a group of cluster.ec2, got gone."),
    ("services", "services.*.variant.of must be a service that is no variant itself, got nobody for other."),
    ("services", "services must not be called like another one's second slot, got lost-green."),
    (
        "services",
        "services.*.model must have a version and a sha256 unless it follows, got neither for nothing.",
    ),
    (
        "services",
        "services.*.protocol must be http without HTTPS alone (alb.certificate_arn or dns, and alb.redirect; "
        "AWS refuses it on plain HTTP), got grpc for plain.",
    ),
    (
        "services",
        "services.* must have no other keys than alarms, architecture, capacity, command, depends_on, "
        "desired_count, egress, environment, exec, health, health_check, image, limits, logs, model, policy, "
        "port, protocol, read_only_root, repository_arn, rollout, route, scaling, secrets, sidecars, size, "
        "slots, tmp_mib, ulimits, variant, got sizes.",
    ),
    (
        "jobs",
        "jobs must not be called like a service (they share repositories, roles and logs by name), got "
        "recommender.",
    ),
    (
        "jobs",
        "jobs.* must have no other keys than alarms, architecture, command, egress, environment, image, "
        "logs, permissions, repository_arn, secrets, size, tmp_mib, triggers, got logging.",
    ),
    (
        "both networks",
        "network must have either cidr and availability_zones (a VPC is made) or existing (one is used), got "
        "both.",
    ),
    ("both networks", "network.existing.vpc_id must be a VPC's id such as vpc-0a1b2c3d4e5f60718, got vpc-1."),
    (
        "both networks",
        "network.existing must have subnets' ids such as subnet-0a1b2c3d4e5f60718, got subnet-1.",
    ),
    (
        "both networks",
        "network.egress must be public, nat or endpoints in an existing VPC (its gateways are its owner's), "
        "got nat_per_zone.",
    ),
    (
        "both networks",
        "network.existing must have at least 2 public_subnet_ids (private ones do with alb.internal) for the "
        "load balancer, got 1.",
    ),
    (
        "both networks",
        "network.existing must have private_subnet_ids for tasks with network.egress nat_per_zone, got [].",
    ),
    (
        "no endpoint",
        "network.existing.endpoints must name every endpoint that tasks call by with network.egress "
        "endpoints (they have no other way), missing ecr.dkr for books, far, films, rest; s3 for books, "
        "far, films, rest; secretsmanager for films.",
    ),
    (
        "no endpoint",
        "services.*.secrets and jobs.*.secrets must be in eu-west-1 with network.egress endpoints (an "
        f"endpoint serves its own region), got {FAR}.",
    ),
    (
        "no endpoint",
        "services.*.image, sidecars and jobs.*.image must be in ECR in eu-west-1 with network.egress "
        "endpoints (there is no endpoint for another registry), got "
        f"registry.example.com/rest@{DIGEST}, registry.example.com/job@{DIGEST}, "
        f"registry.example.com/side@{DIGEST}.",
    ),
    *(("elsewhere", sentence) for sentence in ELSEWHERE),
]


def call(module: str, changes: Mapping[str, Any]) -> dict[str, Any]:
    """Return the inputs of a module call with one row's changes."""
    name = {"name": "search"} if module in ("ecs_service", "job", "target_group") else {}
    return changed({**GOOD[module], **name}, **changes)


@pytest.fixture(scope="module")
def modules_said(copies: Path, process_variables: dict[str, str]) -> Sequence[str]:
    """The messages of a root in which each row is a module call."""
    calls: dict[str, dict[str, Any]] = {module: {} for module in GOOD}
    for number, (module, changes, _) in enumerate(ROWS):
        calls[module][f"row_{number}"] = call(module, changes)
    return Rules(compose(calls, copies), process_variables).broken(calls)


@pytest.fixture(scope="module")
def stacks(copies: Path, process_variables: dict[str, str]) -> Callable[[str], Rules]:
    """Return the rules of a stack and its modules."""
    strip(TERRAFORM, copies / "rules")
    return cache(lambda name: Rules(copies / "rules" / "stacks" / name, process_variables))


@pytest.fixture(scope="module")
def stack_said(stacks: Callable[[str], Rules]) -> Said:
    """Return the stack's messages for one of its bad plans; each is made once."""
    return cache(lambda name: stacks("app").broken(STACK_PLANS[name]))


@pytest.fixture(scope="module")
def foundation_said(stacks: Callable[[str], Rules]) -> Sequence[str]:
    """The foundation's messages for a bucket and a repository that can't exist."""
    built = {"recommender": {}, "search": {"existing": {"repository_name": "Company/search"}}}
    bad = {"models": {"existing": {"bucket": "arn:aws:s3:::models"}}, "services": built}
    return stacks("foundation").broken({**FOUNDATION, **bad})


@pytest.mark.parametrize("sentence", [row[2] for row in ROWS], ids=lambda sentence: sentence[:50])
def test_modules_refuse_what_aws_would(modules_said: Sequence[str], sentence: str) -> None:
    """The whole sentence is compared, as a user reads it."""
    assert sentence in modules_said


@pytest.mark.parametrize(("name", "sentence"), STACK_ROWS, ids=lambda value: value[:50])
def test_stacks_refuse_what_does_not_fit(stack_said: Said, name: str, sentence: str) -> None:
    """The stack checks rules between several variables."""
    assert sentence in stack_said(name)


@pytest.mark.parametrize("sentence", FOUNDATION_SENTENCES, ids=lambda value: value[:50])
def test_names_of_what_exists_are_names(foundation_said: Sequence[str], sentence: str) -> None:
    """An ARN, or a name that AWS does not allow, would never be found."""
    assert sentence in foundation_said


def test_a_secrets_value_is_never_shown(modules_said: Sequence[str]) -> None:
    """The value in place of an ARN may be the secret itself."""
    assert not [sentence for sentence in modules_said if "s3cr3t" in sentence]


def test_rules_that_cannot_be_asked_beforehand_are_listed(stacks: Callable[[str], Rules]) -> None:
    """The record names each with its reason; all others are checked before anything starts."""
    app, found = stacks("app"), stacks("foundation").unasked(FOUNDATION)
    for values in (APP, VARIANTS, JOBS, GUARDED, FRONTED, GUEST, TENANT):
        found |= app.unasked(values)
    assert found == set(re.findall(r"^\| `(\w+\.\w+)` \|", RECORD.read_text(), re.MULTILINE))
