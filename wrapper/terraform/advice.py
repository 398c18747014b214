"""What to do about known errors of terraform."""

import re
from dataclasses import dataclass

NOT_INITIALISED = re.compile(
    "Backend initialization required|Required plugins are not installed|Module not installed"
)


@dataclass(frozen=True, kw_only=True)
class Advice:
    """What to do about an error; `unusable` means that the credentials are at fault."""

    pattern: str
    fix: str
    unusable: bool = False


_KNOWN = (
    Advice(
        pattern="Saved plan is stale|Saved plan does not match|Saved plan has no changes",
        fix="The state was changed after this plan was made. Plan again, review, and apply the new plan.",
    ),
    Advice(
        pattern="ExpiredToken|token has expired|SSO session .* has expired|token .* is expired",
        fix="Renew the AWS credentials (for example `aws sso login`), then run the same command again.",
        unusable=True,
    ),
    Advice(
        pattern="No valid credential sources|failed to refresh cached credentials|no EC2 IMDS role found",
        fix="Give AWS credentials: AWS_PROFILE, or AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or a role.",
        unusable=True,
    ),
    Advice(
        pattern="InvalidClientTokenId|SignatureDoesNotMatch|UnrecognizedClientException|AuthFailure",
        fix="AWS does not know these credentials: check the key, the secret and the clock of this machine.",
        unusable=True,
    ),
    Advice(
        pattern="AWS account ID not allowed|not in the list of allowed account IDs",
        fix="The credentials are for another account than the environment's account_id: switch one of them.",
        unusable=True,
    ),
    Advice(
        pattern="NoSuchBucket|S3 bucket .* does not exist",
        fix="The state bucket is missing: `python -m wrapper apply` creates it.",
    ),
    Advice(
        pattern="connection refused|no such host|i/o timeout|Failed to query available provider packages",
        fix="Something could not be reached: `python -m wrapper doctor` shows what.",
    ),
    Advice(
        pattern="(?i)no space left on device|disk quota exceeded|file too large",
        fix="Free space on the disk of .wrapper and of TMPDIR, then run the same command again.",
        unusable=True,
    ),
    Advice(
        pattern=NOT_INITIALISED.pattern,
        fix="Run the same command again: it initialises the stack again.",
    ),
    Advice(
        pattern="Provider dependency changes detected|doesn't match any of the checksums",
        fix="The stack's .terraform.lock.hcl does not fit: run `terraform init` in its folder and commit it.",
    ),
)


def advice_on(text: str) -> Advice | None:
    """Return the first advice that fits the text."""
    return next((advice for advice in _KNOWN if re.search(advice.pattern, text)), None)
