"""How long to wait for another command's lock: Terraform's on a state, and the environment's."""

import re
from collections.abc import Mapping

from wrapper.errors import PreconditionError

LOCK_VARIABLE = "WRAPPER_LOCK_SECONDS"
_LOCK_SECONDS = 120


def lock_seconds(environment: Mapping[str, str]) -> int:
    """Return the value of WRAPPER_LOCK_SECONDS, by default two minutes."""
    given = environment.get(LOCK_VARIABLE) or str(_LOCK_SECONDS)
    if not re.fullmatch("[0-9]{1,5}", given):
        raise PreconditionError(f"{LOCK_VARIABLE} must be a whole number of seconds, got {given!r}.")
    return int(given)
