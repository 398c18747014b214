"""Whether ECS may start the tasks: the roles that it assumes, the secrets that it reads."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from wrapper.delivery.verify.finding import Finding, Scene, failure, good, skipped, warning
from wrapper.environment import Environment

_TASKS = "ecs-tasks.amazonaws.com"
_ROLES = ("execution", "task")


def roles(scene: Scene) -> Iterator[Finding]:
    """Check each role's trust policy: without it ECS cannot assume the role, and no task starts."""
    for name in (*scene.environment.services, *scene.environment.jobs):
        for kind in _ROLES:
            yield _role(scene, f"{scene.environment.prefix}-{name}-{kind}")


def _role(scene: Scene, name: str) -> Finding:
    subject = f"role {name}"
    try:
        role = scene.aws.iam.get_role(RoleName=name)["Role"]
    except scene.aws.iam.exceptions.NoSuchEntityException:
        return skipped(subject, "is created by the first apply")
    if _trusts_tasks(role.get("AssumeRolePolicyDocument") or {}, scene.environment.account_id):
        return good(subject, "can be assumed by ECS tasks")
    return warning(
        subject,
        f"must trust {_TASKS} of account {scene.environment.account_id}, but its trust policy does not.",
        f"python -m wrapper apply {scene.environment.called} restores it",
    )


def _trusts_tasks(policy: Any, account_id: str) -> bool:
    statements = _list(policy.get("Statement", [])) if isinstance(policy, Mapping) else []
    return any(
        each.get("Effect") == "Allow"
        and _TASKS in _list((each.get("Principal") or {}).get("Service", []))
        and {"sts:AssumeRole", "sts:*", "*"} & set(_list(each.get("Action", [])))
        and _allows_account(each.get("Condition") or {}, account_id)
        for each in statements
    )


def _allows_account(condition: Mapping[str, Any], account_id: str) -> bool:
    """Check only the condition that the stack writes; any other condition counts as met."""
    wanted = condition.get("StringEquals", {}).get("aws:SourceAccount")
    return wanted is None or account_id in _list(wanted)


def _list(value: Any) -> Sequence[Any]:
    return value if isinstance(value, list) else [value]


def secrets(scene: Scene) -> Iterator[Finding]:
    """Check that each secret exists. Only its description is read, never its value."""
    for path, declared in declared_secrets(scene.environment):
        for name, arn in declared.items():
            subject = f"{path}.secrets.{name}"
            yield _parameter(scene, subject, arn) if ":ssm:" in arn else _secret(scene, subject, arn)


def declared_secrets(environment: Environment) -> Iterator[tuple[str, Mapping[str, str]]]:
    """Yield the secrets of each container, with the path of its block."""
    for name, service in environment.services.items():
        yield f"services.{name}", service.secrets
        for beside, sidecar in service.sidecars.items():
            yield f"services.{name}.sidecars.{beside}", sidecar.secrets
    for name, job in environment.jobs.items():
        yield f"jobs.{name}", job.secrets


def _secret(scene: Scene, subject: str, arn: str) -> Finding:
    # ECS accepts :json-key:version-stage:version-id after the ARN.
    parts = arn.split(":")
    secret, region = ":".join(parts[:7]), parts[3]
    aws = scene.aws.in_region(region)
    try:
        found = aws.secrets.describe_secret(SecretId=secret)
    except aws.secrets.exceptions.ResourceNotFoundException:
        return failure(
            subject,
            f"must be a secret that exists, and there is no {secret}.",
            f"aws secretsmanager create-secret --region {region} --name NAME, and put its ARN in",
        )
    if found.get("DeletedDate"):
        return failure(
            subject,
            f"must be a secret in use, and {secret} is scheduled for deletion.",
            f"aws secretsmanager restore-secret --region {region} --secret-id {secret}",
        )
    return good(subject, f"{found.get('Name', secret)} exists")


def _parameter(scene: Scene, subject: str, arn: str) -> Finding:
    region, path = arn.split(":")[3], arn.split(":parameter/", 1)[1]
    aws = scene.aws.in_region(region)
    # A name of one word has no leading slash.
    names = [f"/{path}", path]
    # AWS may answer a filter with an empty page and continue with the next one.
    pages = aws.ssm.get_paginator("describe_parameters").paginate(
        ParameterFilters=[{"Key": "Name", "Values": names}]
    )
    found = [parameter for page in pages for parameter in page["Parameters"]]
    if found:
        return good(subject, f"{found[0].get('Name', path)} exists")
    return failure(
        subject,
        f"must be a parameter that exists, and there is no {arn}.",
        f"aws ssm put-parameter --region {region} --name /{path} --type SecureString --value …",
    )
