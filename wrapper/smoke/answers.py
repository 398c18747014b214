"""How every service of an environment answers: one verdict for all."""

from collections.abc import Mapping
from dataclasses import dataclass

from wrapper.errors import SmokeError
from wrapper.smoke.verdict import Verdict


@dataclass(frozen=True, kw_only=True)
class Answers:
    """`url` is where callers go, `verdicts` are by service."""

    environment: str
    url: str
    verdicts: Mapping[str, Verdict]

    @property
    def ok(self) -> bool:
        return all(verdict.ok for verdict in self.verdicts.values())

    def raise_unless_good(self) -> None:
        """Raise SmokeError naming every failed check."""
        failed = [
            f"{name}: {check.name}: {check.detail}"
            for name, verdict in self.verdicts.items()
            for check in verdict.failures
        ]
        if failed:
            raise SmokeError("\n  ".join([f"{self.url} does not answer as it should", *failed]))
