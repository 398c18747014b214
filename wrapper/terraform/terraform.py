"""One environment's Terraform: what `deploy` calls, in the order in which it calls it."""

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from wrapper.errors import TerraformError, WrapperError
from wrapper.plan import Plan, Summary, read_plan
from wrapper.terraform.backend import Backend
from wrapper.terraform.binary import Executable, find_executable
from wrapper.terraform.command import FLAG, Commands
from wrapper.terraform.configuration import (
    ProviderSource,
    choose_source,
    process_variables,
    write_configuration,
)
from wrapper.terraform.failure import NOT_INITIALISED, Run, explain, unsaved_state
from wrapper.terraform.messages import Diagnostic, PlannedChange
from wrapper.terraform.mirror import locked_providers
from wrapper.terraform.process import Completed
from wrapper.terraform.progress import Progress, Report
from wrapper.terraform.stack import StackFiles, preview_files

_HAS_CHANGES = 2  # of plan -detailed-exitcode
_INTERRUPTED = "interrupted: terraform finishes what it is at and releases the lock (Ctrl-C again kills it)"


@dataclass(frozen=True, kw_only=True)
class PlanFile:
    """Point to a saved plan and say what it would do; `has_changes` also counts outputs.

    A `preview` was made without the real state and can be shown, not applied.
    """

    stack: str
    path: Path
    has_changes: bool
    summary: Summary
    changes: tuple[PlannedChange, ...] = ()
    warnings: tuple[Diagnostic, ...] = ()
    destroy: bool = False
    preview: bool = False


@dataclass(frozen=True, kw_only=True)
class Applied:
    summary: Summary
    warnings: tuple[Diagnostic, ...] = ()


class Terraform:
    """Run terraform on the stacks of the clone `root`; it writes to `work` (`.wrapper/<environment>`) alone.

    `process_environment` holds the AWS_* variables. Every method raises TerraformError, LockedError if
    somebody else holds the state's lock, PreconditionError for unusable credentials, and KeyboardInterrupt
    only after terraform has stopped and released its lock. Call from the main thread: signals reach no other.
    """

    @classmethod
    def find(cls) -> Executable:
        """Return the program in PATH; raise PreconditionError if there is none or it is older than 1.11."""
        return find_executable()

    def __init__(
        self, *, executable: Executable, root: Path, work: Path, process_environment: Mapping[str, str]
    ) -> None:
        self._executable = executable
        self._root = root.resolve()
        self._work = work.resolve()
        self._process_environment = process_environment
        self._previews: dict[str, StackFiles] = {}

    def init(self, stack: str, *, tfvars: str | None = None, backend: Backend | None) -> None:
        """Make the stack ready for `tfvars` and `backend`; takes milliseconds if it was ready before.

        Without a backend the stack is planned against an empty state, and nothing outside `work` is touched.
        """
        files = self._real_files(stack)
        self._previews.pop(stack, None)
        if backend is None:
            files = self._previews[stack] = preview_files(files)
        else:
            files.write(files.backend, backend.render())
        if tfvars is not None:
            files.write(files.tfvars, tfvars)
        fingerprint = files.fingerprint(
            backend.render() if backend else "", self._executable.version, self._source.text or ""
        )
        if not files.is_initialised(fingerprint):
            self._initialise(files)
            files.mark_initialised(fingerprint)

    def plan(self, stack: str, *, destroy: bool = False, progress: Progress) -> PlanFile:
        """Save a plan of what applying (or destroying) the stack would do."""
        files = self._files(stack)
        report = Report(progress)
        path = files.plan(destroy=destroy)
        completed = self._run(
            "plan",
            files,
            report,
            progress,
            detailed_exitcode=FLAG,
            out=str(path),
            var_file=str(files.tfvars),
            destroy=FLAG if destroy else None,
            lock=False if files.preview else None,
        )
        if completed.code not in (0, _HAS_CHANGES):
            raise self._failure("plan", files, completed, report)
        return PlanFile(
            stack=stack,
            path=path,
            has_changes=completed.code == _HAS_CHANGES,
            summary=report.summary,
            changes=report.changes,
            warnings=report.warnings,
            destroy=destroy,
            preview=files.preview,
        )

    def show(self, plan: PlanFile) -> Plan:
        """Read a saved plan in full.

        Takes about 2 s, because terraform loads the provider for its schema; no time for an empty plan.
        """
        if not plan.has_changes and not plan.warnings:
            return Plan(stack=plan.stack, terraform_version=self._executable.version)
        completed = self._quick("show", self._files(plan.stack), str(plan.path))
        return read_plan(json.loads(completed.stdout), stack=plan.stack)

    def apply(self, plan: PlanFile, *, progress: Progress) -> Applied:
        """Do exactly what the saved plan says."""
        if plan.preview:
            raise TerraformError(
                f"terraform plan of {self._work.name}/{plan.stack} is a preview made without the real state.",
                fix="Plan again, now that the state bucket exists.",
            )
        files = self._files(plan.stack)
        report = Report(progress, total=plan.summary.total)
        completed = self._run("apply", files, report, progress, str(plan.path))
        if completed.code:
            raise self._failure("apply", files, completed, report)
        return Applied(summary=report.summary, warnings=report.warnings)

    def outputs(self, stack: str) -> dict[str, Any]:
        """Return the stack's outputs by name, sensitive ones included; empty before the first apply."""
        completed = self._quick("output", self._files(stack))
        return {name: output["value"] for name, output in json.loads(completed.stdout).items()}

    # how

    def _initialise(self, files: StackFiles) -> None:
        files.make_folder()
        files.forget_init()
        report = Report(_ignore)
        completed = self._run(
            "init",
            files,
            report,
            _ignore,
            reconfigure=FLAG,
            lockfile="readonly",
            backend_config=None if files.preview else str(files.backend),
        )
        if completed.code:
            raise self._failure("init", files, completed, report)

    def _run(
        self,
        verb: str,
        files: StackFiles,
        report: Report,
        progress: Progress,
        *arguments: str,
        **options: Any,
    ) -> Completed:
        return self._commands.run(
            verb,
            *arguments,
            folder=files.folder,
            data=files.data,
            log=files.log(verb),
            on_line=report.line,
            on_interrupt=lambda: progress(_INTERRUPTED),
            json=FLAG,
            input=False,
            **options,
        )

    def _quick(self, verb: str, files: StackFiles, *arguments: str) -> Completed:
        """Run a verb that prints one JSON document, which may hold secrets and so goes to no log."""
        completed = self._commands.run(
            verb, *arguments, folder=files.folder, data=files.data, json=FLAG, no_color=FLAG
        )
        if completed.code:
            raise self._failure(verb, files, completed)
        return completed

    def _failure(
        self, verb: str, files: StackFiles, completed: Completed, report: Report | None = None
    ) -> WrapperError:
        run = Run(
            verb=verb,
            environment=self._work.name,
            stack=files.stack,
            root=self._root,
            folder=files.folder,
            configuration=files.configuration,
        )
        error = explain(run, completed, report.errors if report else ())
        if NOT_INITIALISED.search(error.message):
            files.forget_init()
        if rescued := files.rescue_state():
            error.fix = unsaved_state(run, rescued, data=files.data)
        return error

    def _files(self, stack: str) -> StackFiles:
        """Give the files of the last `init` in this process, else those of the real state."""
        return self._previews.get(stack) or self._real_files(stack)

    def _real_files(self, stack: str) -> StackFiles:
        return StackFiles(stack=stack, configuration=self._root / "terraform", work=self._work / stack)

    @cached_property
    def _source(self) -> ProviderSource:
        providers = locked_providers(self._root / "terraform" / "stacks")
        return choose_source(providers, platform=self._executable.platform, environment=os.environ)

    @cached_property
    def _commands(self) -> Commands:
        variables = process_variables(os.environ, self._process_environment)
        variables |= write_configuration(self._source, self._work)
        return Commands(self._executable.path, variables)


def _ignore(line: str) -> None:
    pass
