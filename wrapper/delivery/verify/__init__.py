"""Verify: what an apply needs and does not create, checked before anything is changed.

Each check only reads. All run in parallel, in threads, and each reports all that it finds.
"""

from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

from wrapper import releases
from wrapper.aws.client import explained
from wrapper.delivery import tfvars
from wrapper.delivery.contents import stand_in
from wrapper.delivery.listener_rules import listener_rules
from wrapper.delivery.site import APP, Site
from wrapper.delivery.verify.access import roles, secrets
from wrapper.delivery.verify.account import copies
from wrapper.delivery.verify.bucket import bucket
from wrapper.delivery.verify.egress import egress
from wrapper.delivery.verify.existing import cluster, repositories
from wrapper.delivery.verify.finding import Check, Finding, Level, Scene
from wrapper.delivery.verify.images import images
from wrapper.delivery.verify.listener import alb
from wrapper.delivery.verify.models import models
from wrapper.delivery.verify.names import names
from wrapper.delivery.verify.places import certificate, log_groups
from wrapper.delivery.verify.quotas import quotas
from wrapper.delivery.verify.report import Report
from wrapper.delivery.verify.running import running
from wrapper.delivery.verify.subnets import subnets, zones
from wrapper.delivery.verify.temporary import temporary_folders
from wrapper.errors import WrapperError

__all__ = [
    "CHECKS",
    "Finding",
    "Level",
    "Report",
    "Scene",
    "look",
    "refuse_what_cannot_run",
    "verify",
]

CHECKS: Sequence[Check] = (
    names,
    images,
    temporary_folders,
    models,
    running,
    secrets,
    roles,
    log_groups,
    zones,
    subnets,
    egress,
    quotas,
    certificate,
    copies,
    cluster,
    repositories,
    bucket,
    alb,
)


def verify(site: Site) -> Report:
    """Check all that the environment needs; what only an apply creates is skipped with a remark."""
    environment = site.command.environment
    with site.command.console.step("Verify what it needs") as step:
        scene = Scene(
            aws=site.aws,
            environment=environment,
            release=releases.newest(
                site.aws, bucket=environment.state_bucket, tell=site.command.console.warn
            ),
            managed=site.managed(),
            sandbox=site.sandbox is not None,
            priorities=_priorities(site),
            root=site.command.root,
        )
        report = Report(environment=environment.name, findings=look(scene))
        step.result(report.summary)
    return report


def _priorities(site: Site) -> Mapping[int, str]:
    """Return the priorities that an apply would use on an existing listener; none without one."""
    environment = site.command.environment
    if environment.alb.existing is None:
        return {}
    contents = replace(stand_in(environment), rules=listener_rules(site))
    return site.terraform.priorities({APP: tfvars.render_app(environment, contents)})


def refuse_what_cannot_run(site: Site) -> None:
    """Raise PreconditionError with everything that blocks an apply; only report what may block later."""
    report = verify(site).before_apply()
    for finding in report.warnings:
        site.command.console.warn(f"{finding.subject} {finding.detail}")
    report.raise_unless_good()


def look(scene: Scene, checks: Sequence[Check] = CHECKS) -> tuple[Finding, ...]:
    """Run the checks in parallel; return their findings in the checks' order."""
    _make_clients(scene)
    with ThreadPoolExecutor(max_workers=len(checks)) as pool:
        found = pool.map(lambda check: _findings(check, scene), checks)
        return tuple(finding for findings in found for finding in findings)


def _findings(check: Check, scene: Scene) -> list[Finding]:
    """Run one check; what it cannot find out, for example without a permission, is a warning."""
    found: list[Finding] = []
    try:
        with explained():
            found.extend(check(scene))
    except WrapperError as error:
        subject = check.__name__.replace("_", " ")
        found.append(
            Finding(level="warn", subject=subject, detail=f"not checked: {error.message}", fix=error.fix)
        )
    return found


def _make_clients(scene: Scene) -> None:
    """Create the clients here: any thread may use them, but boto3 cannot create two in parallel."""
    aws = scene.aws
    _ = (aws.acm, aws.cloudwatch, aws.ec2, aws.ecr, aws.ecs, aws.elbv2, aws.iam, aws.logs)
    _ = (aws.quotas, aws.s3, aws.secrets, aws.ssm, aws.tagging)
