"""A run's messages become short lines; some of them are kept."""

import json
from typing import Any

from wrapper.terraform.plan import Summary
from wrapper.terraform.progress import Report


def hook(kind: str, address: str = "aws_lb.web", action: str = "create", **extra: Any) -> str:
    return json.dumps({"type": kind, "hook": {"resource": {"addr": address}, "action": action, **extra}})


def diagnostic(severity: str, summary: str) -> str:
    return json.dumps(
        {"type": "diagnostic", "diagnostic": {"severity": severity, "summary": summary, "detail": ""}}
    )


def lines_of(*messages: str, total: int = 0) -> list[str]:
    lines: list[str] = []
    report = Report(lines.append, total=total)
    for message in messages:
        report.line(message)
    return lines


def test_an_apply_counts_its_steps() -> None:
    """Each line has the action, the resource, the time, and how many steps are done."""
    assert lines_of(
        hook("apply_start"),
        hook("apply_progress", elapsed_seconds=30),
        hook("apply_complete", elapsed_seconds=61),
        hook("apply_start", "aws_ecs_service.web", "update"),
        hook("apply_complete", "aws_ecs_service.web", "update", elapsed_seconds=2),
        hook("apply_start", "aws_ecr_repository.web", "delete"),
        hook("apply_errored", "aws_ecr_repository.web", "delete", elapsed_seconds=1),
        total=38,
    ) == [
        "aws_lb.web: creating (0/38)",
        "aws_lb.web: creating 30s (0/38)",
        "aws_lb.web: created in 61s (1/38)",
        "aws_ecs_service.web: changing (1/38)",
        "aws_ecs_service.web: changed in 2s (2/38)",
        "aws_ecr_repository.web: destroying (2/38)",
        "aws_ecr_repository.web: destroying failed after 1s (2/38)",
    ]


def test_a_plan_tells_what_it_has_refreshed() -> None:
    """It has no total, so nothing is counted."""
    assert lines_of(hook("refresh_start"), hook("refresh_complete")) == ["aws_lb.web: refreshed"]


def test_reading_is_no_step() -> None:
    """A data source that is read during an apply was not in the plan's summary."""
    assert lines_of(hook("apply_complete", action="read", elapsed_seconds=0), total=2) == [
        "aws_lb.web: read in 0s (0/2)"
    ]


def test_plain_text_between_the_messages_is_passed_over() -> None:
    """`init -json` prints some lines without JSON, and a crash prints anything."""
    assert lines_of("Successfully configured the backend", "[1]", '{"no": "type"}', "", "{") == []


def test_the_summary_is_kept() -> None:
    """Except for imports, the counts are Terraform's."""
    report = Report(print)
    changes = {"add": 2, "change": 1, "import": 0, "remove": 3, "operation": "plan"}
    report.line(json.dumps({"type": "change_summary", "changes": changes}))
    assert report.summary == Summary(add=2, change=1, destroy=3)


def test_the_same_diagnostic_is_kept_once() -> None:
    """Terraform prints `execution halted` for each resource in progress."""
    report = Report(print)
    for message in [diagnostic("error", "halted")] * 2 + [diagnostic("warning", "old")]:
        report.line(message)
    assert [error.summary for error in report.errors] == ["halted"]
    assert [warning.summary for warning in report.warnings] == ["old"]
