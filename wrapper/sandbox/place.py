"""Where a sandbox keeps its things inside the clone."""

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, kw_only=True)
class Place:
    """One environment's sandbox in one clone; git ignores all of it."""

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
        """The keys that calls must be signed with."""
        return self.folder / "credentials"

    @property
    def log(self) -> Path:
        return self.folder / "sandbox.log"

    @property
    def calls(self) -> Path:
        return self.folder / "calls.jsonl"

    @property
    def recording(self) -> Path:
        """Whole requests, if the sandbox records them."""
        return self.folder / "recording.jsonl"

    @property
    def lock(self) -> Path:
        return self.folder / "lock"

    @property
    def alive(self) -> Path:
        """Locked by the emulator for as long as it runs, which can be seen where its process can't."""
        return self.folder / "alive"

    @property
    def users(self) -> Path:
        """Shared by the processes that work in the sandbox, see `locks.join`."""
        return self.folder / "users"

    @property
    def state(self) -> Path:
        """Everything that dies with the emulator: extracted images, the tasks' folders."""
        return self.folder / "state"

    @property
    def work(self) -> Path:
        return self.root / ".wrapper"

    @property
    def venv(self) -> Path:
        """Shared by all environments of the clone."""
        return self.work / "sandbox-venv"

    @property
    def packages(self) -> Path:
        """The Python packages of process images, by content; shared as well."""
        return self.work / "packages"
