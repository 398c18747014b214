"""Pin the digest of the Dockerfile's base image: python -m wrapper.image.base [--check | --compare]

Without an option it writes the digest that the base's tag has now. --check prints a note if there is no
digest, without a network; --compare ends with 1 unless the digest is the tag's.
"""

import re
import sys
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from wrapper.errors import ArtifactError, WrapperError
from wrapper.image.oci import repository_of

DOCKERFILE = Path(__file__).parents[2] / "Dockerfile"
_LINE = re.compile(
    r"^ARG BASE=(?P<name>\S+?)(?::(?P<tag>[\w.-]+))?(?:@(?P<digest>sha256:[0-9a-f]{64}))?$", re.MULTILINE
)


@dataclass(frozen=True, kw_only=True)
class Base:
    """A base image; `name` is Docker's, such as `python` or `registry.example/team/python`."""

    name: str
    tag: str
    digest: str | None

    @property
    def tagged(self) -> str:
        """The name with its tag, without a digest."""
        return f"{self.name}:{self.tag}"

    def current(self) -> str:
        """Return the digest that the tag has in the registry. Raises ArtifactError."""
        with closing(repository_of(self.name)) as repository:
            return repository.tagged(self.tag).digest


def read(dockerfile: Path) -> Base:
    """Read the default of the argument BASE. Raises ArtifactError if there is none."""
    found = _LINE.search(dockerfile.read_text("utf-8"))
    if not found:
        raise ArtifactError(
            f"{dockerfile.name} must have a line ARG BASE=<name>:<tag>[@sha256:<digest>], got none."
        )
    return Base(name=found["name"], tag=found["tag"] or "latest", digest=found["digest"])


def pin(dockerfile: Path) -> Base:
    """Write the tag's current digest into the Dockerfile, and return the base. Raises ArtifactError."""
    base = read(dockerfile)
    pinned = Base(name=base.name, tag=base.tag, digest=base.current())
    line = f"ARG BASE={pinned.tagged}@{pinned.digest}"
    dockerfile.write_text(_LINE.sub(line, dockerfile.read_text("utf-8"), count=1), "utf-8")
    return pinned


def main(arguments: list[str], dockerfile: Path = DOCKERFILE) -> None:
    """Run the command, see the module; a digest that is not the tag's ends the process with 1."""
    match arguments:
        case []:
            before, base = read(dockerfile), pin(dockerfile)
            print(f"{base.tagged} is {base.digest}" + (", as before" if base == before else ""))
        case ["--check"]:
            base = read(dockerfile)
            if base.digest is None:
                what = f"{dockerfile.name}: {base.tagged} is named by its tag alone"
                print(f"note: {what}; `make base` adds its digest.")
        case ["--compare"]:
            base = read(dockerfile)
            if base.digest != (current := base.current()):
                got = base.digest or "no digest"
                sys.exit(f"error: {base.tagged} must be {current}, got {got}.\nfix: make base")
            print(f"{base.tagged} is {base.digest}, as in {dockerfile.name}")
        case _:
            sys.exit(__doc__)


if __name__ == "__main__":
    try:
        main(sys.argv[1:])
    except WrapperError as error:
        sys.exit(f"error: {error}")
