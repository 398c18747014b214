"""Throttled calls, errors and late lists of AWS change only the time that a life cycle takes."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.e2e.conftest import Clone, make_clone
from wrapper.sandbox.settings import FAULT_PERCENT, LATE_SECONDS, PAGE_SIZE

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(1200)]


@pytest.fixture
def bad_day(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Clone]:
    """A clone whose sandbox refuses every fifth call; its lists are late, in pages of one item."""
    monkeypatch.setenv(FAULT_PERCENT, "20")
    monkeypatch.setenv(LATE_SECONDS, "3600")
    monkeypatch.setenv(PAGE_SIZE, "1")
    clone = make_clone(tmp_path)
    yield clone
    clone.tear_down()


def test_life_cycle_comes_to_the_same_end(bad_day: Clone) -> None:
    """Apply answers, a second plan is empty, and destroy leaves nothing, though calls of all clients fail."""
    applied = bad_day.wrapper("apply", "dev")
    assert applied.returncode == 0, applied.stderr
    assert bad_day.get("/?uid=20").status_code == 200
    planned = bad_day.wrapper("plan", "dev", "--detailed-exitcode")
    assert planned.returncode == 0, planned.stdout
    destroyed = bad_day.wrapper("destroy", "dev", "--yes")
    assert destroyed.returncode == 0, destroyed.stderr
    assert "nothing is left" in destroyed.stdout
