"""Whether what runs could start again, which running tasks do not show."""

from typing import Any

import pytest

from tests.wrapper.stack import Stack
from tests.wrapper.verify.scenes import only, scene_of
from tests.wrapper.verify.test_artifacts import ABSENT, publish
from wrapper.delivery.startable import lost
from wrapper.delivery.verify.finding import failure
from wrapper.delivery.verify.report import Report
from wrapper.delivery.verify.running import running
from wrapper.environment.release import ModelVersion

pytestmark = pytest.mark.slow


def definition(stack: Stack, *, model: ModelVersion | None = None, **images: str) -> str:
    """Register a task of these containers, the first of which is the service's own."""
    variables = {"IMAGE_DIGEST": "sha256:1"}
    if model:
        uri = f"s3://{stack.environment.model_bucket}/models/{model.label}"
        variables |= {"MODEL_URI": uri, "MODEL_SHA256": model.sha256}
    told: list[Any] = [{"name": key, "value": value} for key, value in variables.items()]
    containers: list[Any] = [{"name": name, "image": image} for name, image in images.items()]
    containers[0]["environment"] = told
    registered = stack.aws.ecs.register_task_definition(
        family=f"{stack.prefix}-lost", containerDefinitions=containers
    )
    return registered["taskDefinition"]["taskDefinitionArn"]


def test_what_is_whole_has_lost_nothing(stack: Stack) -> None:
    """An image of another registry is not checked here."""
    model = publish(stack, "whole")
    arn = definition(stack, model=model, web=stack.image, agent="docker.io/library/agent:1")
    assert list(lost(stack.aws, arn, model_bucket=stack.environment.model_bucket)) == []


def test_images_and_models_that_are_gone_are_lost(stack: Stack) -> None:
    """A sidecar's image counts, too; a model with other content is another model."""
    absent = f"{stack.image.partition('@')[0]}@{ABSENT}"
    bucket = stack.environment.model_bucket
    model = publish(stack, "emptied")
    arn = definition(stack, model=model, web=stack.image, agent=absent)
    stack.aws.s3.delete_object(Bucket=bucket, Key=f"models/{model.label}/manifest.json")
    assert list(lost(stack.aws, arn, model_bucket=bucket)) == [
        ("image of agent", absent, "none"),
        ("model", f"films/emptied (sha256 {model.sha256[:12]})", "none"),
    ]
    publish(stack, "emptied", body=b"1")
    [damaged] = [each for each in lost(stack.aws, arn, model_bucket=bucket) if each.what == "model"]
    assert "is damaged" in damaged.found


def test_what_runs_and_could_not_start_again_fails(stack: Stack) -> None:
    """The message has the service's name; the running version is not that of the file."""
    assert only(running, scene_of(stack)).level == "ok"
    before = stack.register()
    try:
        absent = stack.register(image_reference=f"{stack.image.partition('@')[0]}@{ABSENT}")
        stack.deploy(absent, breaker=False)  # which may take it back first
        finding = only(running, scene_of(stack))
    finally:
        stack.deploy(before)
    assert (finding.level, finding.subject) == ("fail", "services.web as it runs")
    assert "to start another task, got none (image of web)" in finding.detail


def test_what_an_apply_mends_does_not_stand_in_its_way() -> None:
    """The apply only reports it, but `verify` fails."""
    report = Report(environment="dev", findings=[failure("a", "is lost.", "apply", mended_by_apply=True)])
    assert not report.ok
    before = report.before_apply()
    before.raise_unless_good()
    assert [each.level for each in before.findings] == ["warn"]
