"""An environment for failures: a service that misbehaves on demand, beside the real recommender."""

import json
import subprocess
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import yaml

from tests.e2e.conftest import Clone
from tests.e2e.poller import Poller
from wrapper.aws.client import Aws

NAME = "trial"
HOST = "films.example.test"
DEADLINE_SECONDS = 60
_QUICK: dict[str, Any] = {
    "health": {
        "path": "/health",
        "interval_seconds": 5,
        "timeout_seconds": 2,
        "healthy_threshold": 2,
        "unhealthy_threshold": 2,
        "grace_seconds": 5,
    },
    "rollout": {
        "drain_seconds": 1,
        "stop_timeout_seconds": 2,
        "deadline_seconds": DEADLINE_SECONDS,
        "failed_tasks": 2,
    },
}


def declare(clone: Clone) -> None:
    """Write the clone's environments/trial.yaml: dev's services and a second one."""
    folder = clone.root / "environments"
    dev = yaml.safe_load((folder / "dev.yaml").read_text())
    recommender = dev["services"]["recommender"] | _QUICK
    recommender["scaling"] = {"min": 1, "max": 2}
    recommender["route"] = {"hosts": [HOST]}
    recommender["smoke"]["attempts"] = 5
    tiny = {
        "image": {"context": "tests/e2e/misbehaving"},
        "size": {"cpu": 256, "memory": 512},
        "scaling": {"min": 2, "max": 3},
        "smoke": {
            "latency_ms": 500,
            "attempts": 5,
            "requests": [{"path": "/?uid=20", "status": 200, "recommendations": 10}],
        },
        **_QUICK,
    }
    trial = dev | {"rollback": "never", "services": {"tiny": tiny, "recommender": recommender}}
    (folder / f"{NAME}.yaml").write_text(yaml.safe_dump(trial, sort_keys=False))


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """How an apply ended, after how many seconds, and the answers meanwhile, by version."""

    code: int
    told: str
    document: dict[str, Any]
    seconds: float
    answers: dict[str, int]
    failures: dict[str, int]


@dataclass
class Trial:
    """The environment after its first apply; `verdicts` keeps the seconds that each failed apply took."""

    clone: Clone
    verdicts: dict[str, float] = field(default_factory=dict)

    @property
    def aws(self) -> Aws:
        return self.clone.aws(NAME)

    def apply(
        self,
        *overrides: str,
        command: str = "apply",
        during: Callable[[], None] | None = None,
        host: str = "",
    ) -> Outcome:
        """Apply and record what callers get; `during` runs when the wait for the roll-out begins."""
        path = "/health" if host else "/version"
        headers = {"Host": host} if host else {}
        started = time.monotonic()
        with Poller(f"{self.clone.url}{path}", headers=headers) as poller:
            words = self.clone.command(command, NAME, "--json", overrides=overrides)
            ended = _run(words, self.clone, during)
        return Outcome(
            code=ended.returncode,
            told=ended.stderr,
            document=json.loads(ended.stdout) if ended.stdout.strip() else {},
            seconds=time.monotonic() - started,
            answers={answer: count for answer, count in poller.answers.items() if answer[0] != "!"},
            failures=poller.failures,
        )


def _run(
    words: Sequence[str], clone: Clone, during: Callable[[], None] | None
) -> subprocess.CompletedProcess[str]:
    process = subprocess.Popen(
        words,
        cwd=clone.root,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    told: list[str] = []
    reader = threading.Thread(target=_listen, args=(process, told, during))
    reader.start()
    assert process.stdout is not None
    said = process.stdout.read()
    code = process.wait(timeout=300)
    reader.join()
    return subprocess.CompletedProcess(list(words), code, said, "".join(told))


def _listen(process: "subprocess.Popen[str]", told: list[str], during: Callable[[], None] | None) -> None:
    """Keep standard error, and call `during` once: after Terraform, before the wait can have ended."""
    assert process.stderr is not None
    for line in process.stderr:
        told.append(line)
        if during and "Apply app" in line:
            during()
            during = None
