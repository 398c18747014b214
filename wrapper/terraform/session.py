"""One environment's terraform commands: run in the right place, with their errors translated."""

import json
import os
from collections.abc import Mapping
from functools import cached_property
from pathlib import Path
from typing import Any

from wrapper.errors import TerraformError, WrapperError
from wrapper.terraform.advice import NOT_INITIALISED
from wrapper.terraform.binary import UNWRAP, Executable
from wrapper.terraform.command import FLAG, Commands
from wrapper.terraform.configuration import (
    ProviderSource,
    choose_source,
    process_variables,
    write_configuration,
)
from wrapper.terraform.failure import Run, explain, unsaved_state
from wrapper.terraform.mirror import locked_providers
from wrapper.terraform.process import Completed
from wrapper.terraform.progress import Report
from wrapper.terraform.rules import ROOT as RULES
from wrapper.terraform.stack import StackFiles

_SUMMARISED = ("plan", "apply")


class Session:
    """The program, the clone, the work folder and the variables of every command."""

    def __init__(
        self, *, executable: Executable, root: Path, work: Path, process_environment: Mapping[str, str]
    ) -> None:
        self.executable = executable
        self.root = root.resolve()
        self.work = work.resolve()
        self._process_environment = process_environment

    @property
    def environment(self) -> str:
        return self.work.name

    @cached_property
    def provider_source(self) -> ProviderSource:
        providers = locked_providers(self.root / "terraform" / "stacks")
        return choose_source(providers, platform=self.executable.platform, environment=os.environ)

    def files(self, stack: str) -> StackFiles:
        return StackFiles(stack=stack, configuration=self.root / "terraform", work=self.work / stack)

    @property
    def rules(self) -> StackFiles:
        """Return the files of the root that only checks the stacks' rules."""
        work = self.work / RULES
        return StackFiles(stack=RULES, configuration=work / "terraform", work=work, preview=True)

    def follow(
        self,
        verb: str,
        files: StackFiles,
        report: Report,
        *arguments: str,
        good: tuple[int, ...] = (0,),
        **options: Any,
    ) -> int:
        """Run a verb whose messages feed `report` and a log; return its exit code, one of `good`."""
        completed = self._commands.run(
            verb,
            *arguments,
            folder=files.folder,
            data=files.data,
            log=files.log(verb),
            on_line=report.line,
            on_interrupt=report.interrupted,
            json=FLAG,
            input=False,
            **options,
        )
        if completed.code not in good:
            raise self._failure(verb, files, completed, report)
        if verb in _SUMMARISED and not report.is_whole:
            # Such as on a full disk, which terraform does not notice: without a summary its changes are
            # unknown.
            raise TerraformError(
                f"terraform {verb} of {self.environment}/{files.stack} must end with its summary, got "
                f"{len(completed.stdout)} bytes without it in {files.log(verb)}.",
                fix=f"free space there, then see: python -m wrapper plan {self.environment}",
            )
        return completed.code

    def ask(self, verb: str, files: StackFiles, *arguments: str, good: tuple[int, ...] = (0,)) -> Any:
        """Run a verb that prints one JSON document, which may contain secrets and is not logged.

        The exit code must be one of `good`.
        """
        completed = self._commands.run(
            verb, *arguments, folder=files.folder, data=files.data, json=FLAG, no_color=FLAG
        )
        if completed.code not in good:
            raise self._failure(verb, files, completed)
        try:
            return json.loads(completed.stdout)
        except (ValueError, RecursionError) as error:
            # Its values may be secrets, so nothing of it is shown.
            raise TerraformError(
                f"terraform {verb} of {self.environment}/{files.stack} must print one JSON document, "
                f"got {len(completed.stdout)} bytes of something else.",
                fix=UNWRAP,
            ) from error

    def change(self, verb: str, files: StackFiles, *arguments: str) -> None:
        """Run a verb that prints nothing of interest and has no JSON output."""
        completed = self._commands.run(verb, *arguments, folder=files.folder, data=files.data)
        if completed.code != 0:
            raise self._failure(verb, files, completed)

    @cached_property
    def _commands(self) -> Commands:
        variables = process_variables(os.environ, self._process_environment)
        variables |= write_configuration(self.provider_source, self.work)
        return Commands(self.executable.path, variables)

    def _failure(
        self, verb: str, files: StackFiles, completed: Completed, report: Report | None = None
    ) -> WrapperError:
        run = Run(
            verb=verb,
            environment=self.environment,
            stack=files.stack,
            root=self.root,
            folder=files.folder,
            configuration=files.configuration,
            work=files.work,
        )
        error = explain(run, completed, report.errors if report else ())
        if NOT_INITIALISED.search(error.message):
            files.forget_init()
        if rescued := files.rescue_state():
            error.fix = unsaved_state(run, rescued, data=files.data)
        return error
