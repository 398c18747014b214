"""Which types are drawn, where, and as what. Anything else is counted."""

import re
from collections.abc import Mapping
from typing import NamedTuple


class Kind(NamedTuple):
    """`icon` is drawn, `group` is the heading outside of a network."""

    icon: str
    group: str


COMPUTE, ENTRANCES, JOBS = "Compute", "Names and entrances", "Jobs"
DATA, MESSAGES, STORES, WATCH = "Databases", "Messages", "Images and data", "Logs and alarms"
GROUPS = (ENTRANCES, COMPUTE, JOBS, STORES, DATA, MESSAGES, WATCH)

LOAD_BALANCERS = frozenset({"aws_alb", "aws_elb", "aws_lb"})
GATEWAYS = frozenset(
    {
        "aws_internet_gateway",
        "aws_nat_gateway",
        "aws_vpc_endpoint",
        "aws_vpn_gateway",
        "aws_egress_only_internet_gateway",
    }
)
_UPPER = frozenset({"acm", "ecr", "ecs", "efs", "eip", "eks", "iam", "nat", "sns", "sqs", "vpc", "waf"})
_CASED = {"cloudwatch": "CloudWatch", "dynamodb": "DynamoDB", "route53": "Route 53", "db": "DB"}
_TITLES = {
    "aws_alb": "Load balancer",
    "aws_db_instance": "Database",
    "aws_lb": "Load balancer",
    "aws_s3_bucket": "S3 bucket",
    "aws_vpc": "VPC",
    "aws_wafv2_web_acl": "Web ACL",
}
# Never counted together: they are what the environment is for.
SERVICES = frozenset({"aws_ecs_service"})

KINDS: Mapping[str, Kind] = {
    "aws_api_gateway_rest_api": Kind("entrance", ENTRANCES),
    "aws_apigatewayv2_api": Kind("entrance", ENTRANCES),
    "aws_acm_certificate": Kind("name", ENTRANCES),
    "aws_cloudfront_distribution": Kind("entrance", ENTRANCES),
    "aws_route53_record": Kind("name", ENTRANCES),
    "aws_route53_zone": Kind("name", ENTRANCES),
    "aws_wafv2_web_acl": Kind("shield", ENTRANCES),
    "aws_apprunner_service": Kind("service", COMPUTE),
    "aws_autoscaling_group": Kind("service", COMPUTE),
    "aws_ecs_service": Kind("service", COMPUTE),
    "aws_eks_cluster": Kind("service", COMPUTE),
    "aws_eks_node_group": Kind("service", COMPUTE),
    "aws_instance": Kind("service", COMPUTE),
    "aws_lambda_function": Kind("service", COMPUTE),
    "aws_launch_template": Kind("service", COMPUTE),
    "aws_batch_job_definition": Kind("job", JOBS),
    "aws_cloudwatch_event_rule": Kind("job", JOBS),
    "aws_scheduler_schedule": Kind("job", JOBS),
    "aws_sfn_state_machine": Kind("job", JOBS),
    "aws_ecr_repository": Kind("image", STORES),
    "aws_efs_file_system": Kind("store", STORES),
    "aws_s3_bucket": Kind("store", STORES),
    "aws_db_instance": Kind("database", DATA),
    "aws_dynamodb_table": Kind("database", DATA),
    "aws_elasticache_cluster": Kind("database", DATA),
    "aws_elasticache_replication_group": Kind("database", DATA),
    "aws_rds_cluster": Kind("database", DATA),
    "aws_kinesis_stream": Kind("message", MESSAGES),
    "aws_sns_topic": Kind("message", MESSAGES),
    "aws_sqs_queue": Kind("message", MESSAGES),
    "aws_cloudwatch_dashboard": Kind("watch", WATCH),
    "aws_cloudwatch_log_group": Kind("watch", WATCH),
    "aws_cloudwatch_metric_alarm": Kind("watch", WATCH),
}


def counted(kind: str, count: int) -> str:
    """Write a number and a type in words, such as 2 NAT gateways, 1 load balancer."""
    name = title(kind)
    if not name.startswith((*(word.upper() for word in _UPPER), *_CASED.values(), "S3")):
        name = name[:1].lower() + name[1:]
    if count != 1:
        name = re.sub(r"(?<=[^aeiou])y$", "ie", name)
        name = re.sub(r"(s|x|ch|sh)$", r"\1e", name) + "s"
    return f"{count} {name}"


def title(kind: str) -> str:
    """Write a type in words, such as NAT gateway."""
    words = kind.removeprefix("aws_").split("_")
    text = " ".join(word.upper() if word in _UPPER else _CASED.get(word, word) for word in words)
    return _TITLES.get(kind) or text[:1].upper() + text[1:]
