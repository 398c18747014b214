"""A CloudWatch that returns a test's values, and records the queries."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

import pytest

from wrapper.aws.client import Aws

BALANCER = "arn:aws:elasticloadbalancing:eu-west-1:000000000000:loadbalancer/app/shop/50dc6c495c0c9188"


def group_arn(name: str) -> str:
    return f"arn:aws:elasticloadbalancing:eu-west-1:000000000000:targetgroup/{name}/943f017f100becff"


class Measures:
    """Answers GetMetricData by query id, a value a minute from `start` on; None is a missing value."""

    def __init__(
        self,
        monkeypatch: pytest.MonkeyPatch,
        values: Mapping[str, Sequence[float | None]],
        *,
        start: datetime,
    ) -> None:
        self.aws = Aws(region="eu-west-1", endpoint_url="http://127.0.0.1:1")
        self.asked: list[Mapping[str, Any]] = []
        self._values = values
        self._start = start
        monkeypatch.setattr(self.aws.cloudwatch, "_make_api_call", self._answer)

    def _answer(self, operation: str, parameters: Mapping[str, Any]) -> Mapping[str, Any]:
        assert operation == "GetMetricData"
        self.asked.append(parameters)
        ids = [query["Id"] for query in parameters["MetricDataQueries"]]
        return {"MetricDataResults": [self._result(name, parameters["StartTime"]) for name in ids]}

    def _result(self, name: str, start: datetime) -> Mapping[str, Any]:
        times = {
            self._start + timedelta(minutes=passed): value
            for passed, value in enumerate(self._values.get(name, []))
            if value is not None
        }
        found = {at: value for at, value in times.items() if at >= start}
        return {"Id": name, "Values": [*found.values()], "Timestamps": [*found]}
