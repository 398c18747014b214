"""Everything that a plan is made from, each part with a readable name and a hash."""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from wrapper.environment import Environment
from wrapper.environment.clone import git
from wrapper.terraform import Executable, configuration_files, locked_providers


@dataclass(frozen=True, kw_only=True)
class Origin:
    """`commit` is None outside git; `inputs` are SHA-256 by name, `versions` of Terraform and providers.

    `overrides` are the keys that --set gave, without their values, which may be secret.
    """

    commit: str | None
    inputs: Mapping[str, str]
    versions: Mapping[str, str]
    overrides: tuple[str, ...] = ()


def origin_of(
    environment: Environment, *, root: Path, executable: Executable, overrides: Sequence[str] = ()
) -> Origin:
    """Hash what is in the clone now; takes milliseconds and runs only git."""
    return Origin(
        commit=git(root, "rev-parse", "HEAD") or None,
        inputs=_inputs(environment, root),
        versions=_versions(root, executable),
        overrides=tuple(sorted(each.partition("=")[0] for each in overrides)),
    )


def tfvars_inputs(rendered: Mapping[str, str]) -> dict[str, str]:
    """Hash the variables of each stack: what templates and code make of the environment."""
    return {f"the variables of {stack}": _sha256(text.encode()) for stack, text in rendered.items()}


def _inputs(environment: Environment, root: Path) -> dict[str, str]:
    file = root / "environments" / f"{environment.file}.yaml"
    terraform = root / "terraform"
    templates = root / "wrapper" / "delivery" / "templates"
    return {
        f"environments/{file.name}": _sha256(file.read_bytes()),
        "--set": _sha256(environment.model_dump_json().encode()),
        "terraform/": _tree(terraform, configuration_files(terraform)),
        "wrapper/delivery/templates/": _tree(templates, templates.glob("*.j2")),
        # Only tracked files: a plan writes other files into the clone, which are not its inputs.
        "uncommitted changes": _sha256((git(root, "diff", "--binary", "HEAD") or "").encode()),
    }


def _versions(root: Path, executable: Executable) -> dict[str, str]:
    providers = locked_providers(root / "terraform" / "stacks")
    return {"terraform": executable.version} | {
        each.address.partition("/")[2]: each.version for each in providers
    }


def _tree(folder: Path, files: Iterable[Path]) -> str:
    digest = hashlib.sha256()
    for path in sorted(files):
        content = path.read_bytes()
        digest.update(f"{path.relative_to(folder).as_posix()}:{len(content)}:".encode() + content)
    return digest.hexdigest()


def _sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()
