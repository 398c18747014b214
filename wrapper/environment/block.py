"""What every block of an environment file shares: frozen, strict, and refused in the house's words."""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, ValidationInfo, model_validator

NOTHING = object()


@dataclass(frozen=True)
class Fault:
    """Say that `path`, relative to the value it is found in, must `rule`, and what it is instead.

    `got` NOTHING leaves the value out of the sentence: it is a secret, or the rule has said it all.
    """

    path: str
    rule: str
    got: object = NOTHING


class RefusedError(ValueError):
    """Carry several faults through pydantic, which knows one error per validator."""

    def __init__(self, faults: Iterable[Fault]) -> None:
        self.faults = tuple(faults)
        super().__init__("; ".join(f"{fault.path} must {fault.rule}".strip() for fault in self.faults))


@dataclass(frozen=True)
class Guess:
    """A default that follows from other keys: `words` say how.

    As the default of a `guessed` field, with `validate_default=True`, `make` gives it from the block's keys
    above, without those that are wrong themselves. As an annotation it tells only: the block around completes
    the value.
    """

    words: str
    make: Callable[[Mapping[str, Any]], object] = lambda above: None


def _made(value: object, info: ValidationInfo) -> object:
    return value.make(info.data) if isinstance(value, Guess) else value


# Not for lists: behind it JSON's would be Python's, which are no tuples.
guessed = BeforeValidator(_made)


class Block(BaseModel):
    """Refuse unknown keys, coercion ("8000" is not a port), and what a block's own `_faults` finds."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    @property
    def unread(self) -> Sequence[str]:
        """Return the keys that mean nothing beside the others, and may not be given."""
        return ()

    @model_validator(mode="after")
    def _refuse(self, info: ValidationInfo) -> Self:
        context: dict[str, Path] = info.context or {}
        faults = tuple(self._faults(context.get("root")))
        if faults:
            raise RefusedError(faults)
        return self

    def _faults(self, root: Path | None) -> Iterator[Fault]:
        """Yield what is wrong between fields that are fine one by one; local paths count from `root`."""
        yield from ()


def must(rule: str, holds: Callable[[Any], object], *, secret: bool = False) -> AfterValidator:
    """Make a validator whose sentence is `<path> must <rule>, got <value>.`; a secret's value is left out."""

    def check(value: Any) -> Any:
        if not holds(value):
            raise RefusedError([Fault("", rule, NOTHING if secret else value)])
        return value

    return AfterValidator(check)


def must_match(rule: str, pattern: str, *, secret: bool = False) -> AfterValidator:
    return must(rule, re.compile(pattern).fullmatch, secret=secret)


def resolve(path: str, *, root: Path) -> Path:
    """Find a local path of an environment: relative ones count from the clone's `root`, `~` is the home."""
    return Path(path).expanduser() if path.startswith("~/") else root / path


def is_remote(path: str) -> bool:
    return path.startswith("s3://")


def found(check: Callable[[], bool]) -> bool:
    """Ask the file system; a name that is too long, or in a folder one may not enter, names nothing."""
    try:
        return check()
    except OSError:
        return False
