"""What a rehearsal has proven, what had a stand-in, and what only AWS can show."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from wrapper.console import plural
from wrapper.environment import Environment
from wrapper.errors import NotJudgedError, RehearsalError

_MOST_TOLD = 20


@dataclass(frozen=True, kw_only=True)
class Proof:
    """One thing that was tried: the result in a few words, and a sentence for each problem."""

    what: str
    detail: str
    problems: Sequence[str] = ()
    seconds: float = 0.0

    @property
    def ok(self) -> bool:
        return not self.problems


@dataclass(frozen=True, kw_only=True)
class Rehearsed:
    """`not_judged` says why the permissions were not judged; None if they were.

    `stopped_by` are the rules of the review that stop an apply unless somebody allows them.
    """

    environment: str
    proofs: Sequence[Proof]
    stand_ins: Sequence[str]
    only_aws: Sequence[str]
    seconds: float
    recording: Path
    stopped_by: Sequence[str] = ()
    not_judged: NotJudgedError | None = None

    @property
    def problems(self) -> list[str]:
        return [problem for proof in self.proofs for problem in proof.problems]

    @property
    def verdict(self) -> str:
        """Say how it went, and in a second line what stops an apply all the same."""
        told = f"{self.environment}: {self._outcome} after {self.seconds:.0f} s"
        if self.stopped_by:
            told += f"\nAn apply stops until these are allowed or fixed: {', '.join(self.stopped_by)}"
        return told

    def rows(self) -> list[tuple[str, str, str, str]]:
        """List the proofs below headings, each problem in a row of its own; of many the first ones."""
        found = [("", "PROOF", "SECONDS", "FOUND")]
        for proof in self.proofs:
            found.append(("ok" if proof.ok else "fail", proof.what, f"{proof.seconds:.0f}", proof.detail))
            told = [*proof.problems[:_MOST_TOLD]]
            if (more := len(proof.problems) - _MOST_TOLD) > 0:
                told.append(f"and {more} more; --json has all")
            found += [("", "", "", each) for each in told]
        if self.not_judged:
            found.append(("warn", "permissions", "-", f"not judged: {self.not_judged.message}"))
            found += [("", "", "", f"fix: {self.not_judged.fix}")] if self.not_judged.fix else []
        return found

    def remarks(self) -> str:
        """Say below the proofs what had a stand-in, what only AWS can show, and where the requests are."""
        lines = ["Stand-ins:", *(f"  · {each}" for each in self.stand_ins)] if self.stand_ins else []
        lines += ["Only AWS can show:", *(f"  · {each}" for each in self.only_aws)]
        lines.append(f"The requests and the roles are in {self.recording}")
        return "\n".join(lines)

    @property
    def _outcome(self) -> str:
        if self.problems:
            return plural(len(self.problems), "problem")
        return "good, but its permissions were not judged," if self.not_judged else "good"

    def as_json(self) -> dict[str, Any]:
        return {
            "environment": self.environment,
            "ok": not self.problems and self.not_judged is None,
            "seconds": round(self.seconds, 1),
            "proofs": [asdict(proof) | {"ok": proof.ok} for proof in self.proofs],
            "permissions_judged": self.not_judged is None,
            "stopped_by": list(self.stopped_by),
            "stand_ins": list(self.stand_ins),
            "only_aws": list(self.only_aws),
            "recording": str(self.recording),
        }

    def raise_unless_good(self) -> None:
        """Raise RehearsalError for what failed, else NotJudgedError if the permissions were not judged."""
        if self.problems:
            count = plural(len(self.problems), "problem")
            raise RehearsalError(
                f"{self.environment} must not be applied on AWS like this: {count}.",
                fix=f"see above; the requests and the roles are in {self.recording}",
            )
        if self.not_judged:
            raise self.not_judged


def only_aws(environment: Environment) -> list[str]:
    """List what no sandbox can show about this environment."""
    told = [
        f"that account {environment.account_id} has the quotas, zones and free names that this needs",
        "policies of the organization, permission boundaries, other people's resource policies",
        "that the image builds and runs as a container of its own, and pulls in time",
        "that security groups, routes and endpoints allow what is needed, and nothing else",
        "AWS's own waiting times",
    ]
    if any(service.scaling.max > service.scaling.min for service in environment.services.values()):
        told.append("scaling by load, and the alarms' measurements")
    if environment.dns or environment.alb.certificate_arn:
        told.append("that the names lead to the load balancer, and its certificate is issued")
    if environment.monitoring.emails:
        told.append(f"that {', '.join(environment.monitoring.emails)} confirm the subscription")
    if environment.cluster.ec2:
        told.append("that instances of these types are available")
    return told
