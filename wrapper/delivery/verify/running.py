"""Whether what runs now could start again: nothing else checks that before a task ends."""

from collections.abc import Iterator

from wrapper.delivery.startable import lost
from wrapper.delivery.verify.finding import Finding, Scene, failure, good
from wrapper.ecs.services import busiest


def running(scene: Scene) -> Iterator[Finding]:
    """Check the images and the model of each running service; an apply fixes what is missing."""
    environment = scene.environment
    names = list(environment.services)
    for name, service in busiest(scene.aws, cluster=environment.cluster_name, names=names).items():
        gone = list(lost(scene.aws, service.task_definition_arn, model_bucket=environment.model_bucket))
        for each in gone:
            yield failure(
                f"services.{name} as it runs",
                f"must find {each.named} to start another task, got {each.found} ({each.what}).",
                f"python -m wrapper apply {environment.called}, or rollback to a complete release",
                mended_by_apply=True,
            )
        if not gone:
            yield good(f"services.{name} as it runs", "could start again")
