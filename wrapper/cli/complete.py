"""Shell completion: the script that a shell reads, and the names that only the environment files have."""

import shlex
import sys
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import yaml
from click import Context, Parameter
from click.shell_completion import CompletionItem, get_completion_class

from wrapper.environment import text

PROGRAM = "wrapper"
VARIABLE = "_WRAPPER_COMPLETE"
SHELLS = ("bash", "zsh", "fish")

_ROOT = Path(__file__).resolve().parents[2]
# By this name click's scripts call the program; a shell's function cannot be called through `command`.
_CALLS = {"bash": "bash_complete $1)", "zsh": f"zsh_complete {PROGRAM})", "fish": f"-t) {PROGRAM})"}
_ZSH_LOOKS_FOR_A_FILE = f"    (( ! $+commands[{PROGRAM}] )) && return 1\n"
_FUNCTIONS = {
    "bash": '{program}() {{ {call} "$@"; }}\n',
    "zsh": '{program}() {{ {call} "$@"; }}\n',
    "fish": "function {program}; {call} $argv; end\n",
}


def script(shell: str) -> str:
    """Return the script whose `eval` makes `wrapper` a shell command, with completion, in any folder.

    Click's own scripts ask the shell for a program of this name. A function is no program, so these scripts
    are changed to run this clone's.
    """
    found = get_completion_class(shell)
    if found is None:
        raise ValueError(f"click has no completion for {shell}.")
    template = found.source_template % {
        "complete_func": f"_{PROGRAM}_completion",
        "complete_var": VARIABLE,
        "prog_name": PROGRAM,
    }
    call = shlex.join(["env", f"PYTHONPATH={_ROOT}", sys.executable, "-m", "wrapper"])
    asked = _CALLS[shell].removesuffix(")").rpartition(" ")[0]
    told = template.replace(_CALLS[shell], f"{asked} {call})").replace(_ZSH_LOOKS_FOR_A_FILE, "")
    return _FUNCTIONS[shell].format(program=PROGRAM, call=call) + told


def environments(context: Context, parameter: Parameter, incomplete: str) -> list[CompletionItem]:
    """Offer the names of the environment files."""
    return _items((path.stem for path in _folder().glob("*.yaml")), incomplete)


def services(context: Context, parameter: Parameter, incomplete: str) -> list[CompletionItem]:
    """Offer the services of the environment that is on the command line."""
    return _items(_document(context).get("services") or (), incomplete)


def jobs(context: Context, parameter: Parameter, incomplete: str) -> list[CompletionItem]:
    """Offer the jobs of the environment that is on the command line."""
    return _items(_document(context).get("jobs") or (), incomplete)


def services_and_jobs(context: Context, parameter: Parameter, incomplete: str) -> list[CompletionItem]:
    return [*services(context, parameter, incomplete), *jobs(context, parameter, incomplete)]


def _items(names: Iterable[str], incomplete: str) -> list[CompletionItem]:
    return [CompletionItem(name) for name in sorted(names) if name.startswith(incomplete)]


def _document(context: Context) -> Mapping[str, Any]:
    """Read the file as it is, with wrong keys; a file that cannot be read offers nothing."""
    name = context.params.get("environment")
    try:
        found = yaml.safe_load(text.read(_folder() / f"{name}.yaml"))
    except (text.TextError, yaml.YAMLError):
        return {}
    return found if isinstance(found, dict) else {}


def _folder() -> Path:
    return _ROOT / "environments"
