"""Whether the log groups and the certificate can be used."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

from wrapper.delivery.verify.finding import Finding, Scene, failure, good, skipped, warning

_SOON = timedelta(days=30)


def log_groups(scene: Scene) -> Iterator[Finding]:
    """Look for each log group: without one no task starts. `names` reports a foreign one."""
    for name in (*scene.environment.services, *scene.environment.jobs):
        yield _log_group(scene, f"/ecs/{scene.environment.prefix}/{name}")


def _log_group(scene: Scene, name: str) -> Finding:
    subject = f"log group {name}"
    pages = scene.aws.logs.get_paginator("describe_log_groups").paginate(logGroupNamePrefix=name)
    there = any(each.get("logGroupName") == name for page in pages for each in page["logGroups"])
    managed = name in scene.managed
    if there:
        return good(subject, "is there") if managed else skipped(subject, "exists, unknown to Terraform")
    if managed:
        return warning(
            subject,
            "is missing, so no task can start: somebody has deleted it.",
            f"python -m wrapper apply {scene.environment.called} creates it again",
        )
    return skipped(subject, "is created by apply")


def certificate(scene: Scene) -> Iterator[Finding]:
    """Check that the load balancer's certificate is issued, is in this region, and is valid for a while."""
    arn = scene.environment.alb.certificate_arn
    if arn is not None:
        yield _certificate(scene, arn)


def _certificate(scene: Scene, arn: str) -> Finding:
    subject, region = "alb.certificate_arn", arn.split(":")[3]
    if region != scene.environment.region:
        return failure(
            subject,
            f"must be of the load balancer's region {scene.environment.region}, got {arn}.",
            f"aws acm request-certificate --region {scene.environment.region} --domain-name NAME",
        )
    try:
        found = scene.aws.acm.describe_certificate(CertificateArn=arn)["Certificate"]
    except scene.aws.acm.exceptions.ResourceNotFoundException:
        return failure(
            subject,
            f"must be a certificate that exists, but there is no {arn}.",
            "aws acm list-certificates",
        )
    status, until = found.get("Status", ""), found.get("NotAfter")
    if status != "ISSUED":
        return failure(
            subject,
            f"must be issued, got {status}.",
            f"answer its validation: aws acm describe-certificate --certificate-arn {arn}",
        )
    if until and until < datetime.now(UTC) + _SOON:
        return warning(
            subject,
            f"should be valid for 30 more days, but ends on {until:%Y-%m-%d}.",
            "renew it: ACM does so by itself while its DNS records exist",
        )
    return good(subject, f"{found.get('DomainName', arn)} is issued")
