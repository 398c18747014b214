"""All errors that a user can cause or meet, one class per exit code.

WrapperError
├── Aborted           1  the user said no
├── ConfigError       3  the environment file or the command is wrong; nothing was touched
├── TerraformError    4  terraform refused or failed
├── ArtifactError     5  an image could not be built or pushed, a model could not be published
├── RolloutError      6  the new tasks did not come up
├── SmokeError        7  deployed, but it does not answer as it should
├── LeftoverError     8  destroy finished and something is still there
├── LockedError       9  somebody else is working on the same state
├── PreconditionError 10 a tool, a credential, the sandbox or what the environment needs is missing
├── BlockedError      11 the plan does what a rule of the review forbids, and nobody has allowed it
├── MovedError        12 what a saved plan was made from is not the same any more
├── NotJudgedError    13 what judges permissions is missing, so that nobody has judged them
└── RehearsalError    14 a rehearsal has found what AWS would refuse, or what is not as it was declared

2 is click's (wrong usage), 70 a bug in the wrapper, 130 an interrupt; `drift` ends with 9 if it found any.
"""

from collections.abc import Iterable, Sequence
from difflib import get_close_matches
from typing import Any


def nearest(name: str, known: Iterable[str]) -> str | None:
    """Return the known name that is most like this one, None if none is like it."""
    return next(iter(get_close_matches(name, list(known), n=1)), None)


def meant(name: str, known: Iterable[str]) -> str:
    """Suggest what an unknown name was meant to be: the nearest known name, or the list of all."""
    known = list(known)
    if near := nearest(name, known):
        return f"did you mean {near}?"
    return f"there are {', '.join(known)}." if known else "there are none."


class WrapperError(Exception):
    """Say what happened and, if known, how to fix it (`fix`)."""

    exit_code = 70

    def __init__(self, message: str, *, fix: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.fix = fix

    def as_json(self) -> dict[str, Any]:
        """Return what a script needs; errors that carry more data add it."""
        return {"ok": False, "exit_code": self.exit_code, "error": self.message, "fix": self.fix}


class Aborted(WrapperError):
    exit_code = 1


class ConfigError(WrapperError):
    """Carry every problem found in one source, each as `path must rule, got value.`"""

    exit_code = 3

    def __init__(self, source: str, problems: Sequence[str], *, fix: str | None = None) -> None:
        count = "1 problem" if len(problems) == 1 else f"{len(problems)} problems"
        super().__init__("\n  ".join([f"{source}: {count}", *problems]), fix=fix)
        self.source = source
        self.problems = tuple(problems)


class TerraformError(WrapperError):
    exit_code = 4


class ArtifactError(WrapperError):
    exit_code = 5


class RolloutError(WrapperError):
    exit_code = 6


class SmokeError(WrapperError):
    exit_code = 7


class LeftoverError(WrapperError):
    exit_code = 8


class LockedError(WrapperError):
    exit_code = 9


class PreconditionError(WrapperError):
    exit_code = 10


class DamagedError(PreconditionError):
    """An object that the wrapper wrote is not what it wrote."""


class BlockedError(WrapperError):
    exit_code = 11


class MovedError(WrapperError):
    exit_code = 12


class NotJudgedError(WrapperError):
    exit_code = 13


class RehearsalError(WrapperError):
    exit_code = 14
