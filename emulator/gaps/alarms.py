"""What ministack's CloudWatch alarms lack."""

import json
from collections.abc import Callable, Mapping
from typing import Any
from xml.sax.saxutils import escape

from ministack.services import cloudwatch

from emulator.patching import wrap
from emulator.query import structured
from emulator.replies import Response

# Of metric math, an alarm has no metric of its own.
_SIMPLE = ("MetricName", "Namespace", "Statistic", "Period", "Dimensions")


def whole_alarms() -> None:
    """Upstream drops metric math, and tells half of an alarm by the Query protocol that Terraform speaks."""

    def put(
        original: Callable[..., Response], params: Mapping[str, Any], data: Any, is_cbor: bool, *json_: bool
    ) -> Response:
        response = original(params, data, is_cbor, *json_)
        asked = data if is_cbor or any(json_) else structured(params)
        alarm = cloudwatch._alarms.get(asked.get("AlarmName"))
        if response[0] == 200 and alarm is not None:
            _complete(alarm, asked)
        return response

    def describe(
        original: Callable[..., Response], params: Mapping[str, Any], data: Any, is_cbor: bool, *json_: bool
    ) -> Response:
        if is_cbor or any(json_):
            return original(params, data, is_cbor, *json_)
        asked = {name: value for name, value in structured(params).items() if value not in ("", [])}
        response = original({}, asked, False, True)
        if response[0] != 200:
            return original(params, data, is_cbor, *json_)
        result = f"<DescribeAlarmsResult>{_xml(json.loads(response[2]))}</DescribeAlarmsResult>"
        told: Response = cloudwatch._xml(200, "DescribeAlarmsResponse", result)
        return told

    wrap(cloudwatch, "_put_metric_alarm", put)
    wrap(cloudwatch, "_describe_alarms", describe)


def _complete(alarm: dict[str, Any], asked: Mapping[str, Any]) -> None:
    """Keep what was asked for, and nothing that was not."""
    if asked.get("Metrics"):
        alarm["Metrics"] = [_query(metric) for metric in asked["Metrics"]]
        for name in _SIMPLE:
            alarm.pop(name, None)
    elif alarm.get("ExtendedStatistic"):
        alarm.pop("Statistic", None)
    for name in ("EvaluateLowSampleCountPercentile", "InsufficientDataActions"):
        if asked.get(name):
            alarm[name] = asked[name]


def _query(metric: Mapping[str, Any]) -> dict[str, Any]:
    """Give a metric query its types; the Query protocol knows only text."""
    query = dict(metric)
    if "ReturnData" in query:
        query["ReturnData"] = str(query["ReturnData"]).lower() == "true"
    if "MetricStat" in query:
        query["MetricStat"] = {**query["MetricStat"], "Period": int(query["MetricStat"].get("Period", 60))}
    return query


def _xml(value: Any, name: str = "") -> str:
    if isinstance(value, dict):
        return "".join(
            f"<{key}>{_xml(item, key)}</{key}>"
            for key, item in value.items()
            if item is not None and item != "" and not key.startswith("_")
        )
    if isinstance(value, list):
        return "".join(f"<member>{_xml(item)}</member>" for item in value)
    if isinstance(value, bool):
        return str(value).lower()
    if name.endswith("Timestamp"):
        return str(cloudwatch._ts_iso(value))
    return escape(str(value))
