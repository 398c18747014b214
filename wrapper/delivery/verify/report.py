"""All findings: as rows for a person, as JSON for a script, as an error for the exit code."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

from wrapper.delivery.verify.finding import Finding, Level
from wrapper.errors import PreconditionError

_WORDS: Mapping[Level, str] = {"ok": "good", "skipped": "skipped", "warn": "with a warning", "fail": "to fix"}
_NAMES = {"fail": "FAIL", "warn": "warn", "skipped": "-", "ok": "ok"}


@dataclass(frozen=True, kw_only=True)
class Report:
    """The findings of `verify`; good if nothing fails."""

    environment: str
    findings: Sequence[Finding]

    @property
    def ok(self) -> bool:
        return not self.failures

    @property
    def failures(self) -> list[Finding]:
        return [each for each in self.findings if each.level == "fail"]

    @property
    def warnings(self) -> list[Finding]:
        return [each for each in self.findings if each.level == "warn"]

    @property
    def summary(self) -> str:
        """Count the findings, such as `9 good, 2 skipped, 1 warning`."""
        count = Counter(each.level for each in self.findings)
        return ", ".join(f"{count[level]} {word}" for level, word in _WORDS.items() if count[level])

    def text(self) -> str:
        """List what was checked, with the fix below each problem."""
        return "\n".join(line for finding in self.findings for line in _lines(finding))

    def as_json(self) -> dict[str, Any]:
        return {
            "environment": self.environment,
            "ok": self.ok,
            "findings": [asdict(finding) for finding in self.findings],
        }

    def before_apply(self) -> "Report":
        """Return the report for an apply: what an apply fixes is only a warning."""
        findings = [replace(each, level="warn") if each.mended_by_apply else each for each in self.findings]
        return replace(self, findings=findings)

    def raise_unless_good(self) -> None:
        """Raise PreconditionError with every failure and its fix."""
        if self.failures:
            lines = [line for finding in self.failures for line in _lines(finding)]
            raise PreconditionError(
                "\n  ".join([f"{self.environment} can't be applied: {self._count} to fix", *lines])
            )

    @property
    def _count(self) -> str:
        number = len(self.failures)
        return "1 problem" if number == 1 else f"{number} problems"


def _lines(finding: Finding) -> list[str]:
    first = f"{_NAMES[finding.level]:4}  {finding.subject}  {finding.detail}"
    return [first, f"      fix: {finding.fix}"] if finding.fix else [first]
