"""The adapter to python-terraform: the library spells the options, the process is the wrapper's."""

import os
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import python_terraform

from wrapper.terraform.process import Completed, LineHandler, run

FLAG = python_terraform.IsFlagged


def command_line(executable: Path, verb: str, *arguments: str, **options: Any) -> list[str]:
    """Build an argv: `lock=False` gives `-lock=false`, `json=FLAG` gives `-json`, None gives nothing."""
    # In a real folder, the library would read the state file that it finds there.
    library = python_terraform.Terraform(working_dir=os.devnull, terraform_bin_path=str(executable))
    argv: list[str] = library.generate_cmd_string(verb, *arguments, **options)
    return argv


class Commands:
    """Run terraform commands with one set of environment variables."""

    def __init__(self, executable: Path, environment: Mapping[str, str]) -> None:
        self._executable = executable
        self._environment = environment

    def run(
        self,
        verb: str,
        *arguments: str,
        folder: Path,
        data: Path,
        log: Path | None = None,
        on_line: LineHandler = lambda line: None,
        on_interrupt: Callable[[], None] = lambda: None,
        **options: Any,
    ) -> Completed:
        """Run `terraform VERB` in `folder`, with everything that terraform downloads and stores in `data`."""
        return run(
            command_line(self._executable, verb, *arguments, **options),
            folder=folder,
            environment={**self._environment, "TF_DATA_DIR": str(data)},
            log=log,
            on_line=on_line,
            on_interrupt=on_interrupt,
        )
