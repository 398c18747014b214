"""How a command is run in an engine's container."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from emulator.containers.client import Client

# The shell checks whether the caller has a terminal, because the emulator can't know.
_LINE = 'if [ -t 0 ]; then terminal=--tty; fi; exec "$0" exec --interactive $terminal "$@"'


@dataclass(frozen=True, kw_only=True)
class InsideContainer:
    client: Client
    engine_id: str

    def session(self, words: Sequence[str]) -> dict[str, Any]:
        """Return how to run the words from any process of this machine."""
        return {
            "words": ["/bin/sh", "-c", _LINE, self.client.executable, self.engine_id, *words],
            "environment": self.client.environment,
            "folder": "/",
        }
