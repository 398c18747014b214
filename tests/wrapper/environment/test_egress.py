"""Egress of tasks on AWS: what a file may contain, and what is printed where nothing enforces it."""

from types import SimpleNamespace

import pytest

from tests.sample import ENVIRONMENTS
from tests.terraform.examples import WAYS
from tests.wrapper.environment.test_rules import SERVICE
from tests.wrapper.listener import Listener
from wrapper.delivery.steps import tell_egress
from wrapper.environment import Environment, Job, Way, load, ways

JOB = "jobs={retrain: {image: {service: recommender}, size: {cpu: 256, memory: 512}}}"
DATABASE = (
    "jobs.retrain.egress={https: {port: 443, cidrs: [0.0.0.0/0]}, "
    "db: {port: 5432, security_groups: [sg-0a1b2c3d]}}"
)


def environment(*overrides: str) -> Environment:
    return load("dev", directory=ENVIRONMENTS, overrides=overrides)


HERE = SimpleNamespace(reached="the AWS API and the load balancer")


def told(*overrides: str, sandbox: object = HERE) -> list[str]:
    """Return what an apply prints."""
    console = Listener()
    site = SimpleNamespace(sandbox=sandbox, command=SimpleNamespace(console=console))
    tell_egress(site, environment(*overrides))  # type: ignore[arg-type]  # all that it looks at
    return console.told


@pytest.mark.parametrize(
    ("way", "words"),
    [
        (Way(port=443, cidrs=("0.0.0.0/0", "10.0.0.0/8")), "port 443 of any address"),
        (Way(port=8000, to_port=8100, cidrs=("10.0.0.0/16",)), "ports 8000 to 8100 of 10.0.0.0/16"),
        (
            Way(port=8125, to_port=8125, protocol="udp", security_groups=("sg-1",), prefix_lists=("pl-1",)),
            "udp port 8125 of sg-1 and pl-1",
        ),
    ],
)
def test_a_way_is_told_in_words(way: Way, words: str) -> None:
    """The words are those that somebody would search for."""
    assert str(way) == words


def test_https_is_what_tasks_reach_by_themselves() -> None:
    """It is the default; a file that lists any destination must list all."""
    declared = environment(JOB)
    assert ways(declared.services["recommender"].egress) == ways(declared.jobs["retrain"].egress)
    assert (
        ways(environment(f"{SERVICE}.egress={{db: {{port: 5432}}}}").services["recommender"].egress)
        == "port 5432 of "
    )


def test_the_documented_ways_are_what_a_file_may_say() -> None:
    """The same holds for a job's."""
    job = Job.model_validate({"image": {"service": "recommender"}, **WAYS}, strict=False)
    assert ways(job.egress) == (
        "port 443 of any address, port 5432 of sg-0a1b2c3d4e5f60718, ports 9092 to 9094 of 10.30.0.0/16"
    )


def test_a_sandbox_says_what_aws_would_let_out() -> None:
    """A database that answers here would time out there; services with the same egress share a sentence."""
    alike = (
        "on AWS recommender and retrain reach only port 443 of any address; "
        "here, the AWS API and the load balancer."
    )
    assert told(JOB) == [alike]
    assert told(JOB, DATABASE) == [
        "on AWS recommender reaches only port 443 of any address; "
        "on AWS retrain reaches only port 443 of any address, port 5432 of sg-0a1b2c3d; "
        "here, the AWS API and the load balancer."
    ]


def test_aws_enforces_it_and_nothing_is_said() -> None:
    """There the security group enforces it, and the plan shows it."""
    assert told(sandbox=None) == []
