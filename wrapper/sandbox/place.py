"""The paths of a sandbox's files in the clone."""

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, kw_only=True)
class Place:
    """The paths of one environment's sandbox in one clone; git ignores them."""

    root: Path
    environment: str

    @property
    def folder(self) -> Path:
        return self.work / self.environment / "sandbox"

    @property
    def record(self) -> Path:
        return self.folder / "sandbox.json"

    @property
    def credentials(self) -> Path:
        """The keys with which calls must be signed."""
        return self.folder / "credentials"

    @property
    def log(self) -> Path:
        return self.folder / "sandbox.log"

    @property
    def calls(self) -> Path:
        return self.folder / "calls.jsonl"

    @property
    def recording(self) -> Path:
        """The complete requests, if the sandbox records them."""
        return self.folder / "recording.jsonl"

    @property
    def lock(self) -> Path:
        return self.folder / "lock"

    @property
    def alive(self) -> Path:
        """A file that the emulator locks while it runs, which is also visible from other pid namespaces."""
        return self.folder / "alive"

    @property
    def users(self) -> Path:
        """The lock that is shared by the processes that use the sandbox, see `locks.join`."""
        return self.folder / "users"

    @property
    def state(self) -> Path:
        """What is deleted with the emulator: extracted images, the tasks' folders."""
        return self.folder / "state"

    @property
    def work(self) -> Path:
        return self.root / ".wrapper"

    @property
    def venv(self) -> Path:
        """The emulator's virtual environment, shared by all environments of the clone."""
        return self.work / "sandbox-venv"

    @property
    def packages(self) -> Path:
        """The Python packages of process images, by content, shared by all environments of the clone."""
        return self.work / "packages"
