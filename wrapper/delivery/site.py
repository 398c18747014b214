"""Where a command works: the sandbox or AWS, its client, its Terraform, its state bucket."""

import time
from collections.abc import Collection, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from wrapper import sandbox
from wrapper.aws.client import Aws, Caller, Credentials, credentials_of, key_of_role
from wrapper.console import Console
from wrapper.delivery.sources import runtime_of
from wrapper.ecs.weights import weights
from wrapper.environment import Environment
from wrapper.errors import PreconditionError
from wrapper.image.container_engine import Engine
from wrapper.terraform import Executable, S3Backend, Terraform, state
from wrapper.terraform.outputs import App, Foundation, GitHub, read_as

FOUNDATION = "foundation"
APP = "app"
GITHUB = "github"
STACKS = (FOUNDATION, APP, GITHUB)
ACCOUNT = "account"
# Tag of a preview's state bucket: the name of the environment file.
PREVIEW_OF = "preview_of"


@dataclass(frozen=True, kw_only=True)
class Command:
    """One command on one environment of one clone; `overrides` are those that it was loaded with.

    `allow` has the rules of the review that are allowed, with the reason. `profile` is the AWS profile, None
    for the machine's default. `caller` is the session name that signs in the sandbox, None without one.
    `started` is of `time.monotonic`. `rehearsal` is a folder in place of the clone's .wrapper; its sandbox
    ends with this process.
    """

    root: Path
    environment: Environment
    console: Console
    overrides: Sequence[str] = ()
    allow: Mapping[str, str] = field(default_factory=dict)
    profile: str | None = None
    caller: Caller | None = None
    rehearsal: Path | None = None
    started: float = field(default_factory=time.monotonic)

    @property
    def home(self) -> Path:
        """Return the folder that contains .wrapper: the clone, or the rehearsal's own folder."""
        return self.rehearsal or self.root

    @property
    def work(self) -> Path:
        """Return the folder for everything that is rendered, planned and logged; git ignores it."""
        return self.home / ".wrapper" / self.environment.name


@dataclass(frozen=True, kw_only=True)
class Site:
    command: Command
    aws: Aws
    terraform: Terraform
    sandbox: sandbox.Sandbox | None

    def backend(self, stack: str) -> S3Backend:
        environment = self.command.environment
        return S3Backend(
            bucket=environment.account_bucket if stack == ACCOUNT else environment.state_bucket,
            key=f"{stack}.tfstate",
            region=environment.region,
            sandbox=self.sandbox is not None,
            account_id=environment.account_id,
        )

    @property
    def registry(self) -> str | None:
        """Return the sandbox's registry as `host:port`; None on AWS, where the repository's URL names it."""
        return self.sandbox.registry if self.sandbox else None

    @property
    def engine(self) -> Engine | None:
        """Return what builds and runs a sandbox's containers; None if its tasks are processes, or on AWS."""
        return self.sandbox.engine if self.sandbox else None

    def public_url(self, url: str) -> str:
        """Return where the load balancer answers: the sandbox's is on loopback."""
        return self.sandbox.alb_url if self.sandbox else url

    def outputs(self, stack: str) -> dict[str, Any]:
        """Return the outputs of the stack's last apply, without running Terraform; empty before it."""
        backend = self.backend(stack)
        return state.outputs(self.aws, backend.bucket, backend.key)

    def foundation(self) -> Foundation | None:
        """Return the outputs of the foundation's last apply; None before it."""
        return read_as(Foundation, self.outputs(FOUNDATION))

    def app(self) -> App | None:
        """Return the outputs of the app's last apply, and which slots get requests now; None before it."""
        app = read_as(App, self.outputs(APP))
        if app is None or all(len(each.slots) < 2 for each in app.services.values()):
            return app
        services = {
            name: each.weighed(weights(self.aws, each.rule_arns)) if len(each.slots) > 1 else each
            for name, each in app.services.items()
        }
        return replace(app, services=services)

    def require_foundation(self) -> Foundation:
        """Return the outputs of the foundation's last apply; raise PreconditionError before it."""
        if foundation := self.foundation():
            return foundation
        raise self._not_applied("have its repositories and model bucket for this, but never had them")

    def require_app(self) -> App:
        """Return the outputs of the app's last apply; raise PreconditionError before it."""
        if app := self.app():
            return app
        raise self._not_applied("be deployed for this, but nothing is")

    def require_github(self) -> GitHub:
        """Return the outputs of the roles' last apply; raise PreconditionError before it."""
        if github := read_as(GitHub, self.outputs(GITHUB)):
            return github
        raise self._not_applied("have its workflows' roles for this, but they were never created")

    def _not_applied(self, rule: str) -> PreconditionError:
        environment = self.command.environment
        return PreconditionError(
            f"{environment.name} must {rule}.", fix=f"python -m wrapper apply {environment.called}"
        )

    def position(self, stack: str) -> state.Position | None:
        """Return the lineage and serial of the stack's state; None before the first apply."""
        backend = self.backend(stack)
        return state.position_of(self.aws, backend.bucket, backend.key)

    def lock(self, operation: str) -> AbstractContextManager[None]:
        """Hold the environment's lock for one command that changes it; raises LockedError."""
        environment = self.command.environment
        return state.environment_lock(
            self.aws,
            bucket=environment.state_bucket,
            environment=environment.called,
            operation=operation,
            note=self.command.console.note,
        )

    def resources(self, stack: str) -> list[dict[str, Any]]:
        """Return the stack's resources, in the form of a plan without changes."""
        backend = self.backend(stack)
        return state.resources(self.aws, backend.bucket, backend.key)

    def state_without(self, stack: str, addresses: Collection[str]) -> bytes:
        """Return a copy of the stack's state that lacks these resources."""
        backend = self.backend(stack)
        return state.without(self.aws, backend.bucket, backend.key, addresses)

    def managed(self) -> frozenset[str]:
        """Return the ids and ARNs of everything in the environment's states, and of their bucket."""
        values = [each["change"]["after"] for stack in STACKS for each in self.resources(stack)]
        ids = filter(None, (each.get(key) for each in values for key in ("id", "arn")))
        return frozenset({*ids, self.command.environment.state_bucket})

    def has_state(self, stack: str = APP) -> bool:
        return state.bucket_exists(self.aws, self.backend(stack).bucket)


def enter(command: Command) -> Site:
    """Start the sandbox if necessary, or check that the credentials are the account's."""
    executable = Terraform.find()  # before anything is started in vain
    if command.environment.target == "sandbox":
        site = _site(command, _start_sandbox(command), executable)
        if dns := command.environment.dns:
            sandbox.ensure_zone(site.aws, zone_id=dns.zone_id, zone_name=dns.zone_name)
        return site
    with command.console.step("Check the credentials") as step:
        site = _site(command, None, executable)
        step.result(f"account {_checked_account(site)}")
    return site


def find(command: Command) -> Site | None:
    """Return the site without starting anything; None if no sandbox runs."""
    if command.environment.target == "sandbox":
        running = sandbox.find(command.environment, root=command.home)
        return _site(command, running, Terraform.find()) if running else None
    return enter(command)


def require(command: Command) -> Site:
    """Return the site; raise PreconditionError if no sandbox runs."""
    site = find(command)
    if site is None:
        environment = command.environment
        raise PreconditionError(
            f"{environment.name} must be deployed for this, but its sandbox does not run.",
            fix=f"python -m wrapper apply {environment.called}",
        )
    return site


def ensure_state_bucket(site: Site, stack: str = APP) -> None:
    """Create the bucket of the stack's state, if it is missing: the environment's, or the account's."""
    environment, bucket = site.command.environment, site.backend(stack).bucket
    whose = {PREVIEW_OF: environment.file} if environment.is_preview else {}
    tags = {} if stack == ACCOUNT else {**environment.tags, **whose}
    with site.command.console.step("Prepare the state bucket") as step:
        state.ensure_bucket(site.aws, bucket, region=environment.region, tags=tags)
        step.result(bucket)


def _start_sandbox(command: Command) -> sandbox.Sandbox:
    with command.console.step("Start the sandbox") as step:
        running = sandbox.find(command.environment, root=command.home)
        started = running or sandbox.up(
            command.environment,
            root=command.home,
            progress=step.progress,
            ends_with_us=command.rehearsal is not None,
            runtime=runtime_of(command.environment, root=command.root),
        )
        what = "already running" if running else "AWS emulator"
        step.result(f"{what} on {started.endpoint_url}, tasks are {started.runtime}")
    return started


def _site(command: Command, running: sandbox.Sandbox | None, executable: Executable) -> Site:
    aws = Aws(
        region=command.environment.region,
        endpoint_url=running.endpoint_url if running else None,
        credentials=_credentials(command, running),
        owner=command.environment.account_id,
    )
    terraform = Terraform(
        executable=executable,
        root=command.root,
        work=command.work,
        process_environment=aws.process_environment(),
    )
    return Site(command=command, aws=aws, terraform=terraform, sandbox=running)


def _credentials(command: Command, running: sandbox.Sandbox | None) -> Credentials | None:
    if running:
        return key_of_role(command.caller, of=running.credentials) if command.caller else running.credentials
    return credentials_of(command.profile) if command.profile else None


def _checked_account(site: Site) -> str:
    account, expected = site.aws.account_id(), site.command.environment.account_id
    if account != expected:
        raise PreconditionError(
            f"account_id must be that of the credentials, got {expected} in the file and {account} from AWS.",
            fix="switch the profile (AWS_PROFILE) or correct account_id in the environment file",
        )
    return account
