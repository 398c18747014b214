"""A container's own health check, without a container."""

import subprocess
from collections.abc import Sequence
from typing import Any

import pytest

from emulator.ecs.dependencies import order
from emulator.runtime.health import Check, Health, check_of, watch


def states(results: Sequence[int | Exception], *, retries: int = 2, start_period: float = 0) -> list[Health]:
    """Return the reported states while the check gives these results, one after the other."""
    check = Check(command=["x"], interval=0, timeout=1, retries=retries, start_period=start_period)
    left = list(results)
    told: list[Health] = []

    def run(words: Sequence[str], timeout: float) -> int:
        result = left.pop(0)
        if isinstance(result, Exception):
            raise result
        return result

    watch(check, run, is_running=lambda: bool(left), tell=told.append)
    return told


def test_failures_in_a_row_make_it_unhealthy() -> None:
    """One success between failures resets the count; a check that takes too long has failed."""
    slow = subprocess.TimeoutExpired("x", 1)
    assert states([1, 0, 1, slow, 0]) == ["HEALTHY", "UNHEALTHY", "HEALTHY"]


def test_failures_while_it_starts_do_not_count() -> None:
    """Within the start period only success is reported."""
    assert states([1, 1, 1, 0], start_period=60) == ["HEALTHY"]


@pytest.mark.parametrize(
    ("command", "words"),
    [
        (["CMD-SHELL", "test -f /x && true"], ["/bin/sh", "-c", "test -f /x && true"]),
        (["CMD", "a", "b"], ["a", "b"]),
    ],
)
def test_command_is_words_or_a_line(command: list[str], words: list[str]) -> None:
    """Both forms of ECS become a list of words, with ECS's defaults."""
    check = check_of({"command": command})
    assert (check.command, check.interval, check.timeout, check.retries) == (words, 30, 5, 3)


def test_containers_start_after_what_they_depend_on() -> None:
    """Without dependencies they start in the order of the definition."""
    definitions: list[dict[str, Any]] = [
        {"name": "app", "dependsOn": [{"containerName": "init"}, {"containerName": "side"}]},
        {"name": "side", "dependsOn": [{"containerName": "init"}]},
        {"name": "init"},
        {"name": "other"},
    ]
    started = [definitions[place]["name"] for place in order(definitions)]
    assert started.index("init") < started.index("side") < started.index("app")
    assert sorted(started) == ["app", "init", "other", "side"]
