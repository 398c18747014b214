"""One environment's Terraform: what a delivery calls, in its order."""

import os
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from wrapper.errors import TerraformError
from wrapper.terraform.backend import Backend
from wrapper.terraform.binary import Executable, find_executable
from wrapper.terraform.command import FLAG
from wrapper.terraform.failure import broken_rules
from wrapper.terraform.init_lock import init_lock
from wrapper.terraform.lock_timeout import lock_seconds
from wrapper.terraform.messages import Diagnostic
from wrapper.terraform.plan import Plan, Summary, read_plan
from wrapper.terraform.planfile import PlanFile
from wrapper.terraform.progress import Progress, Report
from wrapper.terraform.rules import values_of, write_removal, write_rules
from wrapper.terraform.session import Session
from wrapper.terraform.stack import StackFiles, copied_states, importing_files, preview_files, removal_files

_HAS_CHANGES = 2  # exit codes of plan -detailed-exitcode


class Terraform:
    """Run terraform on the stacks of the clone `root`; it writes only to `work` (`.wrapper/<environment>`).

    `process_environment` has the AWS_* variables. Every method raises TerraformError, LockedError if another
    process holds the state's lock, PreconditionError for unusable credentials, and KeyboardInterrupt only
    after terraform has stopped and released its lock. Call it from the main thread: signals reach no other.
    It waits for another process's lock as long as WRAPPER_LOCK_SECONDS says, by default two minutes.
    """

    @classmethod
    def find(cls) -> Executable:
        """Return the program in PATH; raise PreconditionError if there is none or it is older than 1.11."""
        return find_executable()

    def __init__(
        self, *, executable: Executable, root: Path, work: Path, process_environment: Mapping[str, str]
    ) -> None:
        self._session = Session(
            executable=executable, root=root, work=work, process_environment=process_environment
        )
        self._others: dict[str, StackFiles] = {}
        self._shown: dict[Path, Plan] = {}
        self._lock_seconds = lock_seconds(os.environ)

    @property
    def executable(self) -> Executable:
        return self._session.executable

    def init(
        self,
        stack: str,
        *,
        tfvars: str | None = None,
        backend: Backend | None,
        state: bytes | None = None,
    ) -> None:
        """Prepare the stack for `tfvars` and `backend`; takes milliseconds if it was prepared before.

        Without a backend the stack is planned against `state`, else an empty one, and nothing outside `work`
        is changed.
        """
        files = self._session.files(stack)
        self._others.pop(stack, None)
        if backend is None:
            files = self._others[stack] = preview_files(files, state=state)
        self._make_ready(files, tfvars=tfvars, backend=backend)

    @contextmanager
    def initialising(self, stack: str, *, backend: Backend) -> Iterator[None]:
        """Prepare a stack during the block, so that its `init` takes milliseconds then.

        On a fresh clone that takes a second, and more if the provider has to be downloaded.
        """
        with ThreadPoolExecutor(1) as beside:
            prepared = beside.submit(
                self._make_ready, self._session.files(stack), tfvars=None, backend=backend
            )
            yield
        prepared.result()

    def take_over(self, stack: str, imports: Mapping[str, str]) -> None:
        """Let the next plans of the stack import these, addresses each with its id, until the next `init`."""
        own = self._others.get(stack) if self._files(stack).preview else None
        self._others[stack] = importing_files(own or self._session.files(stack), imports)

    def init_removal(self, stack: str, *, tfvars: str, backend: Backend) -> None:
        """Prepare the root that destroys the stack: it has its state and its providers, and no rule.

        Of `tfvars` only what the providers read is used.
        """
        files = self._others[stack] = removal_files(self._session.files(stack))
        write_removal(self._session.root / "terraform", files.configuration, stack)
        self._make_ready(files, tfvars=tfvars, backend=backend)

    def refuse_broken_rules(self, tfvars: Mapping[str, str]) -> None:
        """Raise ConfigError with every rule that the stacks' variables break; needs no provider and no state.

        Takes a second, or milliseconds if the same variables passed before.
        """
        files, fingerprint = self._rules(tfvars)
        if files.has_passed(fingerprint):
            return
        report = Report(_ignore)
        try:
            self._session.follow("plan", files, report, lock=False, refresh=False, var_file=str(files.tfvars))
        finally:
            if broken := broken_rules(self._session.environment, report.warnings):
                raise broken
        files.mark_passed(fingerprint)

    def priorities(self, tfvars: Mapping[str, str]) -> dict[int, str]:
        """Return the priorities that the stacks' variables give to routes, each with its service.

        Needs no provider and no state; takes a second.
        """
        files, _ = self._rules(tfvars)
        path = files.new_plan(purpose="routes")
        try:
            self._session.follow(
                "plan",
                files,
                Report(_ignore),
                lock=False,
                refresh=False,
                out=str(path),
                var_file=str(files.tfvars),
            )
            routes = self._session.ask("show", files, str(path))["output_changes"]["app_routes"]["after"]
        finally:
            path.unlink(missing_ok=True)
        return {rule["priority"]: name for name, rules in routes.items() for rule in rules.values()}

    def validate(self, stack: str) -> list[Diagnostic]:
        """Return what `terraform validate` finds in the stack and its modules, warnings too."""
        document = self._session.ask("validate", self._files(stack), good=(0, 1))
        return [Diagnostic.read(each) for each in document["diagnostics"]]

    def plan(self, stack: str, *, destroy: bool = False, lock: bool = True, progress: Progress) -> PlanFile:
        """Save a plan of applying (or destroying) the stack.

        Without `lock` it may run beside others, for a command that only reads. Applying it is refused if the
        state has changed since.
        """
        files = self._files(stack)
        report = Report(progress)
        path = files.new_plan(purpose="destroy" if destroy else "apply")
        self._shown.pop(path, None)
        code = self._session.follow(
            "plan",
            files,
            report,
            good=(0, _HAS_CHANGES),
            detailed_exitcode=FLAG,
            out=str(path),
            var_file=str(files.tfvars),
            destroy=FLAG if destroy else None,
            **self._lock(lock and not files.preview),
        )
        return PlanFile(
            stack=stack,
            path=path,
            has_changes=code == _HAS_CHANGES,
            summary=report.summary,
            changes=report.changes,
            warnings=report.warnings,
            destroy=destroy,
            preview=files.preview,
        )

    def forget(self, stack: str, addresses: Sequence[str]) -> None:
        """Remove resources from the state and leave them as they are; addresses that it lacks are refused."""
        self._session.change("state", self._files(stack), "rm", *addresses)

    def refresh(self, stack: str, *, only: bool = True, progress: Progress) -> dict[str, Any] | None:
        """Return the JSON of a refresh-only plan, None if everything is as in the state.

        Without `only` it is a whole plan: outputs may need what the state lacks. Takes no lock and does not
        change the state. The document may contain secrets.
        """
        files = self._files(stack)
        path = files.new_plan(purpose="refresh")
        code = self._session.follow(
            "plan",
            files,
            Report(progress),
            good=(0, _HAS_CHANGES),
            detailed_exitcode=FLAG,
            refresh_only=FLAG if only else None,
            lock=False,
            out=str(path),
            var_file=str(files.tfvars),
        )
        try:
            document: dict[str, Any] | None = None
            if code == _HAS_CHANGES:
                document = self._session.ask("show", files, str(path))
            return document
        finally:
            path.unlink(missing_ok=True)

    def show(self, plan: PlanFile) -> Plan:
        """Read a saved plan in full; takes 2 s, once: terraform loads the provider for its schema."""
        if plan.path not in self._shown:
            document = self._session.ask("show", self._files(plan.stack), str(plan.path))
            self._shown[plan.path] = read_plan(document, stack=plan.stack)
        return self._shown[plan.path]

    def apply(self, plan: PlanFile, *, progress: Progress) -> Summary:
        """Apply exactly the saved plan; return what Terraform changed."""
        if plan.preview:
            raise TerraformError(
                f"the plan of {self._session.environment}/{plan.stack} is a preview without the real state.",
                fix="Plan again, now that the state bucket exists.",
            )
        report = Report(progress, total=plan.summary.total)
        self._session.follow("apply", self._files(plan.stack), report, str(plan.path), **self._lock(True))
        return report.summary

    def forget_values(self) -> None:
        """Delete variables, plans and copies of states: they have the environment's values, also secrets."""
        folders = [folder for folder in self._session.work.glob("*") if (folder / "data").is_dir()]
        for folder in folders:
            for path in (
                *folder.rglob("terraform.tfvars"),
                *folder.rglob("*.tfplan"),
                *copied_states(folder),
            ):
                path.unlink(missing_ok=True)

    def _rules(self, tfvars: Mapping[str, str]) -> tuple[StackFiles, str]:
        """Prepare the root of the rules for the variables; return its files and its fingerprint."""
        files = self._session.rules
        fingerprint = self._session.files(files.stack).fingerprint(self.executable.version)
        if not files.is_initialised(fingerprint):
            with init_lock(self._session.work.parent):
                write_rules(self._session.root / "terraform", files.configuration)
                self._initialise(files)
            files.mark_initialised(fingerprint)
        files.write(files.tfvars, values_of(tfvars))
        return files, fingerprint

    def _make_ready(self, files: StackFiles, *, tfvars: str | None, backend: Backend | None) -> None:
        if backend is not None:
            files.write(files.backend, backend.render())
        if tfvars is not None:
            files.write(files.tfvars, tfvars)
        session = self._session
        settings = (backend.render() if backend else "", session.provider_source.text or "")
        fingerprint = files.fingerprint(session.executable.version, *settings)
        if not files.is_initialised(fingerprint):
            with init_lock(session.work.parent):
                self._initialise(files)
            files.mark_initialised(fingerprint)

    def _initialise(self, files: StackFiles) -> None:
        files.make_folder()
        files.forget_init()
        self._session.follow(
            "init",
            files,
            Report(_ignore),
            reconfigure=FLAG,
            lockfile="readonly",
            backend_config=None if files.preview else str(files.backend),
        )

    def _lock(self, is_taken: bool) -> dict[str, Any]:
        return {"lock_timeout": f"{self._lock_seconds}s"} if is_taken else {"lock": False}

    def _files(self, stack: str) -> StackFiles:
        """Return the files of the last `init` in this process, else the stack's own."""
        return self._others.get(stack) or self._session.files(stack)


def _ignore(line: str) -> None:
    pass
