"""After a destroy: delete what AWS keeps, and what AWS's services have created."""

from collections.abc import Iterator, Sequence
from contextlib import suppress

from wrapper.aws.client import Aws
from wrapper.inventory.account import log_groups
from wrapper.inventory.cleanup.counting import counted
from wrapper.inventory.containers import active_task_definitions, repositories, task_definitions
from wrapper.inventory.resource import Scope

_DEFINITIONS = 10  # as many as DeleteTaskDefinitions takes


def delete_task_definitions(aws: Aws, scope: Scope) -> Iterator[str]:
    """Deregister all revisions, then delete them: AWS would keep deregistered ones forever."""
    for definition in active_task_definitions(aws, scope):
        aws.ecs.deregister_task_definition(taskDefinition=definition.arn)
    arns = [definition.arn for definition in task_definitions(aws, scope)]
    for start in range(0, len(arns), _DEFINITIONS):
        aws.ecs.delete_task_definitions(taskDefinitions=arns[start : start + _DEFINITIONS])
    if arns:
        yield f"deleted {counted(len(arns), 'task definition')}"


def delete_log_groups(aws: Aws, scope: Scope) -> Iterator[str]:
    """Delete log groups that outlived the stack, such as Container Insights' own."""
    for group in log_groups(aws, scope):
        with suppress(aws.logs.exceptions.ResourceNotFoundException):
            aws.logs.delete_log_group(logGroupName=group.name)
            yield f"deleted the log group {group.name}"


def delete_cached_images(aws: Aws, scope: Scope, *, caches: Sequence[str]) -> Iterator[str]:
    """Delete the repositories that ECR has created for pull-through caches; it can pull the images again."""
    prefixes = tuple(f"{scope.prefix}/{cache}/" for cache in caches)
    for repository in repositories(aws, scope):
        if repository.name.startswith(prefixes):
            aws.ecr.delete_repository(repositoryName=repository.name, force=True)
            yield f"deleted the cached images of {repository.name}"
