"""What of each resource AWS meters: so many units a month, at which price."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from wrapper.plan import ResourceChange
from wrapper.review.cost.table import PriceTable
from wrapper.review.side import Side, Values
from wrapper.review.values import blocks, number

_MIB_PER_GB = 1024
_CPU_UNITS = 1024
# Target tracking makes one alarm to scale out and one to scale in.
# https://docs.aws.amazon.com/autoscaling/application/userguide/target-tracking-scaling-policy-overview.html
_ALARMS_PER_POLICY = 2


class NotPricedError(Exception):
    """Say why a resource has no price here."""


@dataclass(frozen=True, kw_only=True)
class Usage:
    """Say how many units of what a resource uses in a month; `price` is a key of the table."""

    price: str
    quantity: float


@dataclass(frozen=True, kw_only=True)
class Metered:
    resource: ResourceChange
    values: Values
    side: Side
    table: PriceTable

    @property
    def hours(self) -> float:
        return self.table.assumed("hours")


Meter = Callable[[Metered], Iterator[Usage]]


def _service(metered: Metered) -> Iterator[Usage]:
    """Charge each task for its CPU, its memory, its public address."""
    task = metered.side.only(metered.resource.module, "aws_ecs_task_definition")
    _refuse_other_compute(metered.values, task or {})
    cpu, memory, count = number(task, "cpu"), number(task, "memory"), number(metered.values, "desired_count")
    if cpu is None or memory is None or count is None:
        raise NotPricedError("its task's size or number is not known")
    hours = count * metered.hours
    yield Usage(price="fargate_vcpu_hour", quantity=hours * cpu / _CPU_UNITS)
    yield Usage(price="fargate_gb_hour", quantity=hours * memory / _MIB_PER_GB)
    if any(
        block.get("assign_public_ip") is True for block in blocks(metered.values, "network_configuration")
    ):
        yield Usage(price="ipv4_hour", quantity=hours)


def _refuse_other_compute(service: Values, task: Values) -> None:
    strategies = blocks(service, "capacity_provider_strategy")
    providers = {str(block.get("capacity_provider")) for block in strategies} or {
        str(service.get("launch_type"))
    }
    if providers != {"FARGATE"}:
        named = ", ".join(sorted(providers))
        raise NotPricedError(f"only FARGATE is priced, got {named}")
    for platform in blocks(task, "runtime_platform"):
        if platform.get("cpu_architecture") == "ARM64":
            raise NotPricedError("only X86_64 is priced, got ARM64")


def _load_balancer(metered: Metered) -> Iterator[Usage]:
    """Charge the hours, the load, and a public address in each zone."""
    values = metered.values
    if values.get("load_balancer_type") not in ("application", None):
        raise NotPricedError(f"only application is priced, got {values['load_balancer_type']}")
    yield Usage(price="alb_hour", quantity=metered.hours)
    yield Usage(price="lcu_hour", quantity=metered.hours * metered.table.assumed("lcu"))
    if values.get("internal") is not True:
        addresses = metered.side.count(values.get("subnets"))
        yield Usage(price="ipv4_hour", quantity=addresses * metered.hours)


def _nat_gateway(metered: Metered) -> Iterator[Usage]:
    yield Usage(price="nat_hour", quantity=metered.hours)
    yield Usage(price="nat_gb", quantity=metered.table.assumed("nat_gb"))


def _endpoint(metered: Metered) -> Iterator[Usage]:
    """Charge an interface endpoint for each zone; a gateway endpoint is free."""
    if metered.values.get("vpc_endpoint_type") == "Interface":
        zones = metered.side.count(metered.values.get("subnet_ids"))
        yield Usage(price="endpoint_hour", quantity=zones * metered.hours)
        yield Usage(price="endpoint_gb", quantity=zones * metered.table.assumed("endpoint_gb"))


def _address(metered: Metered) -> Iterator[Usage]:
    yield Usage(price="ipv4_hour", quantity=metered.hours)


def _alarm(metered: Metered) -> Iterator[Usage]:
    """Charge each metric that an alarm reads: metric math reads several."""
    read = sum(bool(blocks(query, "metric")) for query in blocks(metered.values, "metric_query"))
    yield Usage(price="alarm_month", quantity=max(1, read))


def _dashboard(metered: Metered) -> Iterator[Usage]:
    yield Usage(price="dashboard_month", quantity=1)


def _key(metered: Metered) -> Iterator[Usage]:
    yield Usage(price="kms_key_month", quantity=1)


def _policy(metered: Metered) -> Iterator[Usage]:
    if metered.values.get("policy_type") == "TargetTrackingScaling":
        yield Usage(price="alarm_month", quantity=_ALARMS_PER_POLICY)


def _log_group(metered: Metered) -> Iterator[Usage]:
    yield Usage(price="logs_ingested_gb", quantity=metered.table.assumed("logs_gb"))
    yield Usage(price="logs_stored_gb", quantity=metered.table.assumed("logs_gb"))


def _bucket(metered: Metered) -> Iterator[Usage]:
    yield Usage(price="s3_gb", quantity=metered.table.assumed("s3_gb"))


def _repository(metered: Metered) -> Iterator[Usage]:
    yield Usage(price="ecr_gb", quantity=metered.table.assumed("ecr_gb"))


METERS: Mapping[str, Meter] = {
    "aws_appautoscaling_policy": _policy,
    "aws_cloudwatch_dashboard": _dashboard,
    "aws_cloudwatch_log_group": _log_group,
    "aws_cloudwatch_metric_alarm": _alarm,
    "aws_ecr_repository": _repository,
    "aws_ecs_service": _service,
    "aws_eip": _address,
    "aws_kms_key": _key,
    "aws_lb": _load_balancer,
    "aws_nat_gateway": _nat_gateway,
    "aws_s3_bucket": _bucket,
    "aws_vpc_endpoint": _endpoint,
}
