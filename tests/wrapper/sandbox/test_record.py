from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from wrapper.sandbox import record
from wrapper.sandbox.record import Sandbox

SANDBOX = Sandbox(
    environment="dev",
    pid=1,
    mark="/clone/.wrapper/dev/sandbox#1",
    port=4566,
    alb_port=8080,
    region="eu-west-1",
    account_id="000000000000",
    started_at=datetime(2026, 1, 1, tzinfo=UTC),
    log=Path("/clone/.wrapper/dev/sandbox/sandbox.log"),
)


def test_record_is_read_as_it_was_written(tmp_path: Path) -> None:
    """Nothing is lost when it is written and read."""
    record.write(tmp_path / "sandbox.json", SANDBOX)
    assert record.read(tmp_path / "sandbox.json") == SANDBOX


def test_record_replaces_the_one_before(tmp_path: Path) -> None:
    """A second record replaces the first and leaves no draft."""
    path = tmp_path / "sandbox.json"
    record.write(path, SANDBOX)
    record.write(path, replace(SANDBOX, pid=2))
    assert record.read(path) == replace(SANDBOX, pid=2)
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize(
    "text",
    [
        *("", "{", "[]", "{}", "null", '{"pid": 1}', '{"started_at": "x", "log": "y"}'),
        pytest.param("[" * 100_000, id="deep"),
    ],
)
def test_damaged_record_is_none(tmp_path: Path, text: str) -> None:
    """A file that isn't a record counts as none."""
    path = tmp_path / "sandbox.json"
    path.write_text(text)
    assert record.read(path) is None


def test_a_record_whose_process_is_no_number_is_none(tmp_path: Path) -> None:
    """No process is checked or ended for it."""
    path = tmp_path / "sandbox.json"
    record.write(path, SANDBOX)
    path.write_text(path.read_text().replace('"pid": 1', '"pid": "one"'))
    assert record.read(path) is None


def test_missing_record_is_none(tmp_path: Path) -> None:
    """Without a file there is no record."""
    assert record.read(tmp_path / "sandbox.json") is None


def test_addresses() -> None:
    """A sandbox answers on loopback alone."""
    assert SANDBOX.endpoint_url == "http://127.0.0.1:4566"
    assert SANDBOX.registry == "127.0.0.1:4566"
    assert SANDBOX.alb_url == "http://127.0.0.1:8080"


def test_marks_differ(tmp_path: Path) -> None:
    """Each start has a mark of its own that begins with the sandbox's folder."""
    marks = {record.mark_of(tmp_path) for _ in range(2)}
    assert len(marks) == 2
    assert all(mark.startswith(f"{tmp_path}#") for mark in marks)
