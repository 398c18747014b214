"""What belongs to the account, applied to a sandbox, and older states that still contain it."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.terraform.examples import COMMON, FOUNDATION, Values
from tests.terraform.provider import running
from tests.terraform.roots import Root, copy_root
from tests.terraform.test_apply import ACCOUNT, HERE, Move, moves
from tests.wrapper.sandbox.stage import aws_of, sandbox_in, variables_of
from tests.wrapper.stack import environment
from wrapper import sandbox
from wrapper.aws.client import Aws
from wrapper.delivery import account, tfvars
from wrapper.environment import Environment

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]

ROLES: Values = {**COMMON, **HERE, "github": {"repository": "example/shop"}}
PROVIDER = "module.github_oidc.aws_iam_openid_connect_provider.github[0]"
COPIES = "module.ecr_registry.aws_ecr_replication_configuration.copies[0]"
# As they were in the environments' stacks.
OLD_PROVIDER = """
resource "aws_iam_openid_connect_provider" "github" {
  count          = 1
  url            = "https://token.actions.githubusercontent.com"
  client_id_list = ["sts.amazonaws.com"]
}
"""
OLD_COPIES = f"""
resource "aws_ecr_replication_configuration" "copies" {{
  count = 1

  replication_configuration {{
    rule {{
      destination {{
        region      = "eu-central-1"
        registry_id = "{ACCOUNT}"
      }}
      repository_filter {{
        filter      = "shop-dev/"
        filter_type = "PREFIX_MATCH"
      }}
    }}
  }}
}}
"""


@pytest.fixture(scope="module")
def started(tmp_path_factory: pytest.TempPathFactory) -> Iterator[sandbox.Sandbox]:
    """A sandbox, as an account without any resource."""
    with sandbox_in(tmp_path_factory.mktemp("clone"), name="dev") as running_sandbox:
        yield running_sandbox


@pytest.fixture(scope="module")
def aws(started: sandbox.Sandbox) -> Aws:
    return aws_of(started)


@pytest.fixture(scope="module")
def inside(
    started: sandbox.Sandbox, provider: Path, process_variables: dict[str, str]
) -> Iterator[dict[str, str]]:
    """Return the variables of Terraform's processes, for a provider that calls the sandbox."""
    with running(provider, {**process_variables, **variables_of(started)}) as variables:
        yield variables


def delivered() -> Environment:
    small = environment("dev", project="shop")
    images = small.images.model_copy(update={"replicas": ("eu-central-1",)})
    github = {"repository": "example/shop"}
    return Environment.model_validate({**dict(small), "images": images, "github": github})


def older(folder: str, module: str, resource: str, work: Path, variables: dict[str, str]) -> Root:
    """Change a stack back to when it contained the account's resources."""
    copied = copy_root(folder, work, offline=False)
    (copied / "removed.tf").unlink()
    (copied.parents[1] / "modules" / module / "older.tf").write_text(resource)
    return Root(copied, variables)


def newer(root: Root, module: str, name: str) -> None:
    """Change the stack to its current form."""
    (root.folder.parents[1] / "modules" / module / "older.tf").unlink()
    (root.folder / "removed.tf").write_text(Path(f"terraform/stacks/{name}/removed.tf").read_text())


def test_an_older_state_moves_and_nothing_is_destroyed(
    aws: Aws, inside: dict[str, str], tmp_path: Path
) -> None:
    """The environment's state drops what the account's state imports; the second plan of each is empty."""
    github = older("stacks/github", "github_oidc", OLD_PROVIDER, tmp_path / "github", inside)
    foundation = older("stacks/foundation", "ecr_registry", OLD_COPIES, tmp_path / "foundation", inside)
    github.apply(ROLES)
    foundation.apply({**FOUNDATION, **HERE})
    before = account.look(aws)
    assert before.github_provider_arn
    assert before.replication

    newer(github, "github_oidc", "github")
    newer(foundation, "ecr_registry", "foundation")
    assert github.changes(ROLES) == {PROVIDER: ["forget"]}
    assert foundation.changes({**FOUNDATION, **HERE}) == {COPIES: ["forget"]}
    github.apply(ROLES)
    foundation.apply({**FOUNDATION, **HERE})
    assert account.look(aws) == before

    root = Root(copy_root("stacks/account", tmp_path / "account", offline=False), inside)
    text = tfvars.render_account(delivered(), before)
    changes = root.changes(text)
    # Its tags no longer name an environment.
    assert changes.pop("module.account.aws_iam_openid_connect_provider.github[0]") == ["update"]
    assert {action for actions in changes.values() for action in actions} == {"create"}
    assert all("aws_iam_service_linked_role" in address for address in changes)
    root.apply(text)
    after = account.look(aws)
    assert (after.github_provider_arn, after.replication) == (before.github_provider_arn, before.replication)
    assert root.changes(tfvars.render_account(delivered(), after)) == {}

    github.destroy(ROLES)
    foundation.destroy({**FOUNDATION, **HERE})
    assert account.look(aws) == after


def test_policies_move_to_the_new_addresses(inside: dict[str, str], tmp_path: Path) -> None:
    """Each `moved` block of the roles finds the resource of an old name; no permission is lost meanwhile."""
    root = Root(copy_root("stacks/github", tmp_path, offline=False), inside)
    root.apply(ROLES)
    unused: set[Move] = set(moves(Path("terraform/modules/github_oidc/moved.tf")))
    for address in root.addresses():
        for move in sorted(unused):
            if found := move.now.fullmatch(address):
                root.rename(address, f"{found['module']}{move.before}{found['key'] or ''}")
                unused.discard(move)
    assert not unused
    assert root.changes(ROLES) == {}
    root.destroy(ROLES)
