"""Run another command in a container, with the environment, folder and image of its process."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from emulator.runtime.image import Image
from emulator.runtime.network import MACHINES, beginning
from emulator.runtime.specification import executable


class Surroundings(Protocol):
    def session(self, words: Sequence[str]) -> dict[str, Any]:
        """Return how to run the words from any process of this machine: words, environment and folder."""


@dataclass(frozen=True, kw_only=True)
class Inside:
    """A container's surroundings; `folder` is the process's working folder, `network` the task's."""

    image: Image
    environment: Mapping[str, str]
    folder: Path
    network: str
    root: str = MACHINES

    def session(self, words: Sequence[str]) -> dict[str, Any]:
        """Return how to run the words from any process of this machine. Raises CannotStart."""
        program = executable(words[0], self.image, self.environment["PATH"], is_root=self.root != MACHINES)
        return {
            "words": [*beginning(self.network, root=self.root, parent=0), program, *words[1:]],
            "environment": dict(self.environment),
            "folder": str(self.folder),
        }
