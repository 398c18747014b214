"""What a check of `verify` finds."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from wrapper.aws.client import Aws
from wrapper.environment import Environment
from wrapper.releases import Release

Level = Literal["ok", "skipped", "warn", "fail"]


@dataclass(frozen=True, kw_only=True)
class Finding:
    """What blocks an apply fails; what may block a later one, or cannot be known, warns.

    `subject` is the environment file's key or the AWS name of what was checked. With `mended_by_apply` it is
    wrong, but an apply fixes it.
    """

    level: Level
    subject: str
    detail: str
    fix: str | None = None
    mended_by_apply: bool = False


@dataclass(frozen=True, kw_only=True)
class Scene:
    """What the checks use: `release` is the newest, `managed` are ids and ARNs in the states.

    For an existing load balancer `priorities` are those that the routes will have, each with its service.
    `root` is the clone, from which images are built.
    """

    aws: Aws
    environment: Environment
    release: Release | None
    managed: frozenset[str]
    sandbox: bool
    priorities: Mapping[int, str] = field(default_factory=dict)
    root: Path | None = None


Check = Callable[[Scene], Iterator[Finding]]


def good(subject: str, detail: str) -> Finding:
    return Finding(level="ok", subject=subject, detail=detail)


def skipped(subject: str, detail: str) -> Finding:
    return Finding(level="skipped", subject=subject, detail=detail)


def warning(subject: str, detail: str, fix: str) -> Finding:
    return Finding(level="warn", subject=subject, detail=detail, fix=fix)


def failure(subject: str, detail: str, fix: str, *, mended_by_apply: bool = False) -> Finding:
    return Finding(level="fail", subject=subject, detail=detail, fix=fix, mended_by_apply=mended_by_apply)
