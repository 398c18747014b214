"""What a command found out: as rows for a person, as JSON for a script, as an error for the exit code."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from wrapper.delivery import saved
from wrapper.environment.release import ModelVersion, ServiceRelease
from wrapper.errors import SmokeError
from wrapper.image import Image
from wrapper.releases import RolloutTime
from wrapper.review import Review, views
from wrapper.smoke import Verdict
from wrapper.terraform import PlanFile


@dataclass(frozen=True, kw_only=True)
class Applied:
    """What runs after an apply, and whether it answers; `changes` counts resources, `seconds` is the run.

    `release` is the number under which it was recorded, `rollouts` the services whose tasks were replaced.
    """

    environment: str
    url: str
    changes: int
    images: Mapping[str, Image]
    releases: Mapping[str, ServiceRelease]
    verdicts: Mapping[str, Verdict]
    seconds: float
    allowed: Mapping[str, str] = field(default_factory=dict)
    rollouts: Mapping[str, RolloutTime] = field(default_factory=dict)
    release: int | None = None

    @property
    def ok(self) -> bool:
        return all(verdict.ok for verdict in self.verdicts.values())

    def rows(self) -> list[tuple[str, str]]:
        rows = [("URL", self.url)]
        for name, verdict in self.verdicts.items():
            rows += self._service_rows(name, verdict)
        rows += [("Allowed", f"{rule}: {reason}") for rule, reason in self.allowed.items()]
        if self.release:
            rows.append(("Release", str(self.release)))
        changes = "nothing changed" if not self.changes else f"{self.changes} resources changed"
        rows.append(("Verdict", f"{'PASS' if self.ok else 'FAIL'} ({changes})"))
        return rows

    def _service_rows(self, name: str, verdict: Verdict) -> list[tuple[str, str]]:
        release = self.releases[name]
        rows = [("Service", name)]
        if verdict.sample:
            rows.append(("Answer", str(verdict.sample)))
        rows.append(("Image", f"{release.image_digest} ({self.images[name].remark})"))
        if release.model:
            rows.append(("Model", f"{release.model.label} (sha256 {release.model.sha256[:12]})"))
        if name in self.rollouts:
            rows.append(("Roll-out", str(self.rollouts[name])))
        rows.append(("Smoke", verdict.summary))
        return rows

    def as_json(self) -> dict[str, Any]:
        return {
            "environment": self.environment,
            "ok": self.ok,
            "url": self.url,
            "changes": self.changes,
            "services": {name: self._service_json(name) for name in self.releases},
            "allowed": dict(self.allowed),
            "release": self.release,
            "seconds": self.seconds,
        }

    def _service_json(self, name: str) -> dict[str, Any]:
        release = self.releases[name]
        return {
            "image": release.image,
            "model": asdict(release.model) if release.model else None,
            "verdict": self.verdicts[name].as_json(),
            "rollout": asdict(self.rollouts[name]) if name in self.rollouts else None,
        }

    def raise_unless_good(self) -> None:
        """Raise SmokeError naming every failed check."""
        if not self.ok:
            failed = [
                f"{name}: {check.name}: {check.detail}"
                for name, verdict in self.verdicts.items()
                for check in verdict.failures
            ]
            raise SmokeError("\n  ".join([f"{self.url} does not answer as it should", *failed]))


@dataclass(frozen=True, kw_only=True)
class Published:
    """The images and models that are there now, by service."""

    environment: str
    images: Mapping[str, Image]
    models: Mapping[str, ModelVersion]

    def rows(self) -> list[tuple[str, ...]]:
        models = {name: f"{model.label} sha256 {model.sha256}" for name, model in self.models.items()}
        return [
            ("SERVICE", "IMAGE", "MODEL"),
            *((name, each.reference, models.get(name, "-")) for name, each in self.images.items()),
        ]

    def as_json(self) -> dict[str, Any]:
        services = {
            name: {
                "image": each.reference,
                "pushed": each.pushed,
                "model": asdict(self.models[name]) if name in self.models else None,
            }
            for name, each in self.images.items()
        }
        return {"environment": self.environment, "services": services}


@dataclass(frozen=True, kw_only=True)
class Preview:
    """What an apply would do, stack by stack, and what it means. `notes` says what could not be known.

    `record` says what the plans were made from, if that was asked for.
    """

    plans: Sequence[PlanFile]
    review: Review
    notes: Sequence[str] = ()
    record: saved.Record | None = None

    @property
    def has_changes(self) -> bool:
        return any(plan.has_changes for plan in self.plans)

    def text(self) -> str:
        """Return the review for a terminal, as wide as this one, with colours as ANSI codes."""
        return views.text(self.review)

    def markdown(self) -> str:
        """Return the review as a pull-request comment, at most `views.LIMIT` bytes."""
        return views.markdown(self.review)

    def save(self, folder: Path) -> tuple[Path, ...]:
        """Write review.md, .html and .json; return their paths. Raises OSError if the folder refuses."""
        folder.mkdir(parents=True, exist_ok=True)
        files = {
            folder / "review.md": self.markdown(),
            folder / "review.html": views.html(self.review),
            folder / "review.json": json.dumps(views.document(self.review), indent=2) + "\n",
        }
        for path, text in files.items():
            path.write_text(text, encoding="utf-8")
        if self.record:
            saved.save(folder, self.record, self.plans)
        return tuple(files)

    def as_json(self) -> dict[str, Any]:
        return {
            "changes": self.has_changes,
            "stacks": {plan.stack: _plan_json(plan) for plan in self.plans},
            "review": views.document(self.review),
            "notes": list(self.notes),
            "inexact": list(self.record.inexact) if self.record else None,
        }


def _plan_json(plan: PlanFile) -> dict[str, Any]:
    return {
        "summary": asdict(plan.summary),
        "changes": [asdict(change) for change in plan.changes],
        "warnings": [warning.summary for warning in plan.warnings],
    }
