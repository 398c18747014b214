"""What all blocks of an environment file have in common: frozen, strict, with messages of one form."""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, ValidationInfo, model_validator

NOTHING = object()


@dataclass(frozen=True)
class Fault:
    """A problem: `path`, relative to the value in which it is, must `rule`; `got` is the value.

    With `got` NOTHING the message has no value: it is secret, or the rule says everything.
    """

    path: str
    rule: str
    got: object = NOTHING


class RefusedError(ValueError):
    """Carry several faults through pydantic, which allows one error per validator."""

    def __init__(self, faults: Iterable[Fault]) -> None:
        self.faults = tuple(faults)
        super().__init__("; ".join(f"{fault.path} must {fault.rule}".strip() for fault in self.faults))


@dataclass(frozen=True)
class Guess:
    """A default that follows from other keys: `words` say how.

    As the default of a `guessed` field, with `validate_default=True`, `make` computes it from the block's
    keys above, without the invalid ones. As an annotation it is only documentation: the surrounding block
    sets the value.
    """

    words: str
    make: Callable[[Mapping[str, Any]], object] = lambda above: None


def _made(value: object, info: ValidationInfo) -> object:
    return value.make(info.data) if isinstance(value, Guess) else value


# Not for lists: JSON's strictness would become Python's, which accepts no lists for tuples.
guessed = BeforeValidator(_made)


class Block(BaseModel):
    """Refuse unknown keys, coercion ("8000" is not a port), and what a block's own `_faults` finds."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    @property
    def unread(self) -> Sequence[str]:
        """Return the keys that have no effect with the others, and so must not be given."""
        return ()

    @model_validator(mode="after")
    def _refuse(self, info: ValidationInfo) -> Self:
        context: dict[str, Path] = info.context or {}
        faults = tuple(self._faults(context.get("root")))
        if faults:
            raise RefusedError(faults)
        return self

    def _faults(self, root: Path | None) -> Iterator[Fault]:
        """Yield the problems between fields that are valid by themselves.

        Local paths are relative to `root`.
        """
        yield from ()


def must(rule: str, holds: Callable[[Any], object], *, secret: bool = False) -> AfterValidator:
    """Make a validator whose message is `<path> must <rule>, got <value>.`; a secret's value is left out."""

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
    """Ask the file system; a name that is too long, or in an unreadable folder, does not exist."""
    try:
        return check()
    except OSError:
        return False
