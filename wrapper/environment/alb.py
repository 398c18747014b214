"""The load balancer: who may reach it, by which names, and what guards and logs it."""

from collections.abc import Iterator
from itertools import combinations
from pathlib import Path
from typing import Annotated

from pydantic import Field

from wrapper.environment.block import Block, Fault
from wrapper.environment.fields import CertificateArn, Cidr, DomainName, Positive, Text, WebAclArn, ZoneId
from wrapper.environment.network import overlapping


class AccessLogs(Block):
    retention_days: Positive = Field(default=90, description="Days after which S3 deletes a log.")


class Waf(Block):
    rate_limit: Annotated[int, Field(ge=10, le=2_000_000_000)] | None = Field(
        default=None, description="Requests that one address may send in 5 minutes; null is no limit."
    )
    managed_rule_groups: tuple[Text, ...] | None = Field(
        default=None,
        description="AWS's managed rule groups; null is bad addresses, common attacks and known bad inputs.",
    )
    web_acl_arn: WebAclArn | None = Field(
        default=None, description="A regional web ACL that exists, instead of the two above."
    )

    def _faults(self, root: Path | None) -> Iterator[Fault]:
        if self.web_acl_arn is not None:
            for key in ("rate_limit", "managed_rule_groups"):
                if getattr(self, key) is not None:
                    yield Fault(
                        key, "be null with web_acl_arn (its owner says what it does)", getattr(self, key)
                    )
        elif self.rate_limit is None and self.managed_rule_groups == ():
            yield Fault(
                "", "have a rate_limit or managed_rule_groups (it would let everything pass)", "neither"
            )


class Alb(Block):
    allowed_cidrs: tuple[Cidr, ...] = Field(
        default=("0.0.0.0/0",), description="IPv4 ranges that may open the URL."
    )
    internal: bool = Field(
        default=False, description="Whether it has private addresses only, for callers inside the network."
    )
    certificate_arn: CertificateArn | None = Field(
        default=None,
        description="ACM certificate; with one, or dns, HTTPS on 443 and a redirect on 80, else HTTP on 80.",
    )
    idle_timeout_seconds: Positive = Field(default=60, description="How long a silent connection stays open.")
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

    def _faults(self, root: Path | None) -> Iterator[Fault]:
        if not self.allowed_cidrs:
            yield Fault("allowed_cidrs", "name at least 1 range (nobody could open the URL)", 0)
        for one, other in combinations(self.allowed_cidrs, 2):
            if overlapping(one, other):
                yield Fault("allowed_cidrs", "name ranges that do not overlap", f"{one} and {other}")

    def strangers(self, region: str | None) -> Iterator[Fault]:
        """Yield what is of another region than the load balancer, which takes neither; None is not known."""
        arns = {"certificate_arn": self.certificate_arn, "waf.web_acl_arn": self.waf and self.waf.web_acl_arn}
        for key, arn in arns.items():
            if region and arn and arn.split(":")[3] != region:
                yield Fault(key, f"be of the load balancer's region {region}", arn)


class Dns(Block):
    zone_id: ZoneId = Field(description="Public hosted zone of Route 53, such as Z0123456789ABCDEFGHIJ.")
    zone_name: DomainName = Field(description="The zone's domain, such as example.com.")

    def holds(self, host: str) -> bool:
        return host.lower() == self.zone_name or host.lower().endswith(f".{self.zone_name}")
