"""Ask OSV for known vulnerabilities of every locked Python package, by pip-audit.

    python .ci/audit.py [LOCK...]

Without LOCK it reads all of requirements/*.lock. Those that are accepted until a date are in
requirements/vulnerabilities.yaml; after that date it fails. PIP_AUDIT_OSV_URL names another OSV.
"""

import datetime
import json
import subprocess
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import yaml
from pydantic import BaseModel, ConfigDict, TypeAdapter, ValidationError

REQUIREMENTS = Path(__file__).parents[1] / "requirements"
ALLOWED = REQUIREMENTS / "vulnerabilities.yaml"


class Allowed(BaseModel):
    """A vulnerability that is borne until the end of a day, and why."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    package: str
    id: str
    until: datetime.date
    why: str


class Unaudited(Exception):
    """A lock could not be audited; the text is pip-audit's last line."""


@dataclass(frozen=True)
class Finding:
    """`ids` are the vulnerability's own and its aliases, `fixed` the versions that don't have it."""

    lock: str
    package: str
    version: str
    ids: tuple[str, ...]
    fixed: tuple[str, ...]

    def __str__(self) -> str:
        fix = f"fixed in {', '.join(self.fixed)}" if self.fixed else "not fixed yet"
        return f"{self.lock}: {self.package} {self.version} has {' '.join(self.ids)}, {fix}."


def audit(lock: Path) -> list[Finding]:
    """Return what is known of a lock's packages; raises Unaudited, also if there was nothing to ask about."""
    # Strict: otherwise what can't be audited is passed over, and nothing audited is success.
    command = [sys.executable, "-m", "pip_audit", "--strict", "--require-hashes", "--disable-pip"]
    command += ["--vulnerability-service", "osv", "--progress-spinner", "off", "--format", "json"]
    done = subprocess.run([*command, "-r", str(lock)], capture_output=True, text=True, check=False)
    try:
        packages = json.loads(done.stdout)["dependencies"]
    except (ValueError, KeyError):
        last = (done.stderr.strip().splitlines() or ["no word"])[-1]
        raise Unaudited(f"{lock.name} must be audited, but pip-audit said: {last}") from None
    if not packages:
        raise Unaudited(f"{lock.name} must name at least one package for this platform, got none.")
    return [
        Finding(
            lock.name,
            each["name"],
            each["version"],
            (found["id"], *sorted(found["aliases"])),
            tuple(found["fix_versions"]),
        )
        for each in packages
        for found in each["vulns"]
    ]


def problems(findings: Sequence[Finding], allowed: Sequence[Allowed], today: datetime.date) -> Iterator[str]:
    """Say what is not borne, and what has been for too long."""
    for each in allowed:
        if each.until < today:
            yield f"{ALLOWED.name}: {each.package} {each.id} was borne until {each.until}, which is over."
    current = [each for each in allowed if each.until >= today]
    for finding in findings:
        if not any(each.package == finding.package and each.id in finding.ids for each in current):
            yield str(finding)


def read(path: Path) -> list[Allowed]:
    """Read the list; exits if it can't be understood."""
    try:
        return TypeAdapter(list[Allowed]).validate_python(yaml.safe_load(path.read_text("utf-8")) or [])
    except (yaml.YAMLError, ValidationError) as error:
        sys.exit(f"error: {path.name} must list package, id, until and why, but: {error}")


def main(arguments: Sequence[str]) -> None:
    locks = [Path(each) for each in arguments] or sorted(REQUIREMENTS.glob("*.lock"))
    findings, wrong = [], []
    for lock in locks:
        try:
            findings += audit(lock)
        except Unaudited as error:
            wrong.append(str(error))
    allowed = read(ALLOWED)
    wrong += problems(findings, allowed, datetime.datetime.now(datetime.UTC).date())
    if wrong:
        fix = "fix: make lock after an upgrade, or bear it with a date in requirements/vulnerabilities.yaml"
        sys.exit("\n".join([*(f"error: {each}" for each in wrong), fix]))
    borne = f", {len(findings)} borne" if findings else ""
    print(f"{len(locks)} lock files: no known vulnerability{borne}.")


if __name__ == "__main__":
    main(sys.argv[1:])
