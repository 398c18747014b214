"""Roll-outs: the meaning of a snapshot, and the message of a failure."""

import json
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from botocore.stub import Stubber

from wrapper.aws.client import Aws, Credentials
from wrapper.ecs.rollout import Reason, RolloutFailed
from wrapper.ecs.rollout.advice import advise, port_taken
from wrapper.ecs.rollout.judge import Done, Failed, Progressing, Verdict, describe, judge, unregistered
from wrapper.ecs.rollout.reason import compose, failed_container, meaning_of, suspect
from wrapper.ecs.rollout.snapshot import (
    Container,
    Deployment,
    Event,
    ServiceTarget,
    Snapshot,
    Target,
    Task,
)
from wrapper.ecs.rollout.stop import stop

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
FAMILY = "arn:aws:ecs:eu-west-1:000000000000:task-definition/films-dev-web"
TARGET = ServiceTarget(
    service_name="web",
    task_definition_arn=f"{FAMILY}:5",
    target_group_arn="arn:target-group",
    log_group_name="/ecs/films-dev/web",
    deadline_seconds=300,
    failed_tasks=2,
)


def deployment(
    revision: int = 5,
    *,
    status: str = "PRIMARY",
    state: str = "IN_PROGRESS",
    running: int = 2,
    failed: int = 0,
    state_reason: str = "",
) -> Deployment:
    return Deployment(
        id=f"ecs-svc/{revision}",
        status=status,
        task_definition_arn=f"{FAMILY}:{revision}",
        desired=2,
        running=running,
        pending=0,
        failed=failed,
        state=state,
        state_reason=state_reason,
        created_at=NOON,
    )


def task(number: int, *, status: str = "RUNNING") -> Task:
    return Task(
        id=f"task-{number}",
        status=status,
        created_at=NOON,
        stop_code="",
        stopped_reason="",
        address=f"10.0.0.{number}",
        containers=[Container(name="web", exit_code=None, reason="")],
    )


def stopped(
    number: int,
    *,
    code: str = "EssentialContainerExited",
    reason: str = "Essential container in task exited",
    exit_code: int | None = 1,
    container_reason: str = "",
) -> Task:
    return Task(
        id=f"task-{number}",
        status="STOPPED",
        created_at=NOON,
        stop_code=code,
        stopped_reason=reason,
        address=f"10.0.0.{number}",
        containers=[Container(name="web", exit_code=exit_code, reason=container_reason)],
    )


def target(number: int, state: str = "healthy", reason: str = "", description: str = "") -> Target:
    return Target(address=f"10.0.0.{number}", port=8000, state=state, reason=reason, description=description)


def snapshot(
    *deployments: Deployment,
    tasks: Sequence[Task] = (),
    targets: Sequence[Target] = (),
    events: Sequence[Event] = (),
    elapsed: float = 12,
    exists: bool = True,
) -> Snapshot:
    return Snapshot(
        elapsed_seconds=elapsed,
        exists=exists,
        deployments=deployments,
        tasks=tasks,
        targets=targets,
        events=events,
    )


def good() -> Snapshot:
    return snapshot(deployment(state="COMPLETED"), tasks=[task(1), task(2)], targets=[target(1), target(2)])


def cause_of(verdict: Verdict) -> str:
    return verdict.cause if isinstance(verdict, Failed) else f"no failure: {verdict}"


def test_done_when_completed_running_and_healthy() -> None:
    """The planned definition is primary, completed, and each of its tasks is healthy."""
    assert judge(good(), TARGET) == Done(deployment_id="ecs-svc/5", tasks=2)


def test_not_done_before_ecs_says_completed() -> None:
    """Healthy tasks of a deployment in progress may still be rolled back."""
    moment = snapshot(deployment(), tasks=[task(1), task(2)], targets=[target(1), target(2)])
    assert judge(moment, TARGET) == Progressing(text="2/2 running, 2/2 healthy, 12 s of 300 s")


def test_not_done_while_a_target_is_not_healthy() -> None:
    """ECS may call a deployment completed before the load balancer sends it a request."""
    moment = snapshot(
        deployment(state="COMPLETED"), tasks=[task(1), task(2)], targets=[target(1), target(2, "initial")]
    )
    assert judge(moment, TARGET) == Progressing(text="2/2 running, 1/2 healthy (1 initial), 12 s of 300 s")


def test_not_done_by_targets_of_the_old_version() -> None:
    """Healthy targets that are not tasks of this deployment don't count."""
    moment = snapshot(deployment(state="COMPLETED"), tasks=[task(1), task(2)], targets=[target(8), target(9)])
    assert isinstance(judge(moment, TARGET), Progressing)


def test_done_without_a_load_balancer() -> None:
    """A service without a target group is done when its tasks run."""
    behind_nothing = ServiceTarget(**{**vars(TARGET), "target_group_arn": None})
    moment = snapshot(deployment(state="COMPLETED"), tasks=[task(1), task(2)])
    assert isinstance(judge(moment, behind_nothing), Done)


def test_progress_tells_failures_and_the_old_version() -> None:
    """During the roll-out, one line has what runs, what failed and which old tasks are left."""
    old = deployment(4, status="ACTIVE", state="COMPLETED", running=2)
    moment = snapshot(deployment(running=1), old, tasks=[task(1), stopped(2)], targets=[target(1)])
    assert judge(moment, TARGET) == Progressing(
        text="1/2 running, 1/2 healthy, 1 failed, 2 of the old version, 12 s of 300 s"
    )


def test_progress_before_ecs_shows_the_deployment() -> None:
    """Just after the apply, ECS may still list only the old deployment."""
    old = deployment(4, state="COMPLETED")
    assert isinstance(judge(snapshot(old, elapsed=2), TARGET), Progressing)


def test_failed_when_another_definition_is_primary() -> None:
    """A service that is stable with another definition is no success."""
    moment = snapshot(deployment(6, state="COMPLETED"), elapsed=60)
    verdict = judge(moment, TARGET)
    assert cause_of(verdict) == "replaced"
    assert "films-dev-web:6 instead of films-dev-web:5" in str(verdict)


def test_failed_when_ecs_rolled_back() -> None:
    """The circuit breaker made the old deployment primary again: the reason has ECS's words."""
    old = deployment(4, state="IN_PROGRESS")
    ours = deployment(status="ACTIVE", state="FAILED", state_reason="tasks failed to start.")
    verdict = judge(snapshot(old, ours), TARGET)
    assert verdict == Failed(
        cause="rolled back",
        sentence="ECS went back from films-dev-web:5 to films-dev-web:4: tasks failed to start.",
    )


def test_failed_when_the_breaker_has_nothing_to_go_back_to() -> None:
    """A first deployment that fails stays primary, in state FAILED."""
    moment = snapshot(deployment(state="FAILED", state_reason="circuit breaker was triggered."))
    verdict = judge(moment, TARGET)
    assert cause_of(verdict) == "circuit breaker"
    assert "circuit breaker was triggered." in str(verdict)


def test_failed_when_too_many_tasks_failed() -> None:
    """The wait ends when the limit of failed tasks is reached, long before AWS gives up."""
    moment = snapshot(deployment(running=0), tasks=[stopped(1), stopped(2)])
    assert judge(moment, TARGET) == Failed(
        cause="failed tasks", sentence="2 tasks failed, which is the limit (2)."
    )


@pytest.mark.parametrize(("desired", "limit"), [(0, 3), (2, 3), (6, 3), (7, 4), (25, 13), (500, 200)])
def test_ecs_own_limit_holds_where_the_file_says_none(desired: int, limit: int) -> None:
    """It is half of the desired count, from 3 to 200: a short fault of the first two tasks ends nothing."""
    target = replace(TARGET, failed_tasks=None)
    fine, bad = (replace(deployment(failed=number), desired=desired) for number in (limit - 1, limit))
    assert isinstance(judge(snapshot(fine), target), Progressing)
    assert judge(snapshot(bad), target) == Failed(
        cause="failed tasks", sentence=f"{limit} tasks failed, which is the limit ({limit})."
    )


def test_failed_by_ecs_own_count() -> None:
    """ECS counts failed tasks that it no longer lists."""
    assert cause_of(judge(snapshot(deployment(failed=3)), TARGET)) == "failed tasks"


def test_a_task_that_was_told_to_stop_has_not_failed() -> None:
    """Tasks that are stopped by scaling in or by stop-task are no failures."""
    told = stopped(1, code="ServiceSchedulerInitiated", reason="Scaling activity initiated by deployment")
    assert not told.has_failed
    assert not stopped(1, code="UserInitiated", reason="Task stopped by user").has_failed


def test_a_task_stopped_for_its_health_has_failed() -> None:
    """Only the stop's reason shows a failed health check."""
    sick = stopped(1, code="ServiceSchedulerInitiated", reason="Task failed ELB health checks in (arn)")
    assert sick.has_failed


def test_failed_at_the_deadline() -> None:
    """At the deadline the wait ends, and the reason says how far the roll-out came."""
    moment = snapshot(deployment(), tasks=[task(1), task(2)], targets=[target(1)], elapsed=300)
    assert judge(moment, TARGET) == Failed(
        cause="deadline",
        sentence="the deadline has passed: 2/2 running, 1/2 healthy, 300 s of 300 s.",
    )


def test_done_counts_before_the_deadline() -> None:
    """A service that is healthy at the last check has succeeded."""
    moment = good()
    late = Snapshot(**{**vars(moment), "elapsed_seconds": 301})
    assert isinstance(judge(late, TARGET), Done)


def test_a_failure_counts_of_what_was_up_though_another_task_has_replaced_it() -> None:
    """A version that crashed once, just after the wait, gets no requests."""
    moment = replace(good(), tasks=[*good().tasks, stopped(9)])
    assert isinstance(judge(moment, TARGET), Done)
    assert cause_of(judge(moment, replace(TARGET, is_up=True, failed_tasks=1))) == "failed tasks"


def test_failed_without_a_service() -> None:
    """A service that was deleted by hand gives a reason of its own."""
    assert cause_of(judge(snapshot(exists=False, elapsed=60), TARGET)) == "missing"


def test_old_failures_can_be_left_out() -> None:
    """Tasks that failed before the wait are left out by their id."""
    moment = snapshot(deployment(), tasks=[task(1), stopped(2)])
    assert [item.id for item in moment.without(frozenset({"task-2"})).tasks] == ["task-1"]


def test_suspect_is_the_failed_task() -> None:
    """A failed task says more than one that isn't healthy yet."""
    found = suspect(snapshot(deployment(), tasks=[task(1), stopped(2)]))
    assert found is not None
    assert found.id == "task-2"


def test_suspect_is_the_sick_task() -> None:
    """Of running tasks, an unhealthy one says most."""
    found = suspect(snapshot(deployment(), tasks=[task(1), task(2)], targets=[target(1)]))
    assert found is not None
    assert found.id == "task-2"


def test_suspect_may_be_nobody() -> None:
    """If no task was ever started, none is named."""
    assert suspect(snapshot(deployment())) is None


def test_failed_container_is_the_container_that_ended_badly() -> None:
    """Of several containers the one with an error counts, not the one that was stopped with it."""
    containers = [
        Container(name="proxy", exit_code=0, reason=""),
        Container(name="web", exit_code=3, reason=""),
    ]
    found = failed_container(Task(**{**vars(stopped(1)), "containers": containers}))
    assert found is not None
    assert found.name == "web"


@pytest.mark.parametrize(
    ("code", "meaning"),
    [(0, "by itself"), (1, "an error"), (137, "SIGKILL"), (139, "segmentation"), (129, "signal 1")],
)
def test_meaning_of_an_exit_code(code: int, meaning: str) -> None:
    """Codes above 128 are signals."""
    assert meaning in meaning_of(code)


def reason_of(moment: Snapshot, log: Sequence[str] = ()) -> Reason:
    verdict = judge(moment, TARGET)
    assert isinstance(verdict, Failed)
    return compose(moment, TARGET, verdict, log=log)


def test_reason_tells_everything_in_one_block() -> None:
    """The text has task, stop, exit code, event, log and what still runs."""
    old = deployment(4, status="ACTIVE", state="COMPLETED", running=2)
    moment = snapshot(
        deployment(running=0),
        old,
        tasks=[stopped(1, exit_code=137), stopped(2)],
        events=[Event(at=NOON, message="(service web) was unable to place a task")],
    )
    assert reason_of(moment, ["loading", "boom"]).text() == (
        "web: 2 tasks failed, which is the limit (2).\n"
        "  task      task-1 of films-dev-web:5\n"
        "  stopped   Essential container in task exited (EssentialContainerExited)\n"
        "  exit code 137, killed (SIGKILL) (web)\n"
        "  event     (service web) was unable to place a task\n"
        "  meanwhile 2 tasks of another version still run\n"
        "  log       web's last log lines:\n"
        "    loading\n"
        "    boom"
    )


def test_reason_tells_what_the_load_balancer_saw() -> None:
    """A running but unhealthy task has its target's reason and description."""
    sick = target(1, "unhealthy", "Target.ResponseCodeMismatch", "Health checks failed: [500]")
    found = reason_of(snapshot(deployment(), tasks=[task(1)], targets=[sick], elapsed=300))
    assert found.target == (
        "10.0.0.1:8000 is unhealthy (Target.ResponseCodeMismatch, Health checks failed: [500])"
    )
    assert "health.status" in str(found.advice)


def test_reason_leaves_out_events_of_yesterday() -> None:
    """Events from before this deployment, and routine events, are not reasons."""
    events = [
        Event(at=NOON, message="(service web) has reached a steady state."),
        Event(at=NOON - timedelta(days=1), message="(service web) was unable to place a task"),
    ]
    assert reason_of(snapshot(deployment(failed=2), events=events)).events == ()


@pytest.mark.parametrize(
    ("evidence", "advice"),
    [
        ("CannotPullContainerError: pull image manifest has been retried: not found", "image exists"),
        ("CannotPullContainerError: dial tcp 1.2.3.4:443: i/o timeout", "network.egress"),
        ("ResourceInitializationError: unable to pull secrets or registry auth", "secrets"),
        (
            "ResourceInitializationError: failed to validate logger args: log group does not exist",
            "log group",
        ),
        ("OutOfMemoryError: container killed due to memory usage", "size.memory"),
        ("exit code 137", "size.memory"),
        ("exit code 1", "log lines"),
        ("exit code 0", "keep running"),
        ("exit code 127", "command"),
        ("Target.ResponseCodeMismatch", "health.status"),
        ("Target.Timeout", "health.timeout_seconds"),
        ("Target.FailedHealthChecks", "0.0.0.0"),
        ("was unable to place a task: capacity is unavailable", "no room"),
        ("the deadline has passed: 0/2 running", "deadline_seconds"),
        ("ECS wants films-dev-web:6 instead of films-dev-web:5", "who else deploys"),
    ],
)
def test_advice_for_known_reasons(evidence: str, advice: str) -> None:
    """A frequent reason has a sentence of advice."""
    assert advice in str(advise(evidence))


@pytest.mark.parametrize(
    "line",
    [
        "OSError: [Errno 98] error while attempting to bind on ('0.0.0.0', 8000): address already in use",
        "Error: listen EADDRINUSE: address already in use :::8000",
        "nginx: [emerg] bind() to 0.0.0.0:80 failed (98: Address already in use)",
    ],
)
def test_a_port_that_is_taken_is_told_from_other_ends(line: str) -> None:
    """Only the program's last lines show a port in use; the exit code 1 alone says nothing."""
    assert "has this port" in str(advise(f"{port_taken(['starting', line])}\nexit code 1"))
    assert port_taken(["Address in use by nobody", "Errno 9"]) == ""


def test_no_advice_for_the_unknown() -> None:
    """For an unknown reason there is no advice."""
    assert advise("something new") is None


def test_error_carries_every_reason() -> None:
    """If two services fail at once, the error has both reasons, as data."""
    one = reason_of(snapshot(deployment(failed=2)))
    two = Reason(**{**vars(one), "service": "api", "advice": "Look twice."})
    error = RolloutFailed((one, two))
    assert error.message.startswith("the roll-out of web, api failed\nweb: 2 tasks failed")
    assert error.fix == "Look twice."
    assert error.reasons == (one, two)


def test_reason_shortens_target_groups() -> None:
    """A target group is printed by its name."""
    arn = "arn:aws:elasticloadbalancing:eu-west-1:000000000000:targetgroup/films-web-1a/0r6c6q72"
    sick = stopped(
        1, code="ServiceSchedulerInitiated", reason=f"Task failed ELB health checks in (target-group {arn})"
    )
    found = reason_of(snapshot(deployment(failed=2), tasks=[sick]))
    assert found.stopped_reason == "Task failed ELB health checks in (target group films-web-1a)"


@pytest.mark.parametrize("exit_code", [143, 137, 0])
def test_advice_is_about_why_ecs_stopped_a_task_not_how_it_ended(exit_code: int) -> None:
    """The exit code after ECS's signal does not matter: the task failed its health checks before."""
    sick = stopped(
        1, code="ServiceSchedulerInitiated", reason="Task failed ELB health checks", exit_code=exit_code
    )
    found = reason_of(snapshot(deployment(failed=2), tasks=[sick]))
    assert found.exit_code == exit_code
    assert "must listen on 0.0.0.0" in str(found.advice)


def test_reason_ignores_targets_that_drain() -> None:
    """A stopped task's draining target is no reason for a failure."""
    moment = snapshot(deployment(failed=2), tasks=[stopped(1)], targets=[target(1, "draining")])
    assert reason_of(moment).target == ""


def test_a_task_that_is_told_to_stop_does_not_run() -> None:
    """As soon as ECS stops a task for its health check, it counts as failed and not as running."""
    ending = Task(**{**vars(task(1)), "stopped_reason": "Task failed ELB health checks"})
    moment = snapshot(deployment(), tasks=[ending])
    assert (len(moment.running), len(moment.failed)) == (0, 1)


def test_progress_tells_tasks_by_state_and_targets_by_health() -> None:
    """Tasks that aren't ready are counted by state, beside the predicted bound."""
    moment = snapshot(
        deployment(), tasks=[task(1), task(2, status="PENDING")], targets=[target(1, "initial")]
    )
    assert judge(moment, replace(TARGET, bound_seconds=57)) == Progressing(
        text="1/2 running (1 pending), 0/2 healthy (1 initial), 12 s of 57 s predicted (deadline 300 s)"
    )


def test_not_done_while_a_task_of_the_old_version_is_left() -> None:
    """The old tasks must be drained: until then both versions answer."""
    old = deployment(4, status="ACTIVE", state="COMPLETED", running=1)
    both = replace(good(), deployments=[deployment(state="COMPLETED"), old])
    assert judge(both, TARGET) == Progressing(
        text="2/2 running, 2/2 healthy, 1 of the old version, 12 s of 300 s"
    )


def test_another_deployment_of_the_same_revision_is_not_the_one_asked_for() -> None:
    """ECS rolled back to a deployment with the same task definition, which is no success."""
    failed = replace(
        deployment(status="ACTIVE", state="FAILED", state_reason="Tasks failed."), id="ecs-svc/new"
    )
    moment = replace(good(), deployments=[deployment(state="COMPLETED"), failed])
    assert cause_of(judge(moment, replace(TARGET, deployment_id="ecs-svc/new"))) == "rolled back"
    gone = replace(good(), deployments=[deployment(state="COMPLETED")])
    assert cause_of(judge(gone, replace(TARGET, deployment_id="ecs-svc/new"))) == "replaced"


@pytest.mark.parametrize(
    ("ends", "failed_name"),
    [
        ([("web", 143, ""), ("proxy", 1, "")], "proxy"),
        ([("web", 143, ""), ("proxy", 0, "")], "proxy"),
        ([("web", 137, "OutOfMemoryError: Container killed due to memory usage"), ("proxy", 1, "")], "web"),
        ([("web", 1, ""), ("proxy", 143, "")], "web"),
        ([("web", 0, ""), ("proxy", 143, "")], "web"),
        ([("web", None, ""), ("proxy", None, "CannotPullContainerError: no such image")], "proxy"),
    ],
)
def test_failed_container_is_not_whom_ecs_ended(
    ends: Sequence[tuple[str, int | None, str]], failed_name: str
) -> None:
    """When one container ends, ECS stops the others: their signals say nothing."""
    containers = [Container(name=name, exit_code=code, reason=reason) for name, code, reason in ends]
    found = failed_container(replace(stopped(1), containers=containers))
    assert found is not None
    assert found.name == failed_name


def test_failure_as_json_carries_every_reason() -> None:
    """A script gets the same text as data, with the exit code and the advice."""
    moment = snapshot(deployment(), tasks=[stopped(1)])
    reason = compose(moment, TARGET, Failed(cause="failed tasks", sentence="x."), log=["no luck"])
    document = json.loads(json.dumps(RolloutFailed((reason,)).as_json()))
    assert (document["ok"], document["exit_code"]) == (False, 6)
    (told,) = document["reasons"]
    assert (told["exit_code"], told["log"], told["container"]) == (1, ["no luck"], "web")


def test_not_done_before_every_task_has_been_up_for_a_while() -> None:
    """A crash loop looks healthy until its first crash."""
    settling = replace(TARGET, settle_seconds=10)
    young, old = replace(task(1), age_seconds=9.0), replace(task(2), age_seconds=10.0)
    assert judge(replace(good(), tasks=[young, old]), settling) == Progressing(
        text="2/2 running, 2/2 healthy, 12 s of 300 s"
    )
    assert isinstance(
        judge(replace(good(), tasks=[old, replace(old, id="x", address="10.0.0.1")]), settling), Done
    )


def test_sidecar_that_ends_the_task_is_told_as_such() -> None:
    """The service's own container has not failed, so the advice must be about the sidecar."""
    containers = [
        Container(name="web", exit_code=143, reason=""),
        Container(name="proxy", exit_code=4, reason=""),
    ]
    moment = snapshot(deployment(), tasks=[replace(stopped(1), containers=containers)])
    reason = compose(moment, TARGET, Failed(cause="failed tasks", sentence="2 tasks failed."))
    assert (reason.container, reason.exit_code) == ("proxy", 4)
    assert "the sidecar ended" in str(reason.advice)


def test_a_good_deployment_on_a_later_page_counts() -> None:
    """ECS lists deployments in pages, and the first page may have no deployment to go back to."""
    aws = Aws(region="eu-west-1", credentials=Credentials("key", "secret"))
    asked = {"cluster": "films-dev", "service": "web"}
    good = {"serviceDeploymentArn": "arn:1", "status": "SUCCESSFUL"}
    released = datetime(2026, 1, 2, tzinfo=UTC)
    with Stubber(aws.ecs) as stub:
        stub.add_response("list_service_deployments", {"serviceDeployments": [], "nextToken": "2"}, asked)
        stub.add_response(
            "list_service_deployments", {"serviceDeployments": [good]}, {**asked, "nextToken": "2"}
        )
        described = {"services": [{"createdAt": released - timedelta(days=1)}]}
        stub.add_response("describe_services", described)
        told = stop(aws, cluster="films-dev", target=replace(TARGET, released_at=released), earlier=None)
    assert told == "no deployment was running: ECS keeps what it has"


OLD_ENOUGH = [replace(task(number), age_seconds=11) for number in (1, 2)]


@pytest.mark.parametrize(
    ("state", "tasks", "targets", "expected"),
    [
        ("COMPLETED", OLD_ENOUGH, [target(1)], ["task-2"]),
        ("COMPLETED", OLD_ENOUGH, [target(1), target(2, "draining")], ["task-2"]),
        ("COMPLETED", OLD_ENOUGH, [target(1), target(2, "unhealthy")], []),
        ("IN_PROGRESS", OLD_ENOUGH, [target(1)], []),
        ("COMPLETED", [task(1), task(2)], [], []),
        ("COMPLETED", [*OLD_ENOUGH, replace(task(3), age_seconds=11)], [target(1)], []),
    ],
)
def test_tasks_that_left_their_target_group_are_known(
    state: str, tasks: list[Task], targets: list[Target], expected: list[str]
) -> None:
    """New ones, those of a deployment in progress, and those that ECS drains do not count."""
    moment = snapshot(deployment(state=state), tasks=tasks, targets=targets)
    assert [each.id for each in unregistered(moment, TARGET)] == expected
    assert ("not registered" in describe(moment, TARGET)) is bool(expected)


def test_a_deadline_without_registered_tasks_does_not_ask_for_a_later_one() -> None:
    """The tasks are healthy, but nobody can reach them."""
    moment = snapshot(deployment(state="COMPLETED"), tasks=OLD_ENOUGH, elapsed=301)
    verdict = judge(moment, TARGET)
    assert isinstance(verdict, Failed)
    assert "2 not registered in the target group" in verdict.sentence
    assert "somebody deregistered the tasks" in str(compose(moment, TARGET, verdict).advice)


def test_a_living_process_that_did_not_answer_in_time_may_only_be_slow() -> None:
    """ECS ended it by a signal, so its exit code says nothing."""
    reason = "Task failed ELB health checks in (target-group arn:tg) due to (reason Health checks failed)"
    ended = replace(
        stopped(1, code="ServiceSchedulerInitiated", reason=reason),
        containers=[Container(name="web", exit_code=143, reason="")],
    )
    moment = snapshot(deployment(), tasks=[ended])
    advice = str(compose(moment, TARGET, Failed(cause="failed tasks", sentence="1 task failed.")).advice)
    assert "health.grace_seconds" in advice
    assert "0.0.0.0" in advice
