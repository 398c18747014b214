"""The outcome of a delivery: as rows for a person, as JSON for a script, as an error for the exit code."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from wrapper.environment.release import JobRelease, ServiceRelease
from wrapper.image import Image
from wrapper.model.diff.live import Live
from wrapper.releases import RolloutTime
from wrapper.review import views
from wrapper.smoke import Answers, Verdict

# Only the beginning of a longer answer is shown: it proves that there is one.
_LONGEST_ANSWER = 120


@dataclass(frozen=True, kw_only=True)
class Applied(Answers):
    """What runs, and whether it answers; `changes` counts resources, `seconds` is the run's duration.

    `release` is the number under which it was recorded, `rollouts` the services whose tasks were replaced,
    `answers` how those of a new version differ from the old one's, for services where both were asked,
    `jobs` each job's image, and `starts` in words what starts it.
    """

    changes: int
    images: Mapping[str, Image]
    releases: Mapping[str, ServiceRelease]
    seconds: float
    allowed: Mapping[str, str] = field(default_factory=dict)
    rollouts: Mapping[str, RolloutTime] = field(default_factory=dict)
    answers: Mapping[str, Live] = field(default_factory=dict)
    release: int | None = None
    jobs: Mapping[str, JobRelease] = field(default_factory=dict)
    starts: Mapping[str, str] = field(default_factory=dict)

    def rows(self) -> list[tuple[str, str]]:
        rows = [("URL", self.url)]
        for name, verdict in self.verdicts.items():
            rows += self._service_rows(name, verdict)
        for name, job in self.jobs.items():
            rows += [("Job", f"{name} ({self.starts[name]})"), ("Image", job.image_digest)]
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
            rows.append(("Answer", _cut(str(verdict.sample))))
        rows.append(("Image", f"{release.image_digest} ({self.images[name].remark})"))
        if release.model:
            rows.append(("Model", f"{release.model.label} (sha256 {release.model.sha256[:12]})"))
        if name in self.rollouts:
            rows.append(("Roll-out", str(self.rollouts[name])))
        if name in self.answers:
            rows.append(("Answers", views.live_summary(self.answers[name])))
        rows.append(("Smoke", verdict.summary))
        return rows

    def as_json(self) -> dict[str, Any]:
        return {
            "environment": self.environment,
            "ok": self.ok,
            "url": self.url,
            "changes": self.changes,
            "services": {name: self._service_json(name) for name in self.verdicts},
            "jobs": {
                name: {"image": job.image, "starts": self.starts[name]} for name, job in self.jobs.items()
            },
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
            "answers": self.answers[name].as_json() if name in self.answers else None,
        }


def _cut(answer: str) -> str:
    return answer if len(answer) <= _LONGEST_ANSWER else f"{answer[:_LONGEST_ANSWER]}…"
