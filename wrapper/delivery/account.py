"""What an AWS account has once, for all its environments: what exists, and what an environment needs."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from wrapper.aws.client import Aws, explained
from wrapper.environment import Environment

_ISSUER = "token.actions.githubusercontent.com"
_AUDIENCE = "sts.amazonaws.com"
_ROLES = "/aws-service-role/"
_ALWAYS = (
    "ecs.amazonaws.com",
    "ecs.application-autoscaling.amazonaws.com",
    "elasticloadbalancing.amazonaws.com",
)
_INSTANCES = "autoscaling.amazonaws.com"
_CACHES = "pullthroughcache.ecr.amazonaws.com"
_COPIES = "replication.ecr.amazonaws.com"
_SERVICES = frozenset({*_ALWAYS, _INSTANCES, _CACHES, _COPIES})
_TAGS = ("project", "environment", "managed_by")
# Resource types in states from before; a destroy of an environment must not delete them.
ACCOUNT_WIDE = frozenset({"aws_ecr_replication_configuration", "aws_iam_openid_connect_provider"})


@dataclass(frozen=True, kw_only=True)
class Account:
    """What exists, or should exist: copies as `{prefixes, destinations}`, roles' descriptions by service.

    `role_arns` are the ARNs of existing roles.
    """

    github_audiences: Sequence[str] | None = None
    github_provider_arn: str | None = None
    github_tags: Mapping[str, str] = field(default_factory=dict)
    replication: Sequence[Mapping[str, Any]] = ()
    service_linked_roles: Mapping[str, str | None] = field(default_factory=dict)
    role_arns: Mapping[str, str] = field(default_factory=dict)


NOTHING = Account()


def look(aws: Aws) -> Account:
    """Read what the account has in the region."""
    with explained():
        provider = _provider(aws)
        roles = dict(_roles(aws))
        return Account(
            **provider,
            replication=tuple(_rules(aws)),
            service_linked_roles={name: description for name, (_, description) in roles.items()},
            role_arns={name: arn for name, (arn, _) in roles.items()},
        )


def wanted(environment: Environment, existing: Account = NOTHING) -> Account:
    """Add what the environment needs to what exists.

    Of the replication rules only its own is changed or removed.
    """
    audiences = existing.github_audiences
    if environment.github:
        audiences = tuple(sorted({*(audiences or ()), _AUDIENCE}))
    own = _rule(environment)
    return Account(
        github_audiences=audiences,
        github_tags=existing.github_tags,
        replication=(*_without(environment, existing.replication), *own),
        service_linked_roles={
            **dict.fromkeys(_services(environment, copies=bool(own))),
            **existing.service_linked_roles,
        },
    )


def copied_to(aws: Aws, environment: Environment) -> set[str]:
    """Return the regions to which the registry copies the environment's images."""
    with explained():
        rules = list(_rules(aws))
    return {
        str(each["region"])
        for rule in rules
        if f"{environment.prefix}/" in rule["prefixes"]
        for each in rule["destinations"]
    }


def withdraw(aws: Aws, environment: Environment) -> None:
    """Remove the environment's own replication rule, and keep all others."""
    with explained():
        rules = list(_rules(aws))
        left = list(_without(environment, rules))
        if left != rules:
            aws.ecr.put_replication_configuration(
                replicationConfiguration={"rules": [_as_aws_has_it(each) for each in left]}
            )


def _services(environment: Environment, *, copies: bool) -> Iterator[str]:
    """Name the services whose service-linked roles such an environment needs."""
    yield from _ALWAYS
    if environment.cluster.ec2:
        yield _INSTANCES
    if environment.images.caches:
        yield _CACHES
    if copies:
        yield _COPIES


def _rule(environment: Environment) -> Sequence[Mapping[str, Any]]:
    places = [{"region": each, "account_id": environment.account_id} for each in environment.images.replicas]
    return [{"prefixes": [f"{environment.prefix}/"], "destinations": places}] if places else []


def _without(environment: Environment, rules: Iterable[Mapping[str, Any]]) -> Iterator[Mapping[str, Any]]:
    for rule in rules:
        if prefixes := [each for each in rule["prefixes"] if each != f"{environment.prefix}/"]:
            yield {**rule, "prefixes": prefixes}
        elif not rule["prefixes"]:  # of every repository
            yield rule


def _rules(aws: Aws) -> Iterator[Mapping[str, Any]]:
    for rule in aws.ecr.describe_registry().get("replicationConfiguration", {}).get("rules", []):
        yield {
            "prefixes": [each["filter"] for each in rule.get("repositoryFilters", [])],
            "destinations": [
                {"region": each["region"], "account_id": each["registryId"]} for each in rule["destinations"]
            ],
        }


def _as_aws_has_it(rule: Mapping[str, Any]) -> Any:
    return {
        "destinations": [
            {"region": each["region"], "registryId": each["account_id"]} for each in rule["destinations"]
        ],
        "repositoryFilters": [{"filter": each, "filterType": "PREFIX_MATCH"} for each in rule["prefixes"]],
    }


def _provider(aws: Aws) -> dict[str, Any]:
    for each in aws.iam.list_open_id_connect_providers()["OpenIDConnectProviderList"]:
        arn = each.get("Arn", "")
        if arn.endswith(f":oidc-provider/{_ISSUER}"):
            found = aws.iam.get_open_id_connect_provider(OpenIDConnectProviderArn=arn)
            tags = {each["Key"]: each["Value"] for each in found.get("Tags", [])}
            # Tags of the environment that created it, before it belonged to the account.
            dropped = _TAGS if tags.get("managed_by") == "terraform" else ()
            return {
                "github_provider_arn": arn,
                "github_audiences": tuple(sorted(found.get("ClientIDList", []))),
                "github_tags": {key: value for key, value in tags.items() if key not in dropped},
            }
    return {}


def _roles(aws: Aws) -> Iterator[tuple[str, tuple[str, str | None]]]:
    """Yield service, ARN and description of the service-linked roles that the environment's services use."""
    pages = aws.iam.get_paginator("list_roles").paginate(PathPrefix=_ROLES)
    # If a service has several, the one with the shortest name is the default one.
    for role in sorted(
        (role for page in pages for role in page["Roles"]), key=lambda role: -len(role["RoleName"])
    ):
        service = role["Path"].removeprefix(_ROLES).strip("/")
        if service in _SERVICES:
            yield service, (role["Arn"], role.get("Description"))
