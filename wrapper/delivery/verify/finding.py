"""What a pre-flight check finds."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from wrapper.aws.client import Aws
from wrapper.environment import Environment
from wrapper.releases import Release

Level = Literal["ok", "skipped", "warn", "fail"]


@dataclass(frozen=True, kw_only=True)
class Finding:
    """What stands in the way of an apply fails; what will be in the way later, or can't be known, warns.

    `subject` is the environment file's key or AWS's name of what was looked at.
    """

    level: Level
    subject: str
    detail: str
    fix: str | None = None


@dataclass(frozen=True, kw_only=True)
class Scene:
    """What the checks look at: `release` is the newest one, `log_groups` are those that Terraform manages.

    `root` is the clone, from which images are built.
    """

    aws: Aws
    environment: Environment
    release: Release | None
    log_groups: frozenset[str]
    sandbox: bool
    root: Path | None = None


Check = Callable[[Scene], Iterator[Finding]]


def good(subject: str, detail: str) -> Finding:
    return Finding(level="ok", subject=subject, detail=detail)


def skipped(subject: str, detail: str) -> Finding:
    return Finding(level="skipped", subject=subject, detail=detail)


def warning(subject: str, detail: str, fix: str) -> Finding:
    return Finding(level="warn", subject=subject, detail=detail, fix=fix)


def failure(subject: str, detail: str, fix: str) -> Finding:
    return Finding(level="fail", subject=subject, detail=detail, fix=fix)
