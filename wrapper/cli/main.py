"""The command line: every file in this folder that has COMMANDS adds them.

`boundary` turns errors into messages and exit codes.
"""

from importlib import import_module
from pkgutil import iter_modules

import click

from wrapper import cli
from wrapper.cli import boundary
from wrapper.cli.options import Program


@click.group(cls=Program, context_settings={"help_option_names": ["-h", "--help"]})
@click.option("--debug", is_flag=True, expose_value=False, help="Show the traceback of an unexpected error")
def main() -> None:
    """Put an HTTP model on ECS Fargate, check that it answers, and remove it all again."""


for module in iter_modules(cli.__path__, f"{cli.__name__}."):
    if module.name != __name__:
        for command in getattr(import_module(module.name), "COMMANDS", ()):
            main.add_command(command)
for other_word in ("deploy", "up"):
    main.add_alias(other_word, main.commands["apply"])


def run() -> None:
    boundary.guard(main)
