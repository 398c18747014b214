"""The charts of docs/performance.md: requests a second per core, by server, and tasks that follow load."""

import statistics
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from benchmarks.rig.servers import OURS

_COLOURS = {"small": "#1f6feb", "large": "#8250df"}
_GREY = {"small": "#9aa4af", "large": "#c9d1d9"}


def draw(results: Mapping[str, Mapping[str, Any]], path: Path) -> None:
    """Draw the saved throughput as horizontal bars on a logarithmic scale, best server on top."""
    import matplotlib

    # The same bytes for the same figures: no random ids, and text that stays text.
    matplotlib.rcParams.update({"svg.hashsalt": "chart", "svg.fonttype": "none", "font.size": 9})
    from matplotlib.figure import Figure

    rates = {
        size: _rates(results[f"throughput-{size}"])
        for size in ("small", "large")
        if f"throughput-{size}" in results
    }
    names = sorted(rates["small"], key=rates["small"].__getitem__)
    height = 0.8 / len(rates)
    figure = Figure(figsize=(7.2, 0.42 * len(names) + 1.1), layout="constrained")
    axes = figure.subplots()
    for place, (size, by_name) in enumerate(rates.items()):
        for row, name in enumerate(names):
            if name not in by_name:
                continue
            colours = _COLOURS if name == OURS else _GREY
            y = row + 0.4 - height * (place + 0.5)
            axes.barh(y, by_name[name], height=height, color=colours[size])
            axes.text(by_name[name] * 1.06, y, f"{by_name[name]:,.0f}  {size}", va="center", fontsize=7)
    axes.set_xscale("log")
    axes.set_ylim(-0.6, len(names) - 0.4)
    axes.set_xlim(100, 400_000)
    axes.set_yticks(range(len(names)), names)
    axes.set_xlabel("requests a second on one core (logarithmic)")
    axes.spines[["top", "right"]].set_visible(False)
    figure.savefig(path, metadata={"Date": None})


def _rates(table: Mapping[str, Any]) -> dict[str, float]:
    return {name: statistics.median(run["rate"] for run in runs) for name, runs in table["figures"].items()}


def draw_scaling(figures: Mapping[str, Any], path: Path) -> None:
    """Draw the saved load as an area, and above it the desired and the running tasks."""
    import matplotlib

    matplotlib.rcParams.update({"svg.hashsalt": "scaling", "svg.fonttype": "none", "font.size": 9})
    from matplotlib.figure import Figure

    seen, phases = figures["seen"], figures["phases"]
    times = [at for at, _, _ in seen]
    ended = {"began": phases[-1]["ended"], "rate": phases[-1]["rate"]}
    begins, rates = zip(*((each["began"], each["rate"]) for each in [*phases, ended]), strict=True)
    figure = Figure(figsize=(7.2, 3.0), layout="constrained")
    axes = figure.subplots()
    axes.fill_between(begins, rates, step="post", color=_GREY["large"], label="requests a second")
    axes.set_xlabel("seconds")
    axes.set_ylabel("requests a second")
    tasks = axes.twinx()
    tasks.step(
        times, [wanted for _, wanted, _ in seen], where="post", color=_COLOURS["large"], label="wanted"
    )
    tasks.step(
        times, [running for *_, running in seen], where="post", color=_COLOURS["small"], label="running"
    )
    tasks.set_ylabel("tasks")
    tasks.set_ylim(0, max(running for *_, running in seen) + 1)
    figure.legend(loc="outside upper center", ncols=3, frameon=False)
    figure.savefig(path, metadata={"Date": None})
