"""The results of each command, made by hand: the text is the same for everybody, at every width."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from tests.wrapper.records import DEFINITION, REPOSITORY, release, service
from tests.wrapper.review.planned import environment, raw, stored
from wrapper.delivery.applied import Applied
from wrapper.delivery.verify import Report
from wrapper.delivery.verify.finding import failure, good, skipped, warning
from wrapper.ecs.alarms import Alarm
from wrapper.ecs.jobs import JobStatus
from wrapper.ecs.load import Load
from wrapper.ecs.rollout.snapshot import Container, Snapshot, Target, Task
from wrapper.ecs.services import LiveService
from wrapper.environment import Setting
from wrapper.environment.release import ModelVersion, ServiceRelease
from wrapper.image import Image
from wrapper.releases import RolloutTime
from wrapper.review import Review, make_review
from wrapper.review.cost import estimate, table_of
from wrapper.sandbox import Sandbox
from wrapper.smoke import Verdict
from wrapper.smoke.verdict import Check as Asked
from wrapper.smoke.verdict import Sample
from wrapper.terraform.plan import Action, AttributeChange, read_plan
from wrapper.verbs.cost import DeployedCost
from wrapper.verbs.doctor import Check
from wrapper.verbs.drift import Drift
from wrapper.verbs.drift.outside import Change
from wrapper.verbs.drift.running import Difference
from wrapper.verbs.rehearse import Rehearsed
from wrapper.verbs.rehearse.report import Proof
from wrapper.verbs.releases import Listing
from wrapper.verbs.status import ServiceStatus, Status

NOW = datetime(2026, 11, 30, 12, tzinfo=UTC)
DIGEST = f"sha256:{'a' * 64}"
RELEASE = ServiceRelease(
    image=f"{REPOSITORY}@{DIGEST}",
    repository_arn=None,
    desired_count=1,
    model=ModelVersion(name="movielens", version="f0286876a511", sha256="b" * 64),
)
COMMIT = "4c2f90de" * 5
MODULE = 'module.ecs_service["recommender"]'
SENTENCE = "GET /?uid=1 → " + '{"success":true,"response":' + '["243","The Golden Web"],' * 6 + "]}"


def reviewed() -> Review:
    return make_review(
        [stored("larger-size")],
        environment=environment(),
        obstacles=["recommender: its image is not published yet."],
        notes=["recommender's image is not built: its digest is a stand-in."],
    )


def status() -> Status:
    """One service is healthy, another one's task fails; an alarm is on, a job has run."""
    up, failing = _task("1a2b3c4d5e6f7a8b", "10.10.0.4"), _task("9f8e7d6c5b4a3f2e", None)
    recommender = ServiceStatus(
        service=_service("recommender", 1, "COMPLETED"),
        release=RELEASE,
        load=Load(start=NOW, seconds=300, requests=3600, failed=9, p95_seconds=0.0123),
        snapshot=_snapshot(
            [up], [Target(address="10.10.0.4", port=8000, state="healthy", reason="", description="")]
        ),
    )
    pages = ServiceStatus(
        service=_service("pages", 0, "FAILED"),
        release=replace(RELEASE, image=f"{REPOSITORY}@sha256:{'c' * 64}", model=None),
        snapshot=_snapshot([failing], []),
    )
    return Status(
        environment="dev",
        at=NOW,
        url="http://127.0.0.1:8080",
        release=release(3),
        services={"recommender": recommender, "pages": pages, "extra": None},
        alarms=(Alarm(name="recommender-errors", since=NOW - timedelta(minutes=14), reason="5 > 1"),),
        jobs={"retrain": JobStatus(name="retrain", task=_task("77aa66bb55cc44dd", None, code=1))},
    )


def applied() -> Applied:
    return Applied(
        environment="dev",
        url="http://127.0.0.1:8080",
        verdicts={
            "recommender": Verdict(
                url="http://127.0.0.1:8080",
                checks=[Asked(name="GET /", ok=True, detail="200")],
                p50_ms=2,
                p95_ms=4,
                sample=Sample(question="GET /?uid=1", body=SENTENCE.partition(" → ")[2]),
            )
        },
        changes=40,
        images={"recommender": Image(reference=RELEASE.image, digest=DIGEST, kind="process", pushed=True)},
        releases={"recommender": RELEASE},
        seconds=90,
        rollouts={"recommender": RolloutTime(seconds=9.2, bound_seconds=25)},
        release=1,
    )


def drifted() -> Drift:
    """Somebody has changed the log retention and opened a port; an older task definition runs."""
    retention = Change(
        stack="app",
        address=f"{MODULE}.aws_cloudwatch_log_group.service",
        type="aws_cloudwatch_log_group",
        action=Action.UPDATE,
        attributes=(AttributeChange(path="retention_in_days", before=7, after=90),),
        by="PutRetentionPolicy by ada, 2026-11-20T15:54:17+00:00",
    )
    opened = {"cidr_blocks": ["0.0.0.0/0"], "from_port": 22, "protocol": "tcp", "to_port": 22}
    ingress = Change(
        stack="app",
        address=f"{MODULE}.aws_security_group.tasks",
        type="aws_security_group",
        action=Action.UPDATE,
        attributes=(AttributeChange(path="ingress", before=None, after=opened),),
        by="AuthorizeSecurityGroupIngress by ada, 2026-11-20T15:54:16+00:00",
    )
    older = Difference(
        service="recommender",
        what="task definition",
        declared="recommender-staging-recommender:12",
        found="recommender-staging-recommender:11",
    )
    return Drift(environment="staging", changes=[retention, ingress], running=[older])


def checks() -> list[Check]:
    return [
        Check(name="python", status="ok", detail="3.12.4, /home/ada/fargate-recommender/.venv/bin/python"),
        Check(
            name="ports",
            status="fail",
            detail="127.0.0.1:4566 must be free for the emulator, another process listens there.",
            fix="stop it, or give sandbox.port another value in environments/dev.yaml",
        ),
        Check(name="credentials", status="warn", detail="not checked: the sandbox needs none"),
    ]


def verified() -> Report:
    """An image is missing, a quota is too low, a check is not for the sandbox."""
    return Report(
        environment="staging",
        findings=[
            failure(
                "services.recommender.image.reference",
                "is missing from its repository.",
                "push it, or leave reference out and let an apply build the image",
            ),
            warning(
                "quotas",
                "Fargate On-Demand vCPU must be at least 6 for a roll-out beside what runs, got 4.",
                "request more in Service Quotas, or let fewer tasks start at a time",
            ),
            good("models", "movielens/f0286876a511 is published."),
            skipped("certificate", "no certificate is declared."),
        ],
    )


def rehearsed() -> Rehearsed:
    """A role lacks a permission; a rule of the review would block an apply."""
    return Rehearsed(
        environment="staging",
        proofs=[
            Proof(what="apply", detail="40 resources; recommender: 4 of 4 checks passed", seconds=92),
            Proof(what="second plan", detail="0 changes", seconds=9),
            Proof(
                what="permissions",
                detail="812 calls of 93 operations: 1 denied, 0 that nobody can judge",
                problems=["denied: apply: kms:GetKeyPolicy of the role recommender-staging-github-apply"],
                seconds=12,
            ),
        ],
        stand_ins=["films: a model trained from the sample, in place of films/1"],
        only_aws=["that the image builds and runs as a container of its own, and pulls in time"],
        stopped_by=["plain-http"],
        seconds=160,
        recording=Path("/home/ada/fargate-recommender/.wrapper/rehearsals/staging/recording"),
    )


def sandbox() -> Sandbox:
    return Sandbox(
        environment="dev",
        pid=4711,
        mark="made",
        port=4566,
        alb_port=8080,
        region="eu-west-1",
        account_id="000000000000",
        started_at=NOW,
        log=Path("/home/ada/fargate-recommender/.wrapper/dev/sandbox/emulator.log"),
        has_networks=False,
    )


def outputs() -> dict[str, Any]:
    name = "services.recommender.slots.blue"
    return {
        "alb": {"name": "recommender-dev", "zone_id": None},
        "network": {"subnet_ids": ["subnet-88a3d169929381ef9", "subnet-798d45eeb2cd7120e"]},
        f"{name}.is_newest": True,
        f"{name}.task_definition_arn": f"{DEFINITION}:1",
    }


def listing() -> Listing:
    both = {"web": service(model=None), "films": service()}
    found = [
        release(3, back_to=1, commit=COMMIT),
        release(2, services=both, commit=COMMIT),
        release(1, commit=None),
    ]
    return Listing(environment="dev", releases=found, running=3)


def costs() -> DeployedCost:
    table = table_of("eu-west-1")
    assert table
    return DeployedCost(
        environment="staging",
        sandbox=False,
        estimate=estimate([stored("no-change")], table),
        existing=["VPC vpc-0123456789abcdef0"],
    )


def costs_behind_nat() -> DeployedCost:
    """Return staging as in its file, as a state: each resource has the plan's values."""
    table = table_of("eu-west-1")
    assert table
    planned = raw("egress-nat")["resource_changes"]
    there = [each["change"]["after"] for each in planned]
    standing = [
        {**each, "change": {"actions": ["no-op"], "before": values, "after": values}}
        for each, values in zip(planned, there, strict=True)
        if values
    ]
    plan = read_plan({"resource_changes": standing}, stack="app")
    return DeployedCost(environment="staging", sandbox=False, estimate=estimate([plan], table))


def settings() -> list[Setting]:
    """A few keys with texts of their own: the environment's own keys change with other work."""
    return [
        Setting(
            path=("project",),
            value="recommender",
            source="file",
            line=5,
            description="Prefix of names, as in recommender-dev; 24 characters with the environment.",
        ),
        Setting(
            path=("target",),
            value="sandbox",
            source="file",
            line=6,
            choices=("sandbox", "aws"),
            description="Where it runs: an emulator on this machine, or AWS.",
        ),
        Setting(path=("account_id",), value="000000000000", description="12 digits in quotes."),
        Setting(path=("sandbox",), description="The emulator; read only with target: sandbox."),
        Setting(path=("sandbox", "port"), value=4566, source="--set", description="Port on 127.0.0.1."),
    ]


def _service(name: str, running: int, state: str) -> LiveService:
    return LiveService(
        name=name,
        task_definition_arn=f"{DEFINITION}:1",
        target_group_arn=None,
        desired=1,
        running=running,
        pending=0,
        state=state,
    )


def _snapshot(tasks: list[Task], targets: list[Target]) -> Snapshot:
    return Snapshot(elapsed_seconds=0, exists=True, deployments=[], tasks=tasks, targets=targets, events=[])


def _task(name: str, address: str | None, *, code: int | None = None) -> Task:
    return Task(
        id=name,
        status="RUNNING" if address else "STOPPED",
        created_at=NOW - timedelta(hours=3),
        stop_code="" if address else "EssentialContainerExited",
        stopped_reason="",
        address=address,
        containers=[Container(name="app", exit_code=code, reason="")],
    )
