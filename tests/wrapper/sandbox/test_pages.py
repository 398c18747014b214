"""Lists in pages: a program that reads only the first page gets no error, so these tests check it."""

from collections.abc import Iterator
from uuid import uuid4

import pytest

from tests.wrapper.sandbox.stage import Stage, aws_of, sandbox_in
from wrapper import inventory
from wrapper.sandbox.settings import PAGE_SIZE

pytestmark = pytest.mark.slow

NAMES = [f"shop-dev-{number}" for number in range(5)]
ROLE = '{"Version":"2012-10-17","Statement":[]}'


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    """A sandbox with pages of two items, and five items of several kinds."""
    root = tmp_path_factory.mktemp("pages")
    with pytest.MonkeyPatch.context() as patched:
        patched.setenv(PAGE_SIZE, "2")
        with sandbox_in(root) as running:
            stage = Stage(sandbox=running, root=root)
            for name in NAMES:
                stage.client("ecs").create_cluster(clusterName=name)
                stage.client("iam").create_role(RoleName=name, AssumeRolePolicyDocument=ROLE)
                stage.client("sns").create_topic(Name=name)
                stage.client("logs").create_log_group(logGroupName=name)
                stage.client("elbv2").create_load_balancer(Name=name, Subnets=[stage.network["subnet"]])
            yield stage


@pytest.mark.parametrize(
    ("service", "operation", "items"),
    [
        ("ecs", "list_clusters", "clusterArns"),
        ("elbv2", "describe_load_balancers", "LoadBalancers"),
        ("iam", "list_roles", "Roles"),
        ("logs", "describe_log_groups", "logGroups"),
        ("sns", "list_topics", "Topics"),
    ],
)
def test_a_list_comes_in_pages(small: Stage, service: str, operation: str, items: str) -> None:
    """One call gives two; all pages together give each item once, in the order of the whole list."""
    client = small.client(service)
    assert len(getattr(client, operation)()[items]) == 2
    pages = [page[items] for page in client.get_paginator(operation).paginate()]
    assert [len(page) for page in pages] == [2, 2, 1]
    found = [str(item) for page in pages for item in page]
    assert len(set(found)) == 5


def test_the_inventory_goes_through_all_pages(small: Stage) -> None:
    """It finds all of each kind, with the smallest possible pages."""
    aws = aws_of(small.sandbox)
    found = inventory.take(aws, project="shop", environment="dev")
    for kind in ("cluster", "load balancer", "log group", "role", "topic"):
        assert sorted(each.name for each in found if each.kind == kind) == NAMES


def test_a_smaller_page_is_given_to_whoever_asks(stage: Stage) -> None:
    """Without the variable a page is as large as AWS's, or as the call requests."""
    names = {f"page-{uuid4().hex[:8]}" for _ in range(3)}
    ecs = stage.client("ecs")
    for name in names:
        ecs.create_cluster(clusterName=name)
    first = ecs.list_clusters(maxResults=1)
    assert len(first["clusterArns"]) == 1
    rest = ecs.list_clusters(nextToken=first["nextToken"])
    assert "nextToken" not in rest
    arns = [*first["clusterArns"], *rest["clusterArns"]]
    assert names <= {arn.rpartition("/")[2] for arn in arns}
