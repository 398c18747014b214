"""The roles have exactly the permissions that the tasks need."""

import json
from typing import Any

import tftest

from tests.terraform.examples import KEY, TOKEN
from tests.terraform.roots import planned

# Actions that AWS supports only on `*`, each with its reason.
WITHOUT_RESOURCE = {
    "ecr:GetAuthorizationToken": "a token is the account's, not a repository's",
    "logs:DescribeLogGroups": "AWS knows no resource type for it",
    "ecs:DiscoverPollEndpoint": "where ECS is, an agent asks before it has a name",
    **dict.fromkeys(
        (
            f"ssmmessages:{action}Channel"
            for action in ("CreateControl", "CreateData", "OpenControl", "OpenData")
        ),
        "a session's channels are no resources",
    ),
}

Statements = list[dict[str, Any]]


def statements(plan: tftest.TerraformPlanOutput, service: str, policy: str) -> Statements:
    [values] = [
        values
        for address, values in planned(plan, "aws_iam_role_policy").items()
        if f'"{service}"' in address and values["name"] == policy
    ]
    found = json.loads(values["policy"])["Statement"]
    assert isinstance(found, list)
    return found


def listed(value: str | list[str]) -> list[str]:
    return [value] if isinstance(value, str) else value


def allowed(policy: Statements) -> dict[str, set[str]]:
    """Return the resources of each allowed action."""
    grants: dict[str, set[str]] = {}
    for statement in policy:
        for action in listed(statement["Action"]):
            grants.setdefault(action, set()).update(listed(statement["Resource"]))
    return grants


def refuse_wildcards(plan: tftest.TerraformPlanOutput, within: str = "") -> None:
    policies = planned(plan, "aws_iam_role_policy").items()
    for policy in [values for address, values in policies if within in address]:
        for action, resources in allowed(json.loads(policy["policy"])["Statement"]).items():
            assert "*" not in action
            assert "*" not in resources or action in WITHOUT_RESOURCE


def test_no_policy_has_a_wildcard(
    app: tftest.TerraformPlanOutput,
    variants: tftest.TerraformPlanOutput,
    fronted: tftest.TerraformPlanOutput,
) -> None:
    """No action is a pattern, and no resource is `*` unless AWS supports no other."""
    for plan in (app, variants, fronted):
        refuse_wildcards(plan)


def test_execution_role_starts_this_service_only(app: tftest.TerraformPlanOutput) -> None:
    """It may pull from one repository and write to one log group."""
    repository = {"arn:aws:ecr:eu-west-1:123456789012:repository/shop-dev/recommender"}
    streams = {"arn:aws:logs:eu-west-1:123456789012:log-group:/ecs/shop-dev/recommender:log-stream:*"}
    assert allowed(statements(app, "recommender", "start-tasks")) == {
        "ecr:GetAuthorizationToken": {"*"},
        "ecr:BatchCheckLayerAvailability": repository,
        "ecr:BatchGetImage": repository,
        "ecr:GetDownloadUrlForLayer": repository,
        "logs:CreateLogStream": streams,
        "logs:PutLogEvents": streams,
    }


def test_execution_role_reads_the_named_secrets_only(variants: tftest.TerraformPlanOutput) -> None:
    """It reads the container's secrets and no others; a policy's resource has no JSON key."""
    grants = allowed(statements(variants, "other", "start-tasks"))
    assert grants["secretsmanager:GetSecretValue"] == {TOKEN}
    assert grants["ssm:GetParameters"] == {KEY}
    assert "ssm:GetParameters" not in allowed(statements(variants, "few", "start-tasks"))


def test_image_in_another_repository_can_be_pulled(variants: tftest.TerraformPlanOutput) -> None:
    """A reference to ECR names its repository, and the role may pull from it."""
    grants = allowed(statements(variants, "other", "start-tasks"))
    assert grants["ecr:BatchGetImage"] == {"arn:aws:ecr:eu-west-1:123456789012:repository/other"}


def test_public_image_needs_no_repository(variants: tftest.TerraformPlanOutput) -> None:
    """For an image from elsewhere the role has no permission to pull from ECR."""
    assert "ecr:BatchGetImage" not in allowed(statements(variants, "public", "start-tasks"))


def test_task_role_reads_its_model_only(app: tftest.TerraformPlanOutput) -> None:
    """It reads all versions of one model, because a rollback needs an earlier one."""
    bucket = "arn:aws:s3:::shop-dev-models-123456789012"
    policy = statements(app, "recommender", "use-objects")
    assert allowed(policy) == {
        "s3:GetObject": {f"{bucket}/models/movielens/*"},
        "s3:ListBucket": {bucket},
    }
    [listing] = [each for each in policy if each["Action"] == "s3:ListBucket"]
    assert listing["Condition"] == {"StringLike": {"s3:prefix": "models/movielens/*"}}


def test_task_without_model_may_nothing(variants: tftest.TerraformPlanOutput) -> None:
    """The task role of a service that reads nothing has no policy."""
    policies = [address for address in planned(variants, "aws_iam_role_policy") if '"other"' in address]
    assert policies == ['module.ecs_service["other"].module.task_roles.aws_iam_role_policy.execution']


def test_only_tasks_of_this_account_get_the_roles(app: tftest.TerraformPlanOutput) -> None:
    """ECS may assume the roles for this account's tasks only."""
    roles = planned(app, "aws_iam_role").values()
    assert sorted(role["name"] for role in roles) == [
        "shop-dev-recommender-execution",
        "shop-dev-recommender-task",
    ]
    for role in roles:
        [statement] = json.loads(role["assume_role_policy"])["Statement"]
        assert statement["Principal"] == {"Service": "ecs-tasks.amazonaws.com"}
        assert statement["Condition"] == {"StringEquals": {"aws:SourceAccount": "123456789012"}}
