"""What ministack's CloudWatch alarms lack."""

import json
import time
from collections.abc import Callable, Mapping
from typing import Any

from ministack.core.responses import get_account_id, get_region, request_scope
from ministack.services import cloudwatch

from emulator.metrics import alarm, query
from emulator.metrics.aggregate import NoStatistic
from emulator.metrics.math import NotUnderstood
from emulator.metrics.measured import STORE
from emulator.metrics.store import MINUTE
from emulator.patching import wrap
from emulator.query import structured, xml_of
from emulator.replies import Response

# When alarms are evaluated next, by account, region and name.
_due: dict[tuple[str, str, str], float] = {}
# The keys of an alarm on one metric, which an alarm on metric math does not have.
_SIMPLE = ("MetricName", "Namespace", "Statistic", "Period", "Dimensions")


def whole_alarms() -> None:
    """Upstream drops metric math, and half of an alarm in the Query protocol, which Terraform uses."""

    def put(
        original: Callable[..., Response], params: Mapping[str, Any], data: Any, is_cbor: bool, *json_: bool
    ) -> Response:
        asked = data if is_cbor or any(json_) else structured(params)
        try:
            query.check([_query(metric) for metric in asked.get("Metrics") or []])
        except (NoStatistic, NotUnderstood) as error:
            refused: Response = cloudwatch._error(
                "ValidationError", str(error), 400, use_json=any(json_), use_cbor=is_cbor
            )
            return refused
        response = original(params, data, is_cbor, *json_)
        kept = cloudwatch._alarms.get(asked.get("AlarmName"))
        if response[0] == 200 and kept is not None:
            _complete(kept, asked)
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
        result = f"<DescribeAlarmsResult>{xml_of(json.loads(response[2]))}</DescribeAlarmsResult>"
        told: Response = cloudwatch._xml(200, "DescribeAlarmsResponse", result)
        return told

    wrap(cloudwatch, "_put_metric_alarm", put)
    wrap(cloudwatch, "_describe_alarms", describe)


def evaluated_alarms(pace: float) -> Callable[[float], None]:
    """Upstream sums up all metrics of a name, whatever their dimensions, whenever one is put by a client.

    Returns a function to be called regularly with the time. Periods pass `pace` times as fast as on AWS.
    """

    def set_state(
        original: Callable[..., Response], params: Mapping[str, Any], data: Any, is_cbor: bool, *json_: bool
    ) -> Response:
        response = original(params, data, is_cbor, *json_)
        name = (data if is_cbor or any(json_) else structured(params)).get("AlarmName", "")
        # A state that was set by hand holds until the alarm's next evaluation.
        _due[get_account_id(), get_region(), name] = time.time() + MINUTE / pace
        return response

    def look(now: float) -> None:
        items = list(cloudwatch._alarms.all_items())
        for place in set(_due) - {place for place, _ in items}:
            del _due[place]
        for place, found in items:
            seconds = min(alarm.period_of(found), MINUTE) / pace
            if now >= _due.get(place, 0.0):
                _due[place] = now // seconds * seconds + seconds
                with request_scope(*place[:2]):
                    _evaluate(found, now, pace)

    wrap(cloudwatch, "_set_alarm_state", set_state)
    return look


def _evaluate(found: dict[str, Any], now: float, pace: float) -> None:
    if found.get("ComparisonOperator") not in alarm.COMPARISONS:
        return
    finding, before = alarm.look(STORE, found, now, pace), found["StateValue"]
    if finding.state != before:
        state = str(finding.state)
        found.update(StateValue=state, StateReason=finding.reason, StateUpdatedTimestamp=int(now))
        cloudwatch._record_history(found["AlarmName"], before, state, finding.reason)
        cloudwatch._dispatch_alarm_actions(found, before, state, finding.reason)
        cloudwatch._evaluate_parent_alarms(found)


def _complete(kept: dict[str, Any], asked: Mapping[str, Any]) -> None:
    """Store exactly the requested attributes."""
    if asked.get("Metrics"):
        kept["Metrics"] = [_query(metric) for metric in asked["Metrics"]]
        for name in _SIMPLE:
            kept.pop(name, None)
    elif kept.get("ExtendedStatistic"):
        kept.pop("Statistic", None)
    for name in ("EvaluateLowSampleCountPercentile", "InsufficientDataActions"):
        if asked.get(name):
            kept[name] = asked[name]


def _query(metric: Mapping[str, Any]) -> dict[str, Any]:
    """Convert a metric query's values to their types; in the Query protocol all are text."""
    typed = dict(metric)
    if "ReturnData" in typed:
        typed["ReturnData"] = str(typed["ReturnData"]).lower() == "true"
    if "MetricStat" in typed:
        typed["MetricStat"] = {**typed["MetricStat"], "Period": int(typed["MetricStat"].get("Period", 60))}
    return typed
