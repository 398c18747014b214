"""What belongs to the account: a stack that a person applies, and nobody destroys.

It takes permission to create roles.
"""

from dataclasses import dataclass

from wrapper.delivery import account, tfvars
from wrapper.delivery.plans import apply_stack
from wrapper.delivery.rules import refuse_what_aws_would
from wrapper.delivery.site import ACCOUNT, Command, Site, ensure_state_bucket, enter


@dataclass(frozen=True, kw_only=True)
class Standing:
    """What the account has now; `copies` are regions by the prefix of the repositories copied there."""

    account_id: str
    region: str
    github_provider_arn: str | None
    copies: dict[str, list[str]]
    service_linked_roles: list[str]

    def rows(self) -> list[tuple[str, str]]:
        copies = [f"{prefix}* to {', '.join(regions)}" for prefix, regions in self.copies.items()]
        return [
            ("Account", self.account_id),
            ("Region", self.region),
            ("GitHub's provider", self.github_provider_arn or "none"),
            ("Copies", "; ".join(copies) or "none"),
            ("Services' roles", ", ".join(self.service_linked_roles) or "none"),
        ]


def apply(command: Command) -> Standing:
    """Add what the environment needs in its account, and change nothing that somebody else has set."""
    refuse_what_aws_would(command)
    site = enter(command)
    apply_at(site)
    found = account.look(site.aws)
    return Standing(
        account_id=command.environment.account_id,
        region=command.environment.region,
        github_provider_arn=found.github_provider_arn,
        copies={
            prefix: [each["region"] for each in rule["destinations"]]
            for rule in found.replication
            for prefix in rule["prefixes"] or [""]
        },
        service_linked_roles=sorted(found.service_linked_roles),
    )


def apply_at(site: Site) -> None:
    """Apply the account's stack, after importing what exists."""
    ensure_state_bucket(site, ACCOUNT)
    with site.command.console.step("Read the account") as step:
        existing = account.look(site.aws)
        step.result(f"{len(existing.service_linked_roles)} roles of services")
    apply_stack(site, ACCOUNT, tfvars.render_account(site.command.environment, existing))
