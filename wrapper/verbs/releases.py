"""What `releases` shows: the newest releases, and which of them runs."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any

from wrapper import releases
from wrapper.delivery import standing
from wrapper.delivery.site import Command, find
from wrapper.releases import Release

HEADINGS = ("", "RELEASE", "WHEN", "WHO", "COMMIT", "SERVICE", "IMAGE", "MODEL", "NOTE")
_SHORT = 12


@dataclass(frozen=True, kw_only=True)
class Listing:
    """Releases, newest first; `running` is the number of the one that ECS runs, None if it runs none."""

    environment: str
    releases: Sequence[Release]
    running: int | None

    def rows(self) -> list[tuple[str, ...]]:
        return [HEADINGS, *(row for release in self.releases for row in self._release_rows(release))]

    def as_json(self) -> list[dict[str, Any]]:
        return [release.as_json() | {"running": release.number == self.running} for release in self.releases]

    def _release_rows(self, release: Release) -> Iterator[tuple[str, ...]]:
        mark = "*" if release.number == self.running else ""
        note = _note(release)
        first = [mark, str(release.number), release.at, release.who, short_commit(release.commit)]
        for name, service in release.services.items():
            image = service.image.rpartition(":")[2][:_SHORT]
            yield (*first, name, image, service.model.label if service.model else "-", note)
            first, note = [""] * len(first), ""


def list_releases(command: Command, *, limit: int) -> Listing:
    """Read the newest releases; without a sandbox there are none."""
    site = find(command)
    environment = command.environment
    if site is None:
        return Listing(environment=environment.name, releases=(), running=None)
    found = list(
        islice(
            releases.releases(site.aws, bucket=environment.state_bucket, tell=site.command.console.warn),
            limit,
        )
    )
    names = sorted({name for release in found for name in release.services})
    running = {name: service.task_definition_arn for name, service in standing.fronts(site, names).items()}
    return Listing(
        environment=environment.name,
        releases=found,
        running=next((each.number for each in found if each.task_definitions == running), None),
    )


def _note(release: Release) -> str:
    if release.back_to:
        return f"back to {release.back_to}"
    return f"from {release.promoted_from}" if release.promoted_from else ""


def short_commit(commit: str | None) -> str:
    """Shorten a commit for a table and keep its `-dirty`."""
    if commit is None:
        return "-"
    name, dash, dirty = commit.partition("-")
    return f"{name[:8]}{dash}{dirty}"
