"""Starting a job by hand: its output, its end, and what status and logs show of it."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from tests.wrapper import stack as stacks
from tests.wrapper.records import outputs
from tests.wrapper.stack import ACCOUNT, Stack
from tests.wrapper.test_operations import site_of
from wrapper.aws.client import Aws
from wrapper.delivery.site import Site
from wrapper.environment import Job
from wrapper.errors import ConfigError, PreconditionError
from wrapper.verbs import logs
from wrapper.verbs.logs import Line
from wrapper.verbs.run import JobFailed, JobRun, run
from wrapper.verbs.status import status

pytestmark = pytest.mark.slow

# Prints something, waits if MODE says so, and ends as MODE says.
CODE = (
    "import os, sys, time; print('hello ' + os.environ.get('WHO', 'nobody'), flush=True);"
    "time.sleep(float(os.environ.get('SECONDS', '0'))); print('bye', flush=True);"
    "sys.exit(int(os.environ.get('CODE', '0')))"
)


@pytest.fixture(scope="module")
def stack(aws: Aws, tmp_path_factory: pytest.TempPathFactory) -> Stack:
    """An environment with one job, as after an apply."""
    built = stacks.build(aws, tmp_path_factory.mktemp("image"))
    declared = built.environment
    aws.s3.create_bucket(
        Bucket=declared.state_bucket, CreateBucketConfiguration={"LocationConstraint": "eu-west-1"}
    )
    aws.logs.create_log_group(logGroupName=f"/ecs/{declared.prefix}/report")
    network = {"subnet_ids": [*built.subnet_ids], "security_group_id": "sg-1", "assign_public_ip": True}
    job = {
        "task_definition_arn": register(built, ["python", "-c", CODE]),
        "log_group_name": f"/ecs/{declared.prefix}/report",
        "network": network,
    }
    state = {"version": 4, "outputs": outputs(jobs={"report": job}), "resources": []}
    aws.s3.put_object(Bucket=declared.state_bucket, Key="app.tfstate", Body=json.dumps(state).encode())
    return built


def register(stack: Stack, command: list[str]) -> str:
    options = {
        "awslogs-group": f"/ecs/{stack.prefix}/report",
        "awslogs-region": "eu-west-1",
        "awslogs-stream-prefix": "task",
    }
    registered = stack.aws.ecs.register_task_definition(
        family=f"{stack.prefix}-report",
        networkMode="awsvpc",
        requiresCompatibilities=["FARGATE"],
        cpu="256",
        memory="512",
        executionRoleArn=f"arn:aws:iam::{ACCOUNT}:role/{stack.prefix}-web-execution",
        containerDefinitions=[
            {
                "name": "report",
                "image": stack.image,
                "command": command,
                "essential": True,
                "logConfiguration": {"logDriver": "awslogs", "options": options},
            }
        ],
    )
    return registered["taskDefinition"]["taskDefinitionArn"]


def site(stack: Stack, root: Path, **changes: Any) -> Site:
    here = site_of(stack, root)
    data = {"image": {"service": "web"}, "size": {"cpu": 256, "memory": 512}, **changes}
    environment = here.command.environment.model_copy(
        update={"jobs": {name: Job.model_validate(data) for name in ("report", "later")}}
    )
    return replace(here, command=replace(here.command, environment=environment))


def started(here: Site, said: list[str], **variables: str) -> JobRun:
    def note(line: Line) -> None:
        said.append(line.text)

    return run(here, "report", variables=variables, wait=True, said=note)


def test_job_tells_what_it_says_and_how_it_ends(stack: Stack, tmp_path: Path) -> None:
    """Each line is printed once, in order, with the variables of this run."""
    said: list[str] = []
    done = started(site(stack, tmp_path), said, WHO="ada", SECONDS="2")
    assert said == ["hello ada", "bye"]
    assert done.exit_code == 0
    assert f"task {done.task} ended with exit code 0" in done.text()


def test_failed_job_gives_its_reason(stack: Stack, tmp_path: Path) -> None:
    """It has exit code, last lines and advice, as for a roll-out; the command's exit code is 6."""
    with pytest.raises(JobFailed) as failed:
        started(site(stack, tmp_path), [], CODE="3")
    reason = failed.value.reason
    assert (reason.exit_code, reason.log, failed.value.exit_code) == (3, ("hello nobody", "bye"), 6)
    assert reason.advice == "the process ended with an error: its last log lines say why"
    assert "meanwhile" not in failed.value.message
    assert failed.value.as_json()["reasons"][0]["service"] == "report"


def test_job_that_takes_too_long_is_stopped(stack: Stack, tmp_path: Path) -> None:
    """It is stopped at its deadline, and the reason says so."""
    with pytest.raises(JobFailed) as failed:
        started(site(stack, tmp_path, deadline_seconds=2), [], SECONDS="60")
    assert "still ran after deadline_seconds (2 s)" in failed.value.message
    assert failed.value.reason.stopped_reason == "still running after 2 s"


def test_job_need_not_be_waited_for(stack: Stack, tmp_path: Path) -> None:
    """The task's id is printed; status shows it running, then done."""
    here = site(stack, tmp_path)
    begun = run(here, "report", variables={"SECONDS": "30"}, wait=False, said=lambda _: None)
    assert begun.exit_code is None
    seen = status(here)
    assert seen.jobs["report"].state == "running"
    assert seen.jobs["later"].state == "idle"
    assert [row[0] for row in seen.job_rows()] == ["JOB", "report", "later"]
    stack.aws.ecs.stop_task(cluster=stack.prefix, task=begun.task)


def test_logs_of_a_job(stack: Stack, tmp_path: Path) -> None:
    """They have the recent lines of all its tasks."""
    here = site(stack, tmp_path)
    done = started(here, [], WHO="logs")
    found = logs.lines(here, services=["report"], since_seconds=60, grep="hello logs")
    assert [line.task for line in found] == [done.task]


def test_unknown_and_absent_jobs(stack: Stack, tmp_path: Path) -> None:
    """For an unknown job the message has a similar name, without jobs what to do."""
    here = site(stack, tmp_path)
    with pytest.raises(ConfigError, match="reprot: unknown job; did you mean report"):
        run(here, "reprot", variables={}, wait=True, said=lambda _: None)
    with pytest.raises(PreconditionError, match="later must be deployed for this"):
        run(here, "later", variables={}, wait=True, said=lambda _: None)
