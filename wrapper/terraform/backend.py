"""Where a stack's state is kept: the settings that `terraform init` gets as a file."""

import json
from dataclasses import dataclass
from typing import Protocol

# An emulator answers under one host name and checks no accounts; AWS_ENDPOINT_URL is its address.
_SANDBOX_SETTINGS = (
    "use_path_style",
    "skip_credentials_validation",
    "skip_requesting_account_id",
    "skip_metadata_api_check",
    "skip_region_validation",
)


class Backend(Protocol):
    def render(self) -> str:
        """Return the settings as `name = value` lines."""
        ...


@dataclass(frozen=True, kw_only=True)
class S3Backend:
    """Keep the state under `key` in an existing S3 bucket, with Terraform's own lock file beside it.

    `account_id`, if given, makes Terraform refuse the credentials of another account.
    """

    bucket: str
    key: str
    region: str
    sandbox: bool = False
    account_id: str | None = None

    def render(self) -> str:
        settings: dict[str, object] = {
            "bucket": self.bucket,
            "key": self.key,
            "region": self.region,
            "encrypt": True,
            "use_lockfile": True,
        }
        if self.sandbox:
            settings |= dict.fromkeys(_SANDBOX_SETTINGS, True)
        elif self.account_id:
            settings["allowed_account_ids"] = [self.account_id]
        return "".join(f"{name} = {json.dumps(value)}\n" for name, value in settings.items())
