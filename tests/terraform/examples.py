"""Inputs that the stacks accept, for tests to change."""

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

Values = dict[str, Any]

DIGEST = "sha256:" + "0123456789abcdef" * 4
TOKEN = "arn:aws:secretsmanager:eu-west-1:123456789012:secret:token-AbCdEf"
KEY = "arn:aws:ssm:eu-west-1:123456789012:parameter/shop/key"
REGISTRY = "123456789012.dkr.ecr.eu-west-1.amazonaws.com"

# The examples of egress rules on the page about the network.
WAYS: Values = yaml.safe_load(
    re.findall(
        r"<!-- example: ways-out -->\n```yaml\n(.*?)^```",
        (Path(__file__).parents[2] / "docs" / "network.md").read_text("utf-8"),
        re.MULTILINE | re.DOTALL,
    )[0]
)

COMMON: Values = {
    "project": "shop",
    "environment": "dev",
    "region": "eu-west-1",
    "account_id": "123456789012",
    "sandbox": False,
    "disposable": True,
}
FOUNDATION: Values = {**COMMON, "services": {"recommender": {}, "search": {}}}

SERVICE: Values = {
    "image": f"{REGISTRY}/shop-dev/recommender@{DIGEST}",
    "repository_arn": "arn:aws:ecr:eu-west-1:123456789012:repository/shop-dev/recommender",
    "desired_count": 3,
    "environment": {"GREETING": "hello"},
    "secrets": {},
    "size": {"cpu": 512, "memory": 1024},
    "scaling": {"min": 2, "max": 4, "cpu_percent": 60, "requests_per_target": 1000},
    "health": {
        "path": "/health",
        "status": "200",
        "interval_seconds": 5,
        "timeout_seconds": 2,
        "healthy_threshold": 2,
        "unhealthy_threshold": 2,
        "grace_seconds": 30,
    },
    "rollout": {
        "minimum_healthy_percent": 100,
        "maximum_percent": 200,
        "drain_seconds": 10,
        "stop_timeout_seconds": 20,
    },
    "logs": {"retention_days": 7},
    "model": {"name": "movielens", "version": "3f2a", "sha256": "ab" * 32},
}
JOB: Values = {
    "image": f"{REGISTRY}/shop-dev/recommender@{DIGEST}",
    "repository_arn": "arn:aws:ecr:eu-west-1:123456789012:repository/shop-dev/recommender",
}
APP: Values = {
    **COMMON,
    "network": {
        "cidr": "10.20.0.0/16",
        "availability_zones": ["eu-west-1a", "eu-west-1b"],
        "egress": "public",
    },
    "alb": {"allowed_cidrs": ["0.0.0.0/0"], "idle_timeout_seconds": 60, "deletion_protection": False},
    "cluster": {"container_insights": False},
    "model_bucket": {
        "arn": "arn:aws:s3:::shop-dev-models-123456789012",
        "name": "shop-dev-models-123456789012",
    },
    "services": {"recommender": SERVICE},
}


def changed(values: Mapping[str, Any], **changes: Any) -> Values:
    """Return a copy with `a__b=1` set at a.b."""
    copy = dict(values)
    for path, value in changes.items():
        key, _, rest = path.partition("__")
        copy[key] = changed(copy.get(key) or {}, **{rest: value}) if rest else value
    return copy


def service(**changes: Any) -> Values:
    """Return the service with changes, on a route of its own."""
    return changed(SERVICE, **{"route": {"paths": ["/unused"]}, **changes})


# Services that share only the load balancer with the recommender, in a protected environment.
VARIANTS: Values = {
    **changed(APP, project="a" * 19, environment="prod", disposable=False),
    "services": {
        "other": {
            "image": f"{REGISTRY}/other@{DIGEST}",
            "command": ["serve", "--fast"],
            "port": 9090,
            "egress": {
                "https": {"port": 443, "prefix_lists": ["pl-0a1b2c3d"]},
                "ports": {"port": 8000, "to_port": 8100, "cidrs": ["10.0.0.0/16", "10.1.0.0/16"]},
                "statsd": {"port": 8125, "protocol": "udp", "security_groups": ["sg-0a1b2c3d"]},
            },
            "secrets": {"TOKEN": f"{TOKEN}:key::", "KEY": KEY},
            "scaling": {"cpu_percent": 50},
        },
        "public": {
            "image": f"registry.example.com/nginx@{DIGEST}",
            "route": {"hosts": ["nginx.example.com"]},
        },
        "few": service(desired_count=1, route__paths=["/few"], **WAYS),
        "many": service(
            desired_count=9,
            route__paths=["/many"],
            scaling__memory_percent=70,
            scaling__schedule={
                "evening": {"cron": "0 18 ? * MON-FRI *", "timezone": "Europe/Berlin", "min": 3, "max": 9}
            },
        ),
        "follower": service(model={"name": "movielens", "follow": True}, route__paths=["/followed"]),
        "filed": service(
            model__files={"image": f"{REGISTRY}/model-files@{DIGEST}", "path": "/mnt/models"},
            route__paths=["/filed"],
        ),
        "new": service(desired_count=None, route__paths=["/new"]),
        "s" * 20: service(
            route__paths=["/long"],
            desired_count=0,
            limits={"min": 0, "max": 0},
            scaling__hours={
                "timezone": "Europe/Berlin",
                "days": ["mon", "fri"],
                "start": "08:00",
                "stop": "18:30",
            },
        ),
    },
}

BUCKET_ARN = "arn:aws:s3:::shop-dev-models-123456789012"
# A job of each kind: at night, for an object, for an event, by hand.
JOBS: Values = {
    **changed(APP, disposable=False),
    "jobs": {
        "nightly": changed(
            JOB,
            tmp_mib=256,
            size={"cpu": 1024, "memory": 2048},
            triggers=[
                {
                    "schedule": {"expression": "cron(0 3 * * ? *)", "timezone": "Europe/Berlin"},
                    "retry": {"maximum_attempts": 5, "maximum_age_seconds": 600},
                }
            ],
        ),
        "retrain": changed(
            JOB,
            image=f"{REGISTRY}/shop-dev/retrain@{DIGEST}",
            repository_arn="arn:aws:ecr:eu-west-1:123456789012:repository/shop-dev/retrain",
            command=["--retrain", "--name", "movielens"],
            environment={"GREETING": "hello"},
            secrets={"TOKEN": TOKEN},
            egress={
                "https": {"port": 443, "cidrs": ["0.0.0.0/0"]},
                "db": {"port": 5432, "cidrs": ["10.0.0.0/16"]},
            },
            permissions={
                "read": [{"bucket_arn": BUCKET_ARN, "prefix": "ratings/"}],
                "write": [{"bucket_arn": BUCKET_ARN, "prefix": "models/movielens/"}],
            },
            triggers=[
                {
                    "object_created": {
                        "bucket": "shop-dev-models-123456789012",
                        "prefix": "ratings/",
                        "suffix": ".csv",
                        "variable": "RATINGS_URI",
                    }
                }
            ],
        ),
        "told": changed(
            JOB,
            triggers=[{"event": {"pattern": '{"source":["shop"]}', "variables": {"WHO": "$.detail.who"}}}],
        ),
        "by-hand": JOB,
    },
}

CERTIFICATE = "arn:aws:acm:eu-west-1:123456789012:certificate/0a1b2c3d"
GUARDED: Values = changed(
    APP,
    network__egress="endpoints",
    alb={
        "allowed_cidrs": ["192.0.2.0/25", "198.51.100.0/24"],
        "certificate_arn": CERTIFICATE,
        "deletion_protection": True,
        "idle_timeout_seconds": 120,
    },
    services={
        "films": service(
            secrets={"TOKEN": TOKEN},
            route={"hosts": ["*.example.com", "films.example.com"], "paths": ["/films/*"]},
        ),
        "rest": service(
            protocol="grpc", health__path="/grpc.health.v1.Health/Check", health__status="0,12", route={}
        ),
    },
)

# All optional parts around the load balancer, with names in a zone and a certificate for them.
FRONTED: Values = changed(
    APP,
    network__flow_logs={"retention_days": 14},
    alb__internal=True,
    alb__access_logs_bucket="shop-dev-access-logs-123456789012",
    alb__waf={"rate_limit": 2000},
    dns={"zone_id": "Z0123456789ABCDEFGHIJ", "zone_name": "example.com"},
    services={
        "films": service(route={"hosts": ["films.example.com", "*.example.com"]}),
        "books": service(route={"hosts": ["books.example.com"], "paths": ["/b/*"]}),
        "rest": service(route={}),
    },
)
WEB_ACL = "arn:aws:wafv2:eu-west-1:123456789012:regional/webacl/shared/0a1b2c3d"
# Somebody else's VPC, with an existing certificate and web ACL.
GUEST: Values = changed(
    FRONTED,
    network={
        "egress": "endpoints",
        "existing": {
            "vpc_id": "vpc-01234567",
            "public_subnet_ids": ["subnet-0000000a", "subnet-0000000b"],
            "private_subnet_ids": ["subnet-0000000c", "subnet-0000000d"],
            "endpoints": ["ecr.api", "ecr.dkr", "logs", "s3"],
        },
    },
    alb__internal=False,
    alb__certificate_arn=CERTIFICATE,
    alb__redirect=False,
    alb__waf={"web_acl_arn": WEB_ACL},
)

BALANCER = "arn:aws:elasticloadbalancing:eu-west-1:123456789012:loadbalancer/app/company/0123456789abcdef"
LISTENER = f"{BALANCER.replace(':loadbalancer/', ':listener/')}/fedcba9876543210"
# All that a company may have already: network, load balancer, cluster.
TENANT: Values = {
    **changed(
        GUEST,
        dns=None,
        alb={
            "existing": {
                "load_balancer_arn": BALANCER,
                "listener_arn": LISTENER,
                "security_group_id": "sg-0123456789abcdef0",
                "url": "https://company.example.com:8443",
            }
        },
        cluster={"existing": {"cluster_name": "company"}},
        services__films__alarms={"cpu_percent": 90},
    ),
    "jobs": {"by-hand": JOB, "nightly": JOBS["jobs"]["nightly"]},
}

ALARMS: Values = {
    "error_percent": 2.5,
    "latency_p95_ms": 300,
    "latency_p99_ms": 1000,
    "unhealthy_targets": 1,
    "missing_tasks": 1,
    "cpu_percent": 90,
    "memory_percent": 80,
}
# Like a production environment: two services, HTTPS, a NAT gateway per zone, all alarms, and a job.
PRODUCTION: Values = {
    **changed(
        APP,
        environment="prod",
        disposable=False,
        network__availability_zones=["eu-west-1a", "eu-west-1b", "eu-west-1c"],
        network__egress="nat_per_zone",
        network__flow_logs={"retention_days": 14},
        alb__deletion_protection=True,
        alb__access_logs_bucket="shop-prod-access-logs-123456789012",
        alb__waf={"rate_limit": 2000},
        cluster={
            "container_insights": True,
            "exec_logs": {"kms_key_arn": "arn:aws:kms:eu-west-1:123456789012:key/0a1b", "retention_days": 30},
        },
        dns={"zone_id": "Z0123456789ABCDEFGHIJ", "zone_name": "example.com"},
        monitoring={"emails": ["ops@example.com"], "dashboard": True},
        services={
            "films": service(
                exec=True, alarms=ALARMS, secrets={"TOKEN": TOKEN}, route={"hosts": ["films.example.com"]}
            ),
            "search": service(alarms=ALARMS, route={}),
        },
    ),
    "jobs": {
        "retrain": changed(JOBS["jobs"]["retrain"], alarms={"failures": 1, "not_started": 1}),
        "nightly": JOBS["jobs"]["nightly"],
    },
}
