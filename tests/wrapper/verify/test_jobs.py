"""What jobs and followers need before an apply: roles, log groups, secrets, a valid pointer."""

import json
from dataclasses import replace
from typing import Any

import pytest

from tests.wrapper.stack import ACCOUNT, Stack
from tests.wrapper.verify.scenes import found, only, scene_of
from wrapper.delivery.verify import Scene
from wrapper.delivery.verify.access import roles, secrets
from wrapper.delivery.verify.images import images
from wrapper.delivery.verify.models import models
from wrapper.delivery.verify.places import log_groups
from wrapper.environment import Job

pytestmark = pytest.mark.slow

FOLLOWER = {"name": "pointed", "follow": True}


def with_job(stack: Stack, **changes: Any) -> Scene:
    scene = scene_of(stack)
    data = {"image": {"service": "web"}, "size": {"cpu": 256, "memory": 512}, **changes}
    jobs = {"report": Job.model_validate(data)}
    return replace(scene, environment=scene.environment.model_copy(update={"jobs": jobs}))


def test_a_jobs_roles_and_log_group_are_looked_for(stack: Stack) -> None:
    """The first apply creates them."""
    for check, subject in ((roles, f"role {stack.prefix}-report-task"), (log_groups, "/report")):
        finding = found(check, with_job(stack))[-1]
        assert finding.level == "skipped"
        assert finding.subject.endswith(subject)


def test_a_jobs_secret_that_is_not_there_fails(stack: Stack) -> None:
    """The message has the key."""
    arn = f"arn:aws:ssm:eu-west-1:{ACCOUNT}:parameter/none"
    finding = only(secrets, with_job(stack, secrets={"TOKEN": arn}))
    assert (finding.level, finding.subject) == ("fail", "jobs.report.secrets.TOKEN")


def test_a_jobs_image_that_is_not_there_fails(stack: Stack) -> None:
    """An image by reference is checked like a service's."""
    reference = f"{stack.image.partition('@')[0]}@sha256:{'0' * 64}"
    finding = found(images, with_job(stack, image={"reference": reference}))[0]
    assert (finding.level, finding.subject) == ("fail", "jobs.report.image.reference")


def test_a_pointer_to_nothing_fails(stack: Stack) -> None:
    """Running tasks would continue, but no new one could start."""
    scene = scene_of(stack, model=FOLLOWER)
    assert only(models, scene).level == "skipped"
    pointer = {"version": "9", "manifest_sha256": "a" * 64}
    stack.aws.s3.put_object(
        Bucket=stack.environment.model_bucket,
        Key="models/pointed/current.json",
        Body=json.dumps(pointer).encode(),
    )
    finding = only(models, scene)
    assert finding.level == "fail"
    assert "the pointer's pointed/9 must exist" in finding.detail
    assert finding.fix == f"python -m wrapper model point {stack.environment.name} pointed/VERSION"
