"""The load balancer: who may reach it, its names, its WAF and its logs."""

from collections.abc import Iterator, Sequence
from pathlib import Path

from pydantic import Field

from wrapper.environment.block import Block, Fault
from wrapper.environment.existing import ExistingAlb
from wrapper.environment.fields import Text


class AccessLogs(Block):
    retention_days: int = Field(default=90, description="Days after which S3 deletes a log.")


class Waf(Block):
    rate_limit: int | None = Field(
        default=None, description="Requests that one address may send in 5 minutes; null is no limit."
    )
    managed_rule_groups: tuple[Text, ...] | None = Field(
        default=None,
        description="AWS's managed rule groups; null is bad addresses, common attacks and known bad inputs.",
    )
    web_acl_arn: Text | None = Field(
        default=None, description="An existing regional web ACL, instead of the two above."
    )

    def _faults(self, root: Path | None) -> Iterator[Fault]:
        if self.web_acl_arn is not None:
            for key in ("rate_limit", "managed_rule_groups"):
                if getattr(self, key) is not None:
                    yield Fault(
                        key, "be null with web_acl_arn (its owner says what it does)", getattr(self, key)
                    )


class Alb(Block):
    allowed_cidrs: tuple[Text, ...] = Field(
        default=("0.0.0.0/0",), description="IPv4 ranges that may call the load balancer."
    )
    internal: bool = Field(
        default=False, description="Whether it has private addresses only, for callers inside the network."
    )
    certificate_arn: Text | None = Field(
        default=None,
        description="ACM certificate; with one, or dns, HTTPS on 443 and a redirect on 80, else HTTP on 80.",
    )
    redirect: bool = Field(
        default=True,
        description="Whether port 80 redirects to HTTPS, if there is any; false answers on port 80, too.",
    )
    idle_timeout_seconds: int = Field(default=60, description="How long an idle connection stays open.")
    deletion_protection: bool = Field(
        default=False, description="Whether AWS refuses to delete the load balancer."
    )
    access_logs: AccessLogs | None = Field(
        default=None,
        description="A log line for each request, in a bucket of its own, such as `{retention_days: 90}`; "
        "null is none.",
    )
    waf: Waf | None = Field(
        default=None,
        description="AWS WAF in front of it, such as `{rate_limit: 2000}`: managed rules, and a limit for "
        "each address; null is none.",
    )
    existing: ExistingAlb | None = Field(
        default=None,
        description="An existing load balancer, instead of all other keys; null creates one.",
    )

    @property
    def unread(self) -> Sequence[str]:
        return () if self.existing is None else tuple(key for key in Alb.model_fields if key != "existing")

    def _faults(self, root: Path | None) -> Iterator[Fault]:
        if idle := [key for key in self.unread if key in self.model_fields_set]:
            yield Fault("existing", f"stand alone, without {', '.join(idle)} (its owner says what it does)")


class Dns(Block):
    zone_id: Text = Field(description="Public hosted zone of Route 53, such as Z0123456789ABCDEFGHIJ.")
    zone_name: Text = Field(description="The zone's domain, such as example.com.")
    certificate_minutes: float = Field(
        default=30, description="How long an apply waits for AWS to issue the certificate."
    )
