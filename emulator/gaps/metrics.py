"""CloudWatch's metrics, which ministack stores as single values and evaluates only in part."""

import time
from collections.abc import Callable, Mapping
from typing import Any

from ministack.services import cloudwatch

from emulator.metrics import query
from emulator.metrics.aggregate import NoStatistic, check
from emulator.metrics.math import Expression, NotUnderstood
from emulator.metrics.measured import STORE
from emulator.metrics.query import Window
from emulator.metrics.store import KEPT_SECONDS, MINUTE, Metric
from emulator.patching import replace
from emulator.query import structured, xml_of
from emulator.replies import Response

Asked = Mapping[str, Any]
_MOST_POINTS = 1440


class _Refused(Exception):
    """The request is wrong; the message is AWS's, if it is known."""


def measured_metrics() -> None:
    """Upstream's load balancers and services have no metrics, and it evaluates no expressions."""
    replace(cloudwatch, "_get_metric_data", _answering("GetMetricData", _metric_data))
    replace(cloudwatch, "_get_metric_statistics", _answering("GetMetricStatistics", _metric_statistics))
    replace(cloudwatch, "_list_metrics", _answering("ListMetrics", _metrics))
    replace(cloudwatch, "_store_datum", _keep)
    replace(cloudwatch, "record_metric", _keep_own)
    # Our own code evaluates alarms, regularly.
    replace(cloudwatch, "_evaluate_all_alarms", lambda: None)
    replace(cloudwatch, "_evaluate_alarm", lambda _: None)


def _answering(operation: str, answer: Callable[[Asked], Mapping[str, Any]]) -> Callable[..., Response]:
    """Return a handler that answers in all three of CloudWatch's protocols."""

    def handle(params: Asked, data: Any, is_cbor: bool, is_json: bool = False) -> Response:
        response: Response
        try:
            result = answer(data if is_cbor or is_json else structured(params))
        except (NoStatistic, NotUnderstood, _Refused) as error:
            words = f"The statistic {error} isn't one." if isinstance(error, NoStatistic) else str(error)
            response = cloudwatch._error("ValidationError", words, 400, use_json=is_json, use_cbor=is_cbor)
        else:
            if is_cbor:
                response = cloudwatch._cbor_ok(_tagged(result))
            elif is_json:
                response = cloudwatch._json_ok(result)
            else:
                body = f"<{operation}Result>{xml_of(result)}</{operation}Result>"
                response = cloudwatch._xml(200, f"{operation}Response", body)
        return response

    return handle


def _tagged(value: Any, name: str = "") -> Any:
    """Give timestamps CBOR's tag for them."""
    if isinstance(value, dict):
        return {key: _tagged(item, key) for key, item in value.items()}
    if isinstance(value, list):
        return [_tagged(item, name.removesuffix("s")) for item in value]
    return cloudwatch._cbor_timestamp(value) if name.endswith("Timestamp") else value


def _metric_data(asked: Asked) -> Mapping[str, Any]:
    """https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_GetMetricData.html"""
    queries = [_typed(each) for each in asked.get("MetricDataQueries") or []]
    query.check(queries)
    periods = {each["Id"]: each["MetricStat"]["Period"] for each in queries if each.get("MetricStat")}
    newest_first = asked.get("ScanBy", "TimestampDescending") == "TimestampDescending"
    results = []
    for seconds in sorted(set(periods.values()) or {MINUTE}):
        # An expression has the period of the metrics that it names.
        window = _window(asked, seconds)
        found = query.answers(STORE, queries, window)
        for each in queries:
            names = _named(each, queries)
            if not each["ReturnData"] or max((periods[name] for name in names), default=seconds) != seconds:
                continue
            points = [
                (window.start + index * seconds, value)
                for index, value in enumerate(found[each["Id"]])
                if value is not None
            ]
            points = points[::-1] if newest_first else points
            results.append(
                {
                    "Id": each["Id"],
                    "Label": each.get("Label") or _label(each),
                    "Timestamps": [int(at) for at, _ in points],
                    "Values": [float(value) for _, value in points],
                    "StatusCode": "Complete",
                }
            )
    order = [each["Id"] for each in queries]
    return {"MetricDataResults": sorted(results, key=lambda result: order.index(result["Id"]))}


def _named(each: Asked, queries: list[dict[str, Any]]) -> set[str]:
    """Return the ids of all metrics that a query uses, directly or through expressions."""
    if not each.get("Expression"):
        return {each["Id"]}
    by_id = {one["Id"]: one for one in queries}
    return {name for used in Expression(each["Expression"]).names for name in _named(by_id[used], queries)}


def _metric_statistics(asked: Asked) -> Mapping[str, Any]:
    """https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_GetMetricStatistics.html"""
    basic, extended = asked.get("Statistics") or [], asked.get("ExtendedStatistics") or []
    if not basic and not extended:
        raise _Refused("Must specify either Statistics or ExtendedStatistics.")
    for name in (*basic, *extended):
        check(name)
    metric, seconds = query.metric_of(asked), _period(asked)
    window = _window(asked, seconds)
    if window.length > _MOST_POINTS:
        raise _Refused(
            f"You have requested up to {window.length} datapoints, which exceeds the limit of "
            f"{_MOST_POINTS}. You may reduce the datapoints requested by increasing Period, or decreasing "
            "the time range."
        )
    points = []
    for index, aggregate in enumerate(STORE.periods(metric, window.start, window.end, seconds)):
        if aggregate.count:
            point = {"Timestamp": int(window.start + index * seconds), "Unit": STORE.unit(metric)}
            more = {name: aggregate.statistic(name) for name in extended}
            found = {name: aggregate.statistic(name) for name in basic}
            points.append(point | found | ({"ExtendedStatistics": more} if more else {}))
    return {"Label": metric.name, "Datapoints": points}


def _metrics(asked: Asked) -> Mapping[str, Any]:
    """https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_ListMetrics.html"""
    wanted = asked.get("Dimensions") or []
    found = [
        {
            "Namespace": metric.namespace,
            "MetricName": metric.name,
            "Dimensions": [{"Name": name, "Value": value} for name, value in sorted(metric.dimensions)],
        }
        for metric in STORE.metrics()
        if asked.get("Namespace") in (None, "", metric.namespace)
        and asked.get("MetricName") in (None, "", metric.name)
        and all(_has(metric, dimension) for dimension in wanted)
    ]
    return {"Metrics": found}


def _has(metric: Metric, wanted: Asked) -> bool:
    value = dict(metric.dimensions).get(wanted["Name"])
    return value is not None and wanted.get("Value") in (None, "", value)


def _keep(
    namespace: str,
    name: str,
    dimensions: Mapping[str, str],
    at: float,
    unit: str,
    value: float | None,
    values: list[float] | None,
    counts: list[float] | None,
    statistics: Mapping[str, float] | None,
) -> None:
    """Store what a client puts: a value, several values with their counts, or statistics."""
    metric = Metric.of(namespace, name, dimensions)
    if values is not None:
        for one, count in zip(values, counts or [1.0] * len(values), strict=False):
            STORE.add(metric, float(one), unit=unit, at=at, weight=float(count))
    elif statistics is not None:
        STORE.put(
            metric,
            lambda aggregate: aggregate.add_all(
                count=float(statistics.get("SampleCount", 0)),
                total=float(statistics.get("Sum", 0)),
                least=float(statistics.get("Minimum", 0)),
                most=float(statistics.get("Maximum", 0)),
            ),
            unit=unit,
            at=at,
        )
    else:
        STORE.add(metric, float(value or 0), unit=unit, at=at)


def _keep_own(
    namespace: str,
    name: str,
    value: float,
    unit: str = "None",
    dimensions: Mapping[str, str] | None = None,
) -> None:
    STORE.add(Metric.of(namespace, name, dimensions or {}), float(value), unit=unit)


def _typed(told: Asked) -> dict[str, Any]:
    """Convert a metric query's values to their types; in the Query protocol all are text."""
    typed = {**told, "ReturnData": str(told.get("ReturnData", True)).lower() == "true"}
    if told.get("MetricStat"):
        typed["MetricStat"] = {**told["MetricStat"], "Period": _period(told["MetricStat"])}
    elif not told.get("Expression"):
        raise _Refused(f"The query {told.get('Id')} must have a MetricStat or an Expression.")
    return typed


def _period(told: Asked) -> int:
    seconds = int(told.get("Period") or 0)
    if seconds < 1 or (seconds not in (1, 5, 10, 30) and seconds % MINUTE):
        raise _Refused(f"Period must be 1, 5, 10, 30 or a multiple of 60, got {seconds}.")
    return seconds


def _window(asked: Asked, seconds: int) -> Window:
    """Return the requested periods, aligned to whole minutes, without those that are too old to be stored."""
    start, end = (cloudwatch._parse_ts(asked.get(name)) for name in ("StartTime", "EndTime"))
    if start is None or end is None or start >= end:
        raise _Refused("The parameter StartTime must be less than the parameter EndTime.")
    unit, now = min(seconds, MINUTE), time.time()
    first = start // unit * unit
    forgotten = max(0, (now - KEPT_SECONDS - first) // seconds * seconds)
    # There are no values in the future.
    return Window(
        start=first + forgotten, end=max(min(end, now + 1), first + forgotten + 1), seconds=float(seconds)
    )


def _label(each: Asked) -> str:
    return str(each["MetricStat"]["Metric"]["MetricName"]) if each.get("MetricStat") else str(each["Id"])
