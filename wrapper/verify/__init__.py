"""Pre-flight: what an apply needs and does not make itself, looked at before anything is touched.

Each check only reads. All run at once, in threads, and each tells all that it finds.
"""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

from wrapper import history
from wrapper.aws import explained
from wrapper.errors import WrapperError
from wrapper.ground import APP, Ground
from wrapper.verify.access import roles, secrets
from wrapper.verify.finding import Check, Finding, Level, Scene
from wrapper.verify.images import images
from wrapper.verify.models import models
from wrapper.verify.places import certificate, log_groups
from wrapper.verify.quotas import quotas
from wrapper.verify.report import Report
from wrapper.verify.subnets import subnets, zones

__all__ = ["CHECKS", "Finding", "Level", "Report", "Scene", "refuse_what_cannot_run", "run", "verify"]

CHECKS: Sequence[Check] = (images, models, secrets, roles, log_groups, zones, subnets, quotas, certificate)


def verify(ground: Ground) -> Report:
    """Look at all that the environment needs; what only an apply makes is skipped with a word."""
    environment = ground.job.environment
    with ground.job.console.step("Verify what it needs") as step:
        scene = Scene(
            aws=ground.aws,
            environment=environment,
            release=history.newest(ground.aws, bucket=environment.state_bucket),
            log_groups=frozenset(ground.names_of(APP, kind="aws_cloudwatch_log_group")),
            sandbox=ground.sandbox is not None,
        )
        report = Report(environment=environment.name, findings=run(scene))
        step.result(report.summary)
    return report


def refuse_what_cannot_run(ground: Ground) -> None:
    """Raise PreconditionError with all that stands in the way; only tell what may do so later."""
    report = verify(ground)
    for finding in report.warnings:
        ground.job.console.warn(f"{finding.subject} {finding.detail}")
    report.raise_unless_good()


def run(scene: Scene, checks: Sequence[Check] = CHECKS) -> tuple[Finding, ...]:
    """Run the checks at once; their findings come in the checks' order."""
    _make_clients(scene)
    with ThreadPoolExecutor(max_workers=len(checks)) as pool:
        found = pool.map(lambda check: _findings(check, scene), checks)
        return tuple(finding for findings in found for finding in findings)


def _findings(check: Check, scene: Scene) -> list[Finding]:
    """Let one check speak; what it can't find out, for want of a permission say, is a warning."""
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
    """Make them here: clients may be used from any thread, but boto3 can't make two at a time."""
    aws = scene.aws
    _ = (aws.acm, aws.cloudwatch, aws.ec2, aws.ecr, aws.ecs, aws.elbv2, aws.iam, aws.logs)
    _ = (aws.quotas, aws.s3, aws.secrets, aws.ssm)
