"""What an account has once: it is read and added to, and never taken from others."""

from collections.abc import Iterator, Mapping
from typing import Any

import pytest

from tests.wrapper.stack import environment
from wrapper.aws.client import Aws
from wrapper.delivery import account, tfvars
from wrapper.delivery.verify.account import copies
from wrapper.delivery.verify.finding import Scene
from wrapper.environment import Environment

AUDIENCE = "sts.amazonaws.com"
THEIRS: Mapping[str, Any] = {
    "prefixes": ["blog-prod/"],
    "destinations": [{"region": "eu-west-2", "account_id": "210987654321"}],
}


def with_replicas(*regions: str, name: str = "prod") -> Environment:
    small = environment(name, project="shop")
    return small.model_copy(update={"images": small.images.model_copy(update={"replicas": regions})})


def own_rule(*regions: str, name: str = "prod") -> Mapping[str, Any]:
    account_id = environment(name).account_id
    return {
        "prefixes": [f"shop-{name}/"],
        "destinations": [{"region": each, "account_id": account_id} for each in regions],
    }


@pytest.fixture
def copying(aws: Aws) -> Iterator[Aws]:
    """Return a registry that copies somebody else's images, and ours to one region."""
    rules: Any = [
        {
            "destinations": [
                {"region": each["region"], "registryId": each["account_id"]} for each in rule["destinations"]
            ],
            "repositoryFilters": [
                {"filter": each, "filterType": "PREFIX_MATCH"} for each in rule["prefixes"]
            ],
        }
        for rule in (THEIRS, own_rule("eu-central-1"))
    ]
    aws.ecr.put_replication_configuration(replicationConfiguration={"rules": rules})
    yield aws
    aws.ecr.put_replication_configuration(replicationConfiguration={"rules": []})


def test_rules_of_others_stay(copying: Aws) -> None:
    """An account's region has one list of rules: only the environment's own rule is changed or removed."""
    existing = account.look(copying)
    assert list(existing.replication) == [THEIRS, own_rule("eu-central-1")]
    moved = account.wanted(with_replicas("eu-north-1"), existing)
    assert list(moved.replication) == [THEIRS, own_rule("eu-north-1")]
    assert list(account.wanted(with_replicas(), existing).replication) == [THEIRS]


def test_a_destroyed_environments_rule_goes(copying: Aws) -> None:
    """No rule of it is left, and all other copies continue."""
    account.withdraw(copying, with_replicas(name="dev"))
    assert len(account.look(copying).replication) == 2
    account.withdraw(copying, with_replicas("eu-central-1"))
    assert list(account.look(copying).replication) == [THEIRS]


@pytest.mark.parametrize(
    ("regions", "level"), [(("eu-central-1",), "ok"), (("eu-north-1",), "warn"), ((), "warn")]
)
def test_copies_that_the_registry_does_not_make_are_told(
    copying: Aws, regions: tuple[str, ...], level: str
) -> None:
    """No apply of an environment creates them, so the message has the command that does."""
    scene = Scene(
        aws=copying,
        environment=with_replicas(*regions),
        release=None,
        managed=frozenset(),
        sandbox=True,
    )
    [found] = copies(scene)
    assert (found.level, found.subject) == (level, "images.replicas")
    if level == "warn":
        got = f"{', '.join(regions) or 'none'} in the file and eu-central-1 there"
        assert found.detail == f"should be what the account's registry copies to, got {got}."
        assert found.fix == "python -m wrapper account prod"


def test_without_copies_nothing_is_said(aws: Aws) -> None:
    """If neither file nor registry has any, nothing is printed."""
    scene = Scene(aws=aws, environment=with_replicas(), release=None, managed=frozenset(), sandbox=True)
    assert list(copies(scene)) == []


def test_a_provider_that_is_there_keeps_its_audiences(aws: Aws) -> None:
    """It keeps its tags, too, and may serve others. Without a repository in the file it is not read."""
    made = aws.iam.create_open_id_connect_provider(
        Url="https://token.actions.githubusercontent.com",
        ClientIDList=["https://github.com/example"],
        Tags=[{"Key": "team", "Value": "tools"}],
    )
    arn = made["OpenIDConnectProviderArn"]
    try:
        existing = account.look(aws)
    finally:
        aws.iam.delete_open_id_connect_provider(OpenIDConnectProviderArn=arn)
    assert existing.github_provider_arn == arn
    assert existing.github_tags == {"team": "tools"}
    small = environment("prod", project="shop")
    assert account.wanted(small, existing).github_audiences == ("https://github.com/example",)
    assert account.wanted(small).github_audiences is None
    delivered = Environment.model_validate({**dict(small), "github": {"repository": "example/shop"}})
    assert account.wanted(delivered, existing).github_audiences == ("https://github.com/example", AUDIENCE)
    assert account.wanted(delivered).github_audiences == (AUDIENCE,)


def test_roles_of_services_are_looked_up(aws: Aws) -> None:
    """Roles that AWS created are imported with their description; the others are created."""
    made = aws.iam.create_service_linked_role(AWSServiceName="ecs.amazonaws.com")
    existing = account.look(aws)
    assert existing.role_arns["ecs.amazonaws.com"] == made["Role"]["Arn"]
    wanted = account.wanted(with_replicas("eu-central-1"), existing)
    assert wanted.service_linked_roles["ecs.amazonaws.com"] == made["Role"].get("Description")
    assert wanted.service_linked_roles["replication.ecr.amazonaws.com"] is None
    assert made["Role"]["RoleName"] == "AWSServiceRoleForECS"
    text = tfvars.render_account(environment("prod", project="shop"), existing)
    assert f'"ecs.amazonaws.com" = "{made["Role"]["Arn"]}"' in text
