"""Different environments, each from nothing to nothing: applied, planned again, destroyed, searched for.

Their services run no task: the tests show that Terraform creates them, finds nothing to change, and leaves
nothing.
"""

from collections import Counter
from collections.abc import Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path

import pytest

from tests.terraform.covering import ROWS, Row, values
from tests.terraform.examples import Values, changed
from tests.terraform.provider import running
from tests.terraform.roots import Root, copy_root, terraform_variables
from tests.wrapper.sandbox.stage import aws_of, sandbox_in, variables_of
from wrapper import inventory, sandbox
from wrapper.aws.client import Aws
from wrapper.inventory import Resource

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(900)]

ACCOUNT = "000000000000"
# The provider waits a minute for each load balancer; meanwhile it can wait for others.
AT_ONCE = 5
# A dozen rows of the covering set, by index: together they have every level of every factor.
CHOSEN: Mapping[str, Row] = {f"c{place}": row for place, row in enumerate(ROWS[:12])}


@pytest.fixture(scope="module")
def started(tmp_path_factory: pytest.TempPathFactory) -> Iterator[sandbox.Sandbox]:
    """One sandbox for all environments, which differ by name."""
    with sandbox_in(tmp_path_factory.mktemp("clone"), name="dev") as running:
        yield running


@pytest.fixture(scope="module")
def lives(
    started: sandbox.Sandbox,
    provider: Path,
    tmp_path_factory: pytest.TempPathFactory,
    request: pytest.FixtureRequest,
) -> Iterator[Mapping[str, Future[list[str]]]]:
    """Start all requested environments. What each left behind is known when it has ended."""
    calls = [item.callspec.params for item in request.session.items if hasattr(item, "callspec")]
    chosen = {call["name"] for call in calls if call.get("name") in CHOSEN}
    work = tmp_path_factory.mktemp("terraform")
    variables = {
        **terraform_variables(work),
        **variables_of(started),
    }
    aws = aws_of(started)
    with ThreadPoolExecutor(AT_ONCE) as pool:
        yield {
            name: pool.submit(
                live, aws, here(name, row, aws_zone(aws, name)), work / name, provider, variables
            )
            for name, row in CHOSEN.items()
            if name in chosen
        }
        pool.shutdown(cancel_futures=True)


def aws_zone(aws: Aws, name: str) -> str:
    """Create the hosted zone for the names of one environment: all of them have the same names."""
    made = aws.route53.create_hosted_zone(Name="example.com", CallerReference=name)
    return made["HostedZone"]["Id"].rpartition("/")[2]


def here(name: str, row: Row, zone_id: str) -> Values:
    """Return the values of a row for this sandbox, with its services scaled to zero."""
    found = changed(values(row), environment=name, account_id=ACCOUNT, sandbox=True)
    if found.get("dns"):
        found = changed(found, dns__zone_id=zone_id)
    asleep = {
        service: changed(each, scaling__min=0, desired_count=0) for service, each in found["services"].items()
    }
    return changed(found, services=asleep)


def live(
    aws: Aws, environment: Values, work: Path, provider: Path, variables: Mapping[str, str]
) -> list[str]:
    """Apply, plan again, destroy; return what differs.

    That is what the second plan would change, what the inventory did not count, and what the destroy left.
    """
    work.mkdir()
    with running(provider, variables) as attached:
        root = Root(copy_root("stacks/app", work, offline=False), attached)
        root.apply(environment)
        again = [*root.changes(environment), *uncounted(root, count(aws, environment))]
        root.destroy(environment)
    left = count(aws, environment)
    # Old revisions stay for a rollback; the wrapper's destroy deletes them.
    names = [f"{each.kind} {each.name}" for each in left if each.kind != "task definition"]
    return [*again, *names]


def count(aws: Aws, environment: Values) -> list[Resource]:
    dns = environment.get("dns") or {}
    hosts = [host for each in environment["services"].values() for host in each["route"].get("hosts") or []]
    return inventory.take(
        aws,
        project=environment["project"],
        environment=environment["environment"],
        zone_id=dns.get("zone_id"),
        hosts=hosts,
    )


def uncounted(root: Root, found: list[Resource]) -> list[str]:
    """Return the types with more resources in Terraform than were counted; a part counts with its owner."""
    managed = Counter(
        each["type"] for each in root.resources() if each["mode"] == "managed" for _ in each["instances"]
    )
    counted = Counter(inventory.main_type(each) for each in found)
    owners = {kind.types[0] for kind in inventory.KINDS if kind.types}
    return [f"not counted: {kind}" for kind in owners & managed.keys() if counted[kind] < managed[kind]]


@pytest.mark.parametrize("name", CHOSEN, ids=lambda name: f"{name}-{'-'.join(CHOSEN[name])}")
def test_environment_lives_and_leaves_nothing(lives: Mapping[str, Future[list[str]]], name: str) -> None:
    """The inventory counts every resource, the second plan is empty, and in the end nothing has its name."""
    assert lives[name].result() == []
