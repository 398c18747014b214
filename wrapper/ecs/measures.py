"""The load balancer's metrics of target groups, read from CloudWatch without Terraform.

https://docs.aws.amazon.com/elasticloadbalancing/latest/application/load-balancer-cloudwatch-metrics.html
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING

from wrapper.aws.client import Aws, explained

if TYPE_CHECKING:
    from types_boto3_cloudwatch.type_defs import (
        DimensionTypeDef,
        MetricDataQueryTypeDef,
        MetricStatTypeDef,
    )

MINUTE = 60
_NAMESPACE = "AWS/ApplicationELB"
_ANSWERS = tuple(f"HTTPCode_Target_{digit}XX_Count" for digit in (2, 3, 4, 5))
# The load balancer's own answers, which it does not count by target group; 460 is a caller who gave up.
_OWN_ANSWERS = tuple(f"HTTPCode_ELB_{digit}XX_Count" for digit in (4, 5))
# The maximum of queries in GetMetricData.
_MOST_QUERIES = 500
Place = Mapping[str, str]
Points = Mapping[datetime, float]


def place_of(load_balancer_arn: str, target_group_arn: str) -> Place:
    """Return the dimensions of a target group behind a load balancer in CloudWatch."""
    return {
        "LoadBalancer": load_balancer_arn.partition(":loadbalancer/")[2],
        "TargetGroup": target_group_arn.rpartition(":")[2],
    }


def query(name: str, metric: str, place: Place, seconds: int, statistic: str) -> "MetricDataQueryTypeDef":
    """Return the query for a statistic with a period of so many seconds; `measured` returns it by `name`."""
    dimensions: list[DimensionTypeDef] = [{"Name": key, "Value": value} for key, value in place.items()]
    asked: MetricStatTypeDef = {
        "Metric": {"Namespace": _NAMESPACE, "MetricName": metric, "Dimensions": dimensions},
        "Period": seconds,
        "Stat": statistic,
    }
    return {"Id": name, "MetricStat": asked}


def measured(
    aws: Aws, queries: "Sequence[MetricDataQueryTypeDef]", *, start: datetime, end: datetime
) -> dict[str, Points]:
    """Return each query's values by the start of their period; a query without values is left out."""
    found: dict[str, dict[datetime, float]] = {}
    for first in range(0, len(queries), _MOST_QUERIES):
        pages = aws.cloudwatch.get_paginator("get_metric_data").paginate(
            MetricDataQueries=queries[first : first + _MOST_QUERIES], StartTime=start, EndTime=end
        )
        with explained():
            for page in pages:
                for result in page["MetricDataResults"]:
                    points = zip(result.get("Timestamps", []), result.get("Values", []), strict=True)
                    found.setdefault(result.get("Id", ""), {}).update(points)
    return {name: points for name, points in found.items() if points}


def counts(aws: Aws, places: Sequence[Place], *, start: datetime, end: datetime) -> dict[str, Points]:
    """Return what `counted` needs of several target groups, per minute."""
    # Each metric costs: the load balancer's own are asked for once, by the number of its first target group.
    balancers = [place["LoadBalancer"] for place in places]
    first = [balancers.index(balancer) for balancer in balancers]
    queries = [each for number, place in enumerate(places) for each in _count_queries(number, place)]
    queries += [each for number in sorted(set(first)) for each in _own_queries(number, balancers[number])]
    found = measured(aws, queries, start=start, end=end) if queries else {}
    own = {
        f"own{index}x{number}": found.get(f"own{index}x{asked}", {})
        for number, asked in enumerate(first)
        for index in range(len(_OWN_ANSWERS))
    }
    return {**found, **own}


def _count_queries(number: int, place: Place) -> "Iterator[MetricDataQueryTypeDef]":
    yield query(f"requests{number}", "RequestCount", place, MINUTE, "Sum")
    for index, name in enumerate(_ANSWERS):
        yield query(f"a{index}x{number}", name, place, MINUTE, "Sum")


def _own_queries(number: int, balancer: str) -> "Iterator[MetricDataQueryTypeDef]":
    for index, name in enumerate(_OWN_ANSWERS):
        yield query(f"own{index}x{number}", name, {"LoadBalancer": balancer}, MINUTE, "Sum")


def counted(found: Mapping[str, Points], number: int, minutes: Iterable[datetime]) -> tuple[int, int]:
    """Return how many requests a target group of `counts` had in these minutes, and how many failed.

    If a target breaks off or does not answer, the load balancer answers itself, and the target group has a
    request without an answer. So has it while a request is in flight or a WebSocket is open: without an
    answer of the load balancer, they have not failed.
    """
    wanted = set(minutes)

    def total(name: str) -> int:
        return round(sum(value for at, value in found.get(name, {}).items() if at in wanted))

    answered = [total(f"a{index}x{number}") for index in range(len(_ANSWERS))]
    requests = max(total(f"requests{number}"), sum(answered))
    own = sum(total(f"own{index}x{number}") for index in range(len(_OWN_ANSWERS)))
    return requests, answered[-1] + min(requests - sum(answered), own)
