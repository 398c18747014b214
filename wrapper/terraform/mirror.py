"""Find providers on this machine, so that `terraform init` needs no network for them."""

import os
import re
import sys
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

MIRROR_VARIABLE = "WRAPPER_TERRAFORM_MIRROR"

_LOCKED = re.compile(r'^provider "(?P<address>[^"]+)" \{\s*version\s*=\s*"(?P<version>[^"]+)"', re.MULTILINE)


@dataclass(frozen=True, kw_only=True, order=True)
class Provider:
    """A provider of a lock file; `address` is `<host>/<namespace>/<type>`."""

    address: str
    version: str

    @property
    def label(self) -> str:
        return f"{self.address.partition('/')[2]} {self.version}"


def locked_providers(stacks: Path) -> list[Provider]:
    """Read the lock files of all stacks."""
    found = set()
    for lock_file in stacks.glob("*/.terraform.lock.hcl"):
        for match in _LOCKED.finditer(lock_file.read_text()):
            found.add(Provider(address=match["address"], version=match["version"]))
    return sorted(found)


def serves(folder: Path, provider: Provider, platform: str) -> bool:
    """Return whether a mirror folder has that version for that platform, unpacked or as a zip file."""
    home = folder / provider.address
    kind = home.name
    unpacked = home / provider.version / platform
    return (
        unpacked.is_dir() or (home / f"terraform-provider-{kind}_{provider.version}_{platform}.zip").is_file()
    )


def candidates(environment: Mapping[str, str]) -> Iterator[Path]:
    """List where a mirror may be: Terraform's implied local mirrors, then the usual folders of images."""
    yield from implied_mirrors(environment)
    for parent in (Path("/opt"), Path("/usr/local/share")):
        yield from sorted(parent.glob("*/"))


def implied_mirrors(environment: Mapping[str, str]) -> list[Path]:
    """https://developer.hashicorp.com/terraform/cli/config/config-file#implied-local-mirror-directories"""
    home = Path(environment.get("HOME", "/"))
    folders = [home / ".terraform.d/plugins"]
    if sys.platform == "darwin":
        library = "Library/Application Support/io.terraform/plugins"
        return [*folders, home / library, Path("/") / library]
    data_homes = [
        environment.get("XDG_DATA_HOME") or str(home / ".local/share"),
        *(environment.get("XDG_DATA_DIRS") or "/usr/local/share:/usr/share").split(os.pathsep),
    ]
    return [*folders, *(Path(each) / "terraform/plugins" for each in data_homes)]


def find_mirrors(
    providers: Iterable[Provider], folders: Iterable[Path], platform: str
) -> dict[Path, list[Provider]]:
    """Assign each provider to the first folder that has it; leave out the others."""
    mirrors: dict[Path, list[Provider]] = {}
    places = [folder for folder in folders if folder.is_dir()]
    for provider in providers:
        for folder in places:
            if serves(folder, provider, platform):
                mirrors.setdefault(folder, []).append(provider)
                break
    return mirrors
