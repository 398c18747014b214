"""Replacements that interrupt requests, services that are removed, too few tasks."""

import pytest

from tests.wrapper.review.planned import change, created, found, plan
from wrapper.review.rules import few_healthy, interruption, service_removed, single_task

OLD, NEW = {"name": "a"}, {"name": "b"}


def test_a_replaced_load_balancer_blocks() -> None:
    """Its address changes."""
    seen = plan(change("aws_lb", "delete", "create", before=OLD, after=NEW))
    [(level, sentence)] = found(interruption, seen)
    assert level == "block"
    assert "another DNS name" in sentence


def test_a_replaced_service_is_warned_of() -> None:
    """Its tasks stop before new ones start."""
    seen = plan(change("aws_ecs_service", "delete", "create", before=OLD, after=NEW))
    assert found(interruption, seen)[0][0] == "warn"


def test_what_is_created_before_it_is_destroyed_interrupts_nothing() -> None:
    """create_before_destroy avoids the interruption."""
    seen = plan(change("aws_lb_target_group", "create", "delete", before=OLD, after=NEW))
    assert found(interruption, seen) == []


@pytest.mark.parametrize(("kind", "level"), [("aws_ecs_service", "warn"), ("aws_lb", "block")])
def test_what_goes_for_good_is_named(kind: str, level: str) -> None:
    """A service may be removed on purpose; removing a load balancer stops all of them."""
    seen = plan(change(kind, "delete", before=OLD))
    assert found(service_removed, seen) == [(level, "It is destroyed: nothing answers in its place.")]


def test_a_service_that_comes_is_not_removed() -> None:
    """A new or changed service is not removed."""
    assert found(service_removed, plan(created("aws_ecs_service", NEW))) == []


@pytest.mark.parametrize(("percent", "count"), [(50, 1), (100, 0)])
def test_fewer_healthy_tasks_are_warned_of(percent: int, count: int) -> None:
    """Below 100 % the old tasks stop first."""
    after = {"deployment_minimum_healthy_percent": percent, "desired_count": 2}
    assert len(found(few_healthy, plan(created("aws_ecs_service", after)))) == count


@pytest.mark.parametrize(("tasks", "words"), [(0, "no task"), (1, "one task"), (2, None)])
def test_one_task_is_warned_of(tasks: int, words: str | None) -> None:
    """If it ends, there is no other."""
    sentences = [
        sentence
        for _, sentence in found(single_task, plan(created("aws_ecs_service", {"desired_count": tasks})))
    ]
    assert [words in sentence for sentence in sentences if words] == ([True] if words else [])
    assert len(sentences) == (1 if words else 0)


def test_a_disposable_environment_is_only_told() -> None:
    """One task is enough to try something out."""
    seen = plan(created("aws_ecs_service", {"desired_count": 1}))
    assert found(single_task, seen, disposable=True)[0][0] == "note"


def test_a_number_that_is_not_known_is_not_judged() -> None:
    """An unknown number is not guessed."""
    seen = plan(created("aws_ecs_service", {}, after_unknown={"desired_count": True}))
    assert found(single_task, seen) == []
