"""The metrics for Prometheus. Our own code counts, with two additions; the library only renders them."""

from bisect import bisect_left
from collections.abc import Iterator
from typing import TYPE_CHECKING

from service.loading import Current

if TYPE_CHECKING:
    from prometheus_client.metrics_core import Metric

# Seconds. The lowest bounds separate ready answers (microseconds) from live ones (milliseconds).
BOUNDS = (0.00005, 0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5)
ROUTES = frozenset({"/", "/health", "/metrics", "/openapi.json", "/v1/popular", "/v1/recommendations"})


class Timing:
    """The latency histogram of one route and status: one count per bound, not cumulative, and one above all.

    `total` is in seconds.
    """

    __slots__ = ("counts", "total")

    def __init__(self) -> None:
        self.counts = [0] * (len(BOUNDS) + 1)
        self.total = 0.0

    def add(self, seconds: float) -> None:
        """Count one request."""
        self.counts[bisect_left(BOUNDS, seconds)] += 1
        self.total += seconds


class Metrics:
    """The counts of one process: plain integers, since only the event loop's thread counts.

    (prometheus_client's own counters take a lock and 2 µs, an eighth of a ready answer.)
    """

    def __init__(self, current: Current) -> None:
        self._current = current
        self._timings: dict[tuple[str, int], Timing] = {}

    def timing(self, path: str, status: int) -> Timing:
        """Return the histogram of a path. Unknown paths share one, or a scanner would fill the memory."""
        route = path if path in ROUTES else "other"
        return self._timings.setdefault((route, status), Timing())

    def render(self) -> tuple[bytes, str]:
        """Return the exposition and its content type."""
        # 30 ms of imports that the first answer should not wait for.
        from prometheus_client import CollectorRegistry, ProcessCollector
        from prometheus_client.exposition import CONTENT_TYPE_PLAIN_0_0_4, generate_latest

        registry = CollectorRegistry()
        registry.register(self)
        ProcessCollector(registry=registry)
        return generate_latest(registry), CONTENT_TYPE_PLAIN_0_0_4

    def collect(self) -> Iterator["Metric"]:
        """Yield the metrics; prometheus_client's registry calls this."""
        from prometheus_client.metrics_core import (
            CounterMetricFamily,
            GaugeMetricFamily,
            HistogramMetricFamily,
        )

        by_route = ["route", "status"]
        requests = CounterMetricFamily("recommender_requests", "Requests answered.", labels=by_route)
        seconds = HistogramMetricFamily(
            "recommender_request_seconds", "From head to answer.", labels=by_route
        )
        for (route, status), timing in sorted(self._timings.items()):
            requests.add_metric([route, str(status)], sum(timing.counts))
            seconds.add_metric([route, str(status)], _cumulative(timing.counts), timing.total)
        yield from (requests, seconds)

        info = GaugeMetricFamily("recommender_model_info", "The model served.", labels=["model", "sha256"])
        loaded = GaugeMetricFamily("recommender_model_loaded_timestamp_seconds", "When it was taken up.")
        model = self._current.model
        if model is not None:
            info.add_metric([model.label, model.sha256], 1)
            loaded.add_metric([], self._current.loaded_at)
        yield from (info, loaded)

        loads = CounterMetricFamily("recommender_model_loads", "Models taken up or not.", labels=["result"])
        for result, count in self._current.loads.items():
            loads.add_metric([result], count)
        refused = GaugeMetricFamily("recommender_model_refused", "1 while the wanted model is not served.")
        refused.add_metric([], int(self._current.refusal is not None))
        yield from (loads, refused)


def _cumulative(counts: list[int]) -> list[tuple[str, float]]:
    total, buckets = 0, []
    for bound, count in zip((*map(str, BOUNDS), "+Inf"), counts, strict=True):
        total += count
        buckets.append((bound, float(total)))
    return buckets
