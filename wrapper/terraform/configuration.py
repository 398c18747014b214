"""Terraform's own configuration: where providers come from, and which variables its process sees.

Who decides where providers come from, first to last:

1. `WRAPPER_TERRAFORM_MIRROR`, a mirror folder: it must hold every locked provider.
2. The user's CLI configuration (an existing `TF_CLI_CONFIG_FILE`, else `~/.terraformrc` and
   `~/.terraform.d/*.tfrc`), if it has a `provider_installation` block: it is used as it is, with credentials.
3. Mirror folders of this machine that hold the locked versions: a configuration file of ours names them.
   The user's file is not read then: the stacks have one public provider and need none of its credentials.
4. The registry, with downloads shared by all stacks and environments.
"""

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from wrapper.errors import PreconditionError
from wrapper.terraform.mirror import MIRROR_VARIABLE, Provider, candidates, find_mirrors

# Inherited ones would change what is planned, or for which state, without the environment file.
_UNWANTED = re.compile(r"TF_(CLI_ARGS.*|VAR_.*|WORKSPACE|DATA_DIR|INPUT|STATE_PERSIST_INTERVAL)")
# By default a fifth of a plan's processor time is Go's garbage collection; 1 GB instead of 600 MB saves it.
# https://go.dev/doc/gc-guide#GOGC
_GOGC = "400"


@dataclass(frozen=True, kw_only=True)
class ProviderSource:
    """Where providers come from; `text` is the CLI configuration to write, None leaves Terraform its own.

    `cache` requests a shared folder of downloads.
    """

    description: str
    text: str | None = None
    cache: bool = False


def choose_source(
    providers: Iterable[Provider], *, platform: str, environment: Mapping[str, str]
) -> ProviderSource:
    """Use the first source of the module's list.

    Raise PreconditionError if WRAPPER_TERRAFORM_MIRROR lacks a provider.
    """
    wanted = list(providers)
    if chosen := environment.get(MIRROR_VARIABLE):
        return _chosen_mirror(Path(chosen).absolute(), wanted, platform)
    own_files = user_files(environment)
    for file in own_files:
        if _mentions(file, "provider_installation"):
            return ProviderSource(description=f"as {file} says")
    if mirrors := find_mirrors(wanted, candidates(environment), platform):
        return _from_mirrors(mirrors)
    shared = "TF_PLUGIN_CACHE_DIR" in environment or any(_mentions(f, "plugin_cache_dir") for f in own_files)
    return ProviderSource(description="the registry (network)", cache=not shared)


def user_files(environment: Mapping[str, str]) -> list[Path]:
    """List the existing CLI configuration files that Terraform would read by default."""
    if given := environment.get("TF_CLI_CONFIG_FILE"):
        return [Path(given)] if Path(given).is_file() else []
    home = Path(environment.get("HOME", "/"))
    files = [home / ".terraformrc", *sorted((home / ".terraform.d").glob("*.tfrc"))]
    return [file for file in files if file.is_file()]


def write_configuration(source: ProviderSource, work: Path) -> dict[str, str]:
    """Write what the source needs into the work folder; return the variables that point terraform to it."""
    if source.text is not None:
        work.mkdir(parents=True, exist_ok=True)
        file = work / "terraform.rc"
        file.write_text(source.text, encoding="utf-8")
        return {"TF_CLI_CONFIG_FILE": str(file)}
    if source.cache:
        folder = work.parent / "provider-cache"
        folder.mkdir(parents=True, exist_ok=True)
        return {"TF_PLUGIN_CACHE_DIR": str(folder)}
    return {}


def process_variables(inherited: Mapping[str, str], given: Mapping[str, str]) -> dict[str, str]:
    """Return the variables of a terraform process: safe inherited ones, `given`, and the wrapper's."""
    variables = {name: value for name, value in inherited.items() if not _UNWANTED.fullmatch(name)}
    if not Path(variables.get("TF_CLI_CONFIG_FILE", "/")).exists():
        del variables["TF_CLI_CONFIG_FILE"]  # terraform would warn at each command
    variables.setdefault("GOGC", _GOGC)
    return {**variables, **given, "TF_IN_AUTOMATION": "1", "TF_INPUT": "0", "CHECKPOINT_DISABLE": "1"}


def _chosen_mirror(folder: Path, wanted: list[Provider], platform: str) -> ProviderSource:
    mirrors = find_mirrors(wanted, [folder], platform)
    served = mirrors.get(folder, [])
    if missing := [each.label for each in wanted if each not in served]:
        raise PreconditionError(
            f"{MIRROR_VARIABLE} must name a mirror with {', '.join(missing)} for {platform}, got {folder}.",
            fix=f"Run `terraform providers mirror {folder}` in terraform/stacks/app, or unset the variable.",
        )
    return _from_mirrors({folder: served})


def _from_mirrors(mirrors: Mapping[Path, list[Provider]]) -> ProviderSource:
    blocks = [_block("filesystem_mirror", served, path=folder) for folder, served in mirrors.items()]
    every = [provider for served in mirrors.values() for provider in served]
    blocks.append(_block("direct", every, verb="exclude"))
    description = "; ".join(
        f"{', '.join(provider.label for provider in served)} from {folder}"
        for folder, served in mirrors.items()
    )
    return ProviderSource(description=description, text="provider_installation {\n" + "".join(blocks) + "}\n")


def _block(kind: str, providers: list[Provider], *, path: Path | None = None, verb: str = "include") -> str:
    addresses = json.dumps([provider.address for provider in providers])
    where = f"    path    = {json.dumps(str(path))}\n" if path else ""
    return f"  {kind} {{\n{where}    {verb} = {addresses}\n  }}\n"


def _mentions(file: Path, setting: str) -> bool:
    return re.search(rf'^\s*"?{setting}\b', file.read_text(errors="replace"), re.MULTILINE) is not None
