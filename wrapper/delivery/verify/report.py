"""All findings: as rows for a person, as JSON for a script, as an error for the exit code."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

from wrapper.delivery.verify.finding import Finding, Level
from wrapper.errors import PreconditionError

# The worst first.
_WORDS: Mapping[Level, str] = {"fail": "to fix", "warn": "with a warning", "ok": "good", "skipped": "skipped"}
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
        """Count the findings, such as `1 with a warning, 9 good, 2 skipped`."""
        count = Counter(each.level for each in self.findings)
        return ", ".join(f"{count[level]} {word}" for level, word in _WORDS.items() if count[level])

    @property
    def verdict(self) -> str:
        """Say whether the environment can be applied, and count the findings."""
        return f"{self.environment} {'can' if self.ok else 'cannot'} be applied: {self.summary}"

    def rows(self) -> list[tuple[str, str, str]]:
        """List what was checked below headings, the worst first, each with its fix in a row of its own."""
        found = [("", "CHECK", "FOUND")]
        for each in sorted(self.findings, key=lambda finding: [*_WORDS].index(finding.level)):
            found.append((each.level, each.subject, each.detail))
            if each.fix:
                found.append(("", "", f"fix: {each.fix}"))
        return found

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
