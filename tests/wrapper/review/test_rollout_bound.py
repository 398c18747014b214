"""The longest time that a roll-out takes."""

import json

import pytest

from tests.wrapper.review.planned import Json, change, created, plan
from wrapper.review.batches import rolling_batches
from wrapper.review.rollout_bound import START_SECONDS, RolloutBound, pulled_images, rollout_bounds

START = START_SECONDS["aws"]
HEALTH = {"health_check": [{"interval": 10, "healthy_threshold": 3}], "deregistration_delay": "20"}
TASK = {"container_definitions": json.dumps([{"name": "web", "image": "a", "stopTimeout": 5}])}
SERVICE = {
    "name": "web",
    "desired_count": 2,
    "deployment_minimum_healthy_percent": 100,
    "deployment_maximum_percent": 200,
}


def surroundings() -> list[Json]:
    return [
        change("aws_lb_target_group", "no-op", before=HEALTH, after=HEALTH),
        change("aws_ecs_task_definition", "no-op", before=TASK, after=TASK),
    ]


def bound(service: Json) -> RolloutBound | None:
    found = rollout_bounds([plan(service, *surroundings())], target="aws")
    return found[0] if found else None


def updated(**values: Json) -> Json:
    after = SERVICE | {"task_definition": "a:2"} | values
    return change("aws_ecs_service", "update", before=SERVICE | {"task_definition": "a:1"}, after=after)


@pytest.mark.parametrize(
    ("tasks", "minimum", "maximum", "batches"),
    [
        (2, 100, 200, (1, 1)),  # all new ones beside the old ones
        (3, 100, 150, (3, 3)),  # one more than desired at a time
        (4, 50, 100, (2, 2)),  # half stop first
        (4, 0, 100, (1, 1)),  # all stop first
        (1, 100, 100, (0, 0)),  # ECS may do nothing
        (10, 90, 110, (6, 5)),  # one more, then two at a time
    ],
)
def test_batches_follow_the_percents(
    tasks: int, minimum: int, maximum: int, batches: tuple[int, int]
) -> None:
    """ECS keeps the number of running tasks within both limits."""
    assert rolling_batches(tasks, tasks, minimum, maximum) == batches


def test_a_new_version_starts_and_drains() -> None:
    """The time is start + interval × threshold, then drain + stop timeout."""
    seen = bound(updated())
    assert seen
    assert seen.seconds == START + 30 + 20 + 5
    assert seen.formula == f"1 × (start {START} s + health 30 s) + 1 × (drain 20 s + stop 5 s)"


def alarm(name: str, **values: Json) -> Json:
    return created("aws_cloudwatch_metric_alarm", {"alarm_name": name, **values})


def watched(service: Json, *, target: str = "aws") -> RolloutBound:
    """Compute the time with an alarm on a metric, one on an expression, and one of somebody else."""
    of_math = [{"id": "result"}, {"id": "a", "metric": [{"period": 60}]}]
    alarms = [
        alarm("slow", period=60, evaluation_periods=2),
        alarm("errors", metric_query=of_math, evaluation_periods=3),
        alarm("other", period=60, evaluation_periods=60),
    ]
    (found,) = rollout_bounds([plan(service, *alarms, *surroundings())], target=target)
    return found


def test_alarms_are_watched_when_the_tasks_are_done() -> None:
    """The time is that of the slowest alarm that may roll the service back."""
    taken_back = {"alarms": [{"enable": True, "alarm_names": ["slow", "errors"]}]}
    seen = watched(updated(**taken_back))
    assert (seen.bake, seen.seconds) == (180, START + 30 + 20 + 5 + 180)
    assert seen.formula.endswith(" + bake 180 s")
    assert watched(updated(**taken_back), target="sandbox").bake == 0
    assert watched(updated(alarms=[{"enable": False, "alarm_names": ["slow"]}])).bake == 0


def test_more_tasks_are_no_deployment_that_alarms_could_take_back() -> None:
    """Added tasks only start."""
    taken_back = {"alarms": [{"enable": True, "alarm_names": ["slow"]}]}
    more = change(
        "aws_ecs_service", "update", before=SERVICE, after=SERVICE | {"desired_count": 4} | taken_back
    )
    assert watched(more).bake == 0


def test_a_first_start_drains_nothing() -> None:
    """There is no old task."""
    seen = bound(created("aws_ecs_service", SERVICE))
    assert seen
    assert (seen.service, seen.seconds) == ("web", START + 30)


def test_a_service_that_goes_only_drains() -> None:
    """No task starts."""
    seen = bound(change("aws_ecs_service", "delete", before=SERVICE))
    assert seen
    assert seen.seconds == 25


def test_more_tasks_start_and_none_drains() -> None:
    """The version is unchanged."""
    seen = bound(updated(task_definition="a:1", desired_count=4))
    assert seen
    assert (seen.starts, seen.stops) == (1, 0)


def test_a_change_that_no_task_notices_takes_no_time() -> None:
    """A changed tag is not a deployment."""
    assert bound(updated(task_definition="a:1", tags={"a": "b"})) is None


def test_without_a_target_group_only_the_start_counts() -> None:
    """ECS does not check whether the task is healthy."""
    [seen] = rollout_bounds([plan(created("aws_ecs_service", SERVICE))], target="sandbox")
    assert seen.seconds == START_SECONDS["sandbox"]


def graceful(target: str, *, grace: int = 60, **sizes: int) -> RolloutBound:
    service = created("aws_ecs_service", SERVICE | {"health_check_grace_period_seconds": grace})
    [seen] = rollout_bounds([plan(service, *surroundings())], target=target, image_bytes=sizes)
    return seen


def test_a_task_may_take_its_grace_period_to_answer() -> None:
    """Until then no failure counts; in the sandbox a process answers within its start."""
    seen = graceful("aws")
    assert seen.seconds == START + 60 + 30
    assert seen.formula == f"1 × (start {START} s + grace 60 s + health 30 s)"
    assert graceful("sandbox").pace.grace == 0


@pytest.mark.parametrize(
    ("size", "seconds"),
    [
        (1, 60),
        (500_000_000, 60),
        (500_000_001, 90),
        (1_500_000_000, 150),
        (5_000_000_000, 300),
        (9_000_000_000, 600),
    ],
)
def test_a_larger_image_takes_longer_to_start(size: int, seconds: int) -> None:
    """There are classes of the size to pull."""
    assert graceful("aws", a=size).pace.start == seconds


def test_an_image_of_unknown_size_takes_the_usual_time() -> None:
    """It may not be built yet, or be in another registry."""
    assert graceful("aws", other=9_000_000_000).pace.start == START
    assert graceful("sandbox", a=9_000_000_000).pace.start == START_SECONDS["sandbox"]


def test_the_images_to_pull_are_those_of_the_new_definitions() -> None:
    """Each counts once; an image that is not known yet does not count."""
    old = change("aws_ecs_task_definition", "delete", before=TASK, module="old")
    unknown = created(
        "aws_ecs_task_definition", {"cpu": "256"}, after_unknown={"container_definitions": True}
    )
    assert pulled_images([plan(*surroundings(), old, unknown)]) == {"a"}
