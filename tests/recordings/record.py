"""Record the whole life of environments: python -m tests.recordings.record FOLDER NAME...

Each lives in a copy of the clone with a sandbox of its own. Every step is a command of the wrapper that signs
with the key of the role that makes it on AWS. FOLDER/NAME/ gets calls.jsonl, a line for each new request, and
policies.json, the roles as they were during the run.
"""

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from tests.e2e.conftest import Clone, make_clone
from tests.terraform.provider import REATTACH, running
from tests.terraform.roots import find_provider
from wrapper.aws.client import Aws, Caller, Credentials, key_of_role
from wrapper.console import TerminalConsole
from wrapper.delivery import tfvars
from wrapper.delivery.plans import apply_stack
from wrapper.delivery.site import FOUNDATION, Command, ensure_state_bucket, enter
from wrapper.environment import Environment, load
from wrapper.environment.job import Trigger
from wrapper.sandbox import keys
from wrapper.sandbox.place import Place
from wrapper.sandbox.ports import free_ports
from wrapper.sandbox.recording import ASIDE, Role, roles_of, save
from wrapper.sandbox.settings import CALLER
from wrapper.verbs.promote import promote
from wrapper.verbs.rehearse.deployers import all_roles
from wrapper.verbs.rehearse.dummy_secrets import create_dummy_secrets

ENVIRONMENTS = Path(__file__).parent / "environments"
# The environment whose release is promoted, and the name of the one that gets it.
PROMOTED, NEXT = "dev", "next"
_KEYS = ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN")


@dataclass
class Life:
    """One environment of a clone; `say` runs a command as a role.

    Terraform uses a running provider, which reads its keys from `keys` at each command.
    """

    clone: Clone
    name: str
    environment: Environment
    roles: dict[str, Role] = field(default_factory=dict)
    keys: Path | None = None

    @property
    def aws(self) -> Aws:
        return Aws(
            region=self.environment.region,
            endpoint_url=self.endpoint_url,
            credentials=key_of_role(Caller("administrator", ASIDE), of=self.own),
        )

    @property
    def endpoint_url(self) -> str:
        return f"http://127.0.0.1:{self.environment.sandbox.port}"

    @property
    def own(self) -> Credentials:
        """Return the keys of the sandbox that runs."""
        return keys.read(Place(root=self.clone.root, environment=self.name).credentials)

    @property
    def recording(self) -> Path:
        return Place(root=self.clone.root, environment=self.name).recording

    def caller(self, role: str) -> str:
        return f"{self.environment.prefix}-github-{role}" if role else "administrator"

    def command(self, role: str, step: str) -> Command:
        return Command(
            root=self.clone.root,
            environment=self.environment,
            console=TerminalConsole(assume_yes=True),
            caller=Caller(self.caller(role), step),
        )

    def say(self, role: str, step: str, *words: str, codes: Sequence[int] = (0,)) -> str:
        """Run a command of the wrapper as one of the roles; exit unless its exit code is one of these."""
        started = time.monotonic()
        self.sign(role, step)
        done = subprocess.run(
            [sys.executable, "-m", "wrapper", *words],
            cwd=self.clone.root,
            env={**os.environ, CALLER: f"{self.caller(role)}:{step}"},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
        )
        print(f"{self.name}: {step:12} {done.returncode} {time.monotonic() - started:6.1f} s", flush=True)
        if done.returncode not in codes:
            sys.exit(f"{' '.join(words)} ended with {done.returncode}:\n{done.stderr}\n{done.stdout}")
        return done.stdout

    def sign(self, role: str, step: str) -> None:
        """Let the provider sign the next command's calls."""
        if self.keys:
            names = ("aws_access_key_id", "aws_secret_access_key", "aws_session_token")
            key = key_of_role(Caller(self.caller(role), step), of=self.own)
            lines = [f"{name} = {value}" for name, value in zip(names, key, strict=True)]
            self.keys.write_text("\n".join(["[default]", *lines, ""]))

    def prepare(self) -> None:
        """Create what the environment expects in the account, and remember the roles of its delivery.

        They are an administrator's, and deleted again: the emulator doesn't check that a caller's role
        exists. What `github` creates with them stays: the role that publishes creates no bucket.
        """
        site = enter(self.command("", ASIDE))
        self.sign("", ASIDE)
        create_dummy_secrets(site.aws, self.environment)
        ensure_state_bucket(site)
        self.roles |= all_roles(self.command("", ASIDE))
        apply_stack(site, FOUNDATION, tfvars.render_foundation(self.environment))

    def remember_roles(self) -> None:
        self.roles |= roles_of(self.aws, prefix=self.environment.prefix)


def live(life: Life, folder: Path, into: Path) -> None:
    """Go through every step."""
    name, say = life.name, life.say
    life.prepare()
    say("plan", "plan", "plan", name)
    say("publish", "publish", "publish", name, "--yes")
    plan = str(folder / "plan")
    say("publish", "plan", "plan", name, "--out", plan)
    say("apply", "apply", "apply", name, "--plan", plan, "--yes")
    life.remember_roles()
    say("apply", "apply again", "apply", name, "--yes")
    say("plan", "plan", "plan", name)
    say("publish", "plan", "plan", name, "--out", plan)
    say("plan", "drift", "drift", name, codes=(0, 9))
    say("plan", "verify", "verify", name, codes=(0, 10))
    say("apply", "verify", "verify", name, codes=(0, 10))
    say("apply", "smoke", "smoke", name)
    service, *_ = life.environment.services
    scaling = life.environment.services[service].scaling
    say("apply", "scale", "scale", name, service, str(min(scaling.min + 1, scaling.max)))
    say("apply", "pause", "pause", name, service)
    say("apply", "resume", "resume", name, service)
    if life.environment.services[service].exec:
        say("apply", "exec", "exec", name, service, "--", "true")
    for job, declared in life.environment.jobs.items():
        variables = _pull(life, declared.trigger) if declared.trigger else []
        say("apply", "run", "run", name, job, *variables)
    say("apply", "apply", "apply", name, "--yes", "--set", f"services.{service}.environment.RELEASE=two")
    say("apply", "rollback", "rollback", name, "--yes")
    if name == PROMOTED:
        _promote(life, into)
    say("apply", "destroy", "destroy", name, "--yes", "--force")


def _pull(life: Life, trigger: Trigger) -> list[str]:
    """Do what a job waits for; return the arguments that give a manual run what the trigger would."""
    if trigger.event:
        pattern: Any = trigger.event.pattern
        event: Any = {"Source": pattern["source"][0], "DetailType": pattern["detail-type"][0], "Detail": "{}"}
        life.aws.events.put_events(Entries=[event])
    if trigger.object_created is None:
        return []
    bucket, key = life.environment.model_bucket, f"{trigger.object_created.prefix}ratings.csv"
    life.aws.s3.put_object(Bucket=bucket, Key=key, Body=_ratings())
    return ["--env", f"{trigger.object_created.variable}=s3://{bucket}/{key}"]


def _ratings() -> bytes:
    """Write ratings for a trainer: each of 60 users likes every third of 40 films."""
    rows = [f"{user},{film},{5 - film % 3},1" for user in range(1, 61) for film in range(user % 3, 40, 2)]
    return "\n".join(["userId,movieId,rating,timestamp", *rows, ""]).encode()


def _promote(life: Life, into: Path) -> None:
    """Promote to a second environment, with the role that publishes there reading the first."""
    reattach = os.environ.pop(REATTACH)  # that provider uses the first one's emulator
    target = Life(life.clone, NEXT, _declared(life.clone, life.name, NEXT))
    target.prepare()
    started = time.monotonic()
    applied = promote(life.command("publish", "promote"), target.command("apply", "promote"), number=None)
    print(f"{life.name}: promote {'':5} {time.monotonic() - started:8.1f} s", flush=True)
    applied.raise_unless_good()
    target.remember_roles()
    life.clone.run("-m", "wrapper", "sandbox", "down", NEXT)
    _keep(target, into)
    os.environ[REATTACH] = reattach


def record(name: str, into: Path) -> None:
    with tempfile.TemporaryDirectory(prefix="recording-") as temporary:
        folder = Path(temporary)
        (folder / "clone").mkdir()
        clone = make_clone(folder / "clone")
        life = Life(clone, name, _declared(clone, name))
        try:
            with _attached(life, folder):
                live(life, folder, into)
        finally:
            clone.run("-m", "wrapper", "sandbox", "down", name)
            clone.run("-m", "wrapper", "sandbox", "down", NEXT)
            _keep(life, into)


def _keep(life: Life, into: Path) -> None:
    saved = save(life.recording, life.roles, into / life.name)
    print(f"{life.name}: {saved} calls, {len(life.roles)} roles", flush=True)


@contextmanager
def _attached(life: Life, folder: Path) -> Iterator[None]:
    """Let all commands use one running provider: its start takes most of their CPU time."""
    life.keys = folder / "keys"
    there = Aws(region=life.environment.region, endpoint_url=life.endpoint_url)
    own = {name: value for name, value in there.child_environment().items() if name not in _KEYS}
    environ = {**own, "AWS_SHARED_CREDENTIALS_FILE": str(life.keys)}
    (folder / "provider").mkdir()
    with running(find_provider(folder / "provider"), environ) as variables:
        os.environ[REATTACH] = variables[REATTACH]
        try:
            yield
        finally:
            os.environ.pop(REATTACH, None)


def _declared(clone: Clone, name: str, called: str | None = None) -> Environment:
    """Write the environment into the clone, perhaps under another name, with ports of its own."""
    document = yaml.safe_load((ENVIRONMENTS / f"{name}.yaml").read_text())
    ports = free_ports()
    document["sandbox"] |= {"port": ports[0], "alb_port": ports[1]}
    path = clone.root / "environments" / f"{called or name}.yaml"
    path.write_text(yaml.safe_dump(document, sort_keys=False))
    return load(path.stem, directory=path.parent)


if __name__ == "__main__":
    for each in sys.argv[2:]:
        record(each, Path(sys.argv[1]))
