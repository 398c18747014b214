"""Make the plans that the tests of the review read: real ones of the two stacks, without AWS.

Run `python -m tests.wrapper.review.make_plans` after a change of the stacks; it takes some minutes.
"""

import json
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from tests.sample import ENVIRONMENTS
from tests.terraform.examples import DIGEST
from tests.terraform.roots import copy_root, terraform_variables
from tests.wrapper.review.settled import OfflineStack
from wrapper.delivery import tfvars
from wrapper.delivery.contents import Contents
from wrapper.environment import Environment, load
from wrapper.environment.job import Job
from wrapper.environment.release import JobRelease, ModelVersion, ServiceRelease
from wrapper.terraform.outputs import Bucket

HERE = Path(__file__).parent / "plans"
OTHER_DIGEST = "sha256:" + "fedcba9876543210" * 4
# What is read; the rest (configuration, prior state, variables) repeats it.
KEPT = ("format_version", "terraform_version", "resource_drift", "output_changes", "checks", "complete")


def environment(name: str, *overrides: str) -> Environment:
    return load(name, directory=ENVIRONMENTS, overrides=overrides)


def releases(environment: Environment, digest: str) -> Mapping[str, ServiceRelease]:
    """Return each service's release, as if it were built and published."""
    account, prefix = environment.account_id, environment.prefix
    return {
        name: ServiceRelease(
            image=f"{account}.dkr.ecr.{environment.region}.amazonaws.com/{prefix}/{name}@{digest}",
            repository_arn=f"arn:aws:ecr:{environment.region}:{account}:repository/{prefix}/{name}",
            model=ModelVersion(name="movielens", version="1", sha256="ab" * 32) if service.model else None,
            desired_count=service.scaling.min,
        )
        for name, service in environment.services.items()
    }


def app_values(environment: Environment, digest: str = DIGEST) -> str:
    bucket = Bucket(name=environment.model_bucket, arn=f"arn:aws:s3:::{environment.model_bucket}")
    found = releases(environment, digest)
    jobs = {name: _job_release(job, found) for name, job in environment.jobs.items()}
    contents = Contents(images={}, releases=found, jobs=jobs, model_bucket=bucket)
    return tfvars.render_app(environment, contents)


def _job_release(job: Job, releases: Mapping[str, ServiceRelease]) -> JobRelease:
    """Give a job the image of its service."""
    release = releases[str(job.image.service)]
    return JobRelease(image=release.image, repository_arn=release.repository_arn)


_EXTRA = {
    "image": {"reference": f"registry.example.com/extra@{DIGEST}"},
    "command": None,
    "port": 80,
    "environment": {},
    "secrets": {},
    "size": {"cpu": 256, "memory": 512},
    "scaling": {"min": 1, "max": 2, "cpu_percent": None, "requests_per_target": None},
    "health": {
        "path": "/",
        "status": "200",
        "interval_seconds": 10,
        "timeout_seconds": 5,
        "healthy_threshold": 2,
        "unhealthy_threshold": 2,
        "grace_seconds": 30,
    },
    "rollout": {
        "minimum_healthy_percent": 50,
        "maximum_percent": 200,
        "drain_seconds": 30,
        "stop_timeout_seconds": 30,
        "deadline_seconds": 300,
        "failed_tasks": 2,
    },
    "route": {"hosts": [], "paths": ["/extra/*"]},
    "logs": {"retention_days": 7},
    "model": None,
    "smoke": {
        "latency_ms": 500,
        "attempts": 1,
        "requests": [{"path": "/extra/", "status": 200, "recommendations": None}],
    },
}
# Everything that a plan can contain and the other plans do not.
_EVERYTHING = (
    "alb.access_logs={}",
    "alb.waf={rate_limit: 2000}",
    "dns={zone_id: Z0123456789ABCDEFGHIJ, zone_name: example.com}",
    "monitoring={emails: [ops@example.com], dashboard: true}",
    "network.egress=endpoints",
    "network.flow_logs={}",
    "services.recommender.alarms={error_percent: 1, latency_p95_ms: 300}",
    "services.recommender.image.architecture=arm64",
    "services.recommender.route.hosts=[api.example.com]",
    "jobs.retrain={image: {service: recommender}, size: {cpu: 1024, memory: 2048}, "
    "trigger: {schedule: {expression: 'cron(0 3 * * ? *)'}}}",
    "jobs.import={image: {service: recommender}, size: {cpu: 256, memory: 512}, "
    "trigger: {object_created: {prefix: in/}}}",
)
_SECOND = f"services.extra={json.dumps(_EXTRA)}"
_SIZE = "services.recommender.size={cpu: 1024, memory: 2048}"


def app_plans(stack: OfflineStack) -> Iterator[tuple[str, Any]]:
    """Plan changes of staging with public egress, then production's first create."""
    public = "network.egress=public"
    old = environment("staging", public)
    yield "first-create", stack.plan(app_values(old))
    stack.settle(app_values(old))
    yield "no-change", stack.plan(app_values(old))
    yield "new-image", stack.plan(app_values(old, OTHER_DIGEST))
    yield "larger-size", stack.plan(app_values(environment("staging", public, _SIZE)))
    yield "service-added", stack.plan(app_values(environment("staging", public, _SECOND)))
    yield "egress-nat", stack.plan(app_values(environment("staging", "network.egress=nat")))
    yield "renamed", stack.plan(app_values(environment("staging", public, "project=movies")))
    yield "destroy", stack.plan(app_values(old), destroy=True)
    stack.settle(app_values(environment("staging", public, _SECOND)))
    yield "service-removed", stack.plan(app_values(old))


def foundation_plans(stack: OfflineStack) -> Iterator[tuple[str, Any]]:
    staging = tfvars.render_foundation(environment("staging"))
    yield "foundation-first-create", stack.plan(staging)
    stack.settle(staging)
    yield "foundation-renamed", stack.plan(tfvars.render_foundation(environment("staging", "project=movies")))
    yield "foundation-destroy", stack.plan(staging, destroy=True)


def trimmed(document: Mapping[str, Any]) -> dict[str, Any]:
    kept = {key: document[key] for key in KEPT if key in document}
    resources = [
        {key: value for key, value in each.items() if key != "provider_name"}
        for each in document["resource_changes"]
    ]
    return kept | {"resource_changes": resources}


def plans(work: Path) -> Iterator[tuple[str, Any]]:
    variables = terraform_variables(work)
    production = OfflineStack(copy_root("stacks/app", work / "production"), variables)
    yield "production", production.plan(app_values(environment("prod")))
    yield "everything", production.plan(app_values(environment("staging", *_EVERYTHING)))
    yield from foundation_plans(OfflineStack(copy_root("stacks/foundation", work / "foundation"), variables))
    yield from app_plans(OfflineStack(copy_root("stacks/app", work / "app"), variables))


def main() -> None:
    with tempfile.TemporaryDirectory() as work:
        for name, document in plans(Path(work)):
            text = json.dumps(trimmed(document), separators=(",", ":"), sort_keys=True)
            (HERE / f"{name}.json").write_text(text + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
