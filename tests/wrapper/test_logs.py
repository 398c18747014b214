"""What a log line says about where it comes from."""

from datetime import UTC, datetime

import pytest

from wrapper.verbs.logs import Line


@pytest.mark.parametrize(
    ("container", "shown"), [("web", "web/01234567 hello"), ("proxy", "web/proxy/01234567 hello")]
)
def test_line_names_a_sidecar(container: str, shown: str) -> None:
    """For the service's own container the service's name is enough."""
    at = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
    line = Line(at=at, service="web", container=container, task="0123456789abcdef", text="hello")
    assert str(line) == f"2026-01-02T03:04:05.000Z {shown}"
    assert line.as_json()["container"] == container
