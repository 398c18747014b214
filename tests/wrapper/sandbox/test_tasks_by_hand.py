"""A task that was started by hand, and targets that are tasks."""

import pytest

from tests.wrapper.sandbox.stage import Stage, aws_of
from tests.wrapper.terraform.test_additions import found, resource
from wrapper.terraform.additions import take_back

pytestmark = pytest.mark.slow


def test_a_task_that_belongs_to_nobody_is_found_and_stopped(stage: Stage) -> None:
    """A task of a job's family is its job's; a target is ours by the address of a task in our cluster."""
    aws, definition = aws_of(stage.sandbox), stage.definition()
    task = stage.run(definition)
    stage.task_in(task, "RUNNING")
    family = definition.rpartition("/")[2].partition(":")[0]
    name = task.rpartition("/")[0].replace(":task/", ":cluster/")
    cluster, said = resource("aws_ecs_cluster", id=name, arn=name), f"a task of {family}"
    job = resource("aws_ecs_task_definition", family=family)
    assert said not in [each.sentence for each in found(aws, cluster, job)]
    balancer = stage.balancer()
    balancer.register((stage.address(task), 8000))
    group = resource("aws_lb_target_group", id=balancer.group)
    assert len(found(aws, group)) == 1
    assert found(aws, group, resource("aws_ecs_service", cluster=name)) == []
    by_hand = [each for each in found(aws, cluster) if each.sentence == said]
    assert len(list(take_back(aws, by_hand))) == 1
    stage.task_in(task, "STOPPED")
