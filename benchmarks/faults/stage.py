"""A clone with two environments in sandboxes of their own, and how its commands end."""

import json
import os
import re
import shlex
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import yaml

from benchmarks.lifecycle import clone, free_ports
from wrapper.aws.client import Aws
from wrapper.sandbox import keys

SERVICE = "recommender"
# dev's releases are promoted to the second one.
ENVIRONMENTS = ("dev", "next")
BUG = 70
_LONGEST_SECONDS, _END_SECONDS = 1800, 1200
_MOST_STEPS = 4
_COMMAND = re.compile(r"python -m wrapper ([a-z][^`\n,;]*)")
_DELETE = re.compile(r"aws s3 rm s3://([^/\s]+)/(\S+?)\.?(?=\s|$)")
_COPY = re.compile(r"aws s3api copy-object --bucket (\S+) --key (\S+) --copy-source '([^']+)'")


@dataclass(frozen=True, kw_only=True)
class Ended:
    """How a command ended; its arguments are, for example, `apply dev`."""

    words: Sequence[str]
    code: int
    out: str
    err: str

    @property
    def fix(self) -> str:
        return self.err.rpartition("fix:")[2] if "fix:" in self.err else ""

    @property
    def document(self) -> dict[str, Any]:
        """Return what the command printed with --json; nothing if it printed none."""
        found: dict[str, Any] = json.loads(self.out) if self.out.strip() else {}
        return found

    def __str__(self) -> str:
        return f"{' '.join(self.words)} → {self.code}"


@dataclass(frozen=True, kw_only=True)
class Row:
    """The fault, every command after it with its exit code, and the problems."""

    name: str
    commands: tuple[str, ...]
    seconds: float
    problems: tuple[str, ...] = ()


@dataclass
class Stage:
    root: Path
    ports: Mapping[str, tuple[int, int]]
    count: int = 0
    told: list[Ended] = field(default_factory=list)
    # Whether dev is as declared, by the last row's result.
    is_sound: bool = False

    def command(self, *words: str) -> list[str]:
        return [sys.executable, "-m", "wrapper", *words]

    def run(self, *words: str, before: Sequence[str] = (), root: Path | None = None, **options: Any) -> Ended:
        """Run a command of the wrapper's; `env` and the like are subprocess's, `before` is a prefix."""
        done = subprocess.run(
            [*before, *self.command(*words)],
            cwd=root or self.root,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=_LONGEST_SECONDS,
            check=False,
            **options,
        )
        return self.note(Ended(words=words, code=done.returncode, out=done.stdout, err=done.stderr))

    def begin(
        self, *words: str, root: Path | None = None, env: Mapping[str, str] | None = None
    ) -> "subprocess.Popen[str]":
        """Start a command of the wrapper's; `end` waits for it."""
        return subprocess.Popen(
            self.command(*words),
            cwd=root or self.root,
            env=env,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def end(self, begun: "subprocess.Popen[str]", *words: str) -> Ended:
        """Wait for a command that was started; `words` are its arguments."""
        out, err = begun.communicate(timeout=_END_SECONDS)
        return self.note(Ended(words=words, code=begun.returncode, out=out, err=err))

    def note(self, ended: Ended) -> Ended:
        self.told.append(ended)
        return ended

    def version(self) -> tuple[str, ...]:
        """Return what makes the next apply a new version."""
        self.count += 1
        return ("--set", f"services.{SERVICE}.environment={{VERSION: 'v{self.count}'}}")

    def mend(self, ended: Ended, *goal: str) -> Ended:
        """Type the commands in the errors, otherwise the goal, until it succeeds; at most four commands."""
        for _ in range(_MOST_STEPS):
            if ended.code == 0 and tuple(ended.words[: len(goal)]) == goal:
                break
            ended = self._next(ended, goal)
        return ended

    def _next(self, ended: Ended, goal: Sequence[str]) -> Ended:
        if ended.code != 0:
            if copy := _COPY.search(ended.fix):
                self.aws().s3.copy_object(Bucket=copy[1], Key=copy[2], CopySource=copy[3])
            elif delete := _DELETE.search(ended.fix):
                self.aws().s3.delete_object(Bucket=delete[1], Key=delete[2])
            elif command := _COMMAND.search(ended.fix):
                words = shlex.split(command[1].strip().rstrip("."))
                yes = ["--yes"] if words[0] in ("unlock", "destroy") else []
                return self.run(*words, *yes)
        return self.run(*goal)

    def aws(self, environment: str = "dev") -> Aws:
        port = self.ports[environment][0]
        signed = keys.read(self.root / ".wrapper" / environment / "sandbox" / "credentials")
        return Aws(region="eu-west-1", endpoint_url=f"http://127.0.0.1:{port}", credentials=signed)

    @property
    def bucket(self) -> str:
        return "recommender-dev-state-000000000000"

    def record(self, environment: str = "dev") -> dict[str, Any]:
        """Return the sandbox's record; nothing without one."""
        path = self.root / ".wrapper" / environment / "sandbox" / "sandbox.json"
        found: dict[str, Any] = json.loads(path.read_text()) if path.is_file() else {}
        return found

    def releases(self, environment: str = "dev") -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = json.loads(self.run("releases", environment, "--json").out or "[]")
        return found

    def problems(self, environment: str = "dev", *, at_least: int = 1) -> Iterator[str]:
        """Yield the problems of an environment that was just applied."""
        kept = self.releases(environment)
        if len(kept) < at_least:
            yield f"{len(kept)} releases of {at_least} are left"
        if not (kept and kept[0]["running"]):
            yield "the newest release does not run"
        if "there is no lock" not in self.run("unlock", environment, "--yes").out:
            yield "a lock was left"
        try:
            answer = httpx.get(f"http://127.0.0.1:{self.ports[environment][1]}/?uid=20", timeout=30)
            if answer.status_code != 200:
                yield f"it answers {answer.status_code}"
        except httpx.HTTPError as error:
            yield f"it does not answer: {error!r}"

    def row(self, name: str, work: Callable[[], Iterator[str]]) -> Row:
        """Run a row; `work` yields problems. No command may end as a bug."""
        self.told.clear()
        started = time.monotonic()
        problems = list(work())
        problems += [f"{each}: {each.err[-300:]}" for each in self.told if each.code == BUG]
        self.is_sound = not problems
        return Row(
            name=name,
            commands=tuple(map(str, self.told)),
            seconds=round(time.monotonic() - started, 1),
            problems=tuple(problems),
        )


@contextmanager
def stage() -> Iterator[Stage]:
    """Make a clone whose environments need no option, so that the commands in errors can be typed."""
    with clone(None) as bench:
        folder = bench.root / "environments"
        data = yaml.safe_load((folder / "dev.yaml").read_text())
        service = data["services"][SERVICE]
        service["smoke"]["attempts"] = 3
        service["rollout"]["drain_seconds"] = 1
        data["rollback"] = "never"
        ports = {}
        for name in ENVIRONMENTS:
            port, alb_port = free_ports(2)
            ports[name] = (port, alb_port)
            (folder / f"{name}.yaml").write_text(
                yaml.safe_dump({**data, "sandbox": {"port": port, "alb_port": alb_port}})
            )
        bench.settings.clear()
        made = Stage(root=bench.root, ports=ports)
        try:
            yield made
        finally:
            for name in ENVIRONMENTS:
                made.run("sandbox", "down", name)


def variables(**changes: str) -> dict[str, str]:
    return {**os.environ, **changes}
