"""What AWS meters of each resource: how many units a month, at which price."""

from collections.abc import Iterator, Mapping

from wrapper.review.cost.compute import event_target, instance, instances, schedule, service
from wrapper.review.cost.usage import Meter, Metered, NotPricedError, Usage
from wrapper.review.values import blocks

# Target tracking makes one alarm to scale out and one to scale in.
# https://docs.aws.amazon.com/autoscaling/application/userguide/target-tracking-scaling-policy-overview.html
_ALARMS_PER_POLICY = 2


def _load_balancer(metered: Metered) -> Iterator[Usage]:
    """Charge the hours, the load, and a public address in each zone."""
    values = metered.values
    if values.get("load_balancer_type") not in ("application", None):
        raise NotPricedError(f"only application is priced, got {values['load_balancer_type']}")
    yield metered.all_month("alb_hour")
    hours = metered.table.assumed("hours")
    yield Usage(price="lcu_hour", quantity=hours * metered.table.assumed("lcu"), rests_on=("hours", "lcu"))
    if values.get("internal") is not True:
        yield metered.all_month("ipv4_hour", metered.side.count(values.get("subnets")))


def _nat_gateway(metered: Metered) -> Iterator[Usage]:
    yield metered.all_month("nat_hour")
    yield metered.assumed("nat_gb", "nat_gb")


def _endpoint(metered: Metered) -> Iterator[Usage]:
    """Charge an interface endpoint for each zone; a gateway endpoint is free."""
    if metered.values.get("vpc_endpoint_type") == "Interface":
        zones = metered.side.count(metered.values.get("subnet_ids"))
        yield metered.all_month("endpoint_hour", zones)
        yield metered.assumed("endpoint_gb", "endpoint_gb", zones)


def _address(metered: Metered) -> Iterator[Usage]:
    yield metered.all_month("ipv4_hour")


def _alarm(metered: Metered) -> Iterator[Usage]:
    """Charge each metric that an alarm reads: metric math reads several."""
    read = sum(bool(blocks(query, "metric")) for query in blocks(metered.values, "metric_query"))
    yield Usage(price="alarm_month", quantity=max(1, read))


def _policy(metered: Metered) -> Iterator[Usage]:
    if metered.values.get("policy_type") == "TargetTrackingScaling":
        yield Usage(price="alarm_month", quantity=_ALARMS_PER_POLICY)


def _log_group(metered: Metered) -> Iterator[Usage]:
    yield metered.assumed("logs_ingested_gb", "logs_gb")
    yield metered.assumed("logs_stored_gb", "logs_gb")


def _bucket(metered: Metered) -> Iterator[Usage]:
    yield metered.assumed("s3_gb", "s3_gb")


def _repository(metered: Metered) -> Iterator[Usage]:
    yield metered.assumed("ecr_gb", "ecr_gb")


def _web_acl(metered: Metered) -> Iterator[Usage]:
    yield Usage(price="waf_acl_month", quantity=1)
    if rules := len(blocks(metered.values, "rule")):
        yield Usage(price="waf_rule_month", quantity=rules)


def _each(price: str) -> Meter:
    """Charge each one."""

    def meter(metered: Metered) -> Iterator[Usage]:
        yield Usage(price=price, quantity=1)

    return meter


METERS: Mapping[str, Meter] = {
    "aws_appautoscaling_policy": _policy,
    "aws_autoscaling_group": instances,
    "aws_cloudwatch_dashboard": _each("dashboard_month"),
    "aws_cloudwatch_event_target": event_target,
    "aws_cloudwatch_log_group": _log_group,
    "aws_cloudwatch_metric_alarm": _alarm,
    "aws_ecr_repository": _repository,
    "aws_ecs_service": service,
    "aws_eip": _address,
    "aws_instance": instance,
    "aws_kms_key": _each("kms_key_month"),
    "aws_lb": _load_balancer,
    "aws_nat_gateway": _nat_gateway,
    "aws_route53_zone": _each("zone_month"),
    "aws_s3_bucket": _bucket,
    "aws_scheduler_schedule": schedule,
    "aws_vpc_endpoint": _endpoint,
    "aws_wafv2_web_acl": _web_acl,
}
