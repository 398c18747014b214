"""What ministack's IAM lacks for what an account has once: services' role names, tags of OIDC providers."""

from collections.abc import Callable
from typing import Any

from ministack.services import iam

from emulator.patching import wrap
from emulator.replies import Response

# https://docs.aws.amazon.com/IAM/latest/UserGuide/using-service-linked-roles.html
_NAMES = {
    "autoscaling.amazonaws.com": "AutoScaling",
    "ecs.amazonaws.com": "ECS",
    "ecs.application-autoscaling.amazonaws.com": "ApplicationAutoScaling_ECSService",
    "elasticloadbalancing.amazonaws.com": "ElasticLoadBalancing",
    "pullthroughcache.ecr.amazonaws.com": "ECRPullThroughCache",
    "replication.ecr.amazonaws.com": "ECRReplication",
}


def names_of_service_roles() -> None:
    """Upstream names a service-linked role by its service's first word: two of ECS would have one role."""
    wrap(iam, "_create_service_linked_role", _create)


def tags_of_providers() -> None:
    """Upstream has no calls that change the tags of an existing provider."""
    iam._IAM_HANDLERS["TagOpenIDConnectProvider"] = _tag
    iam._IAM_HANDLERS["UntagOpenIDConnectProvider"] = _untag


def _create(original: Callable[[Any], Response], parameters: Any) -> Response:
    service = iam._p(parameters, "AWSServiceName")
    made = f"AWSServiceRoleFor{service.partition('.')[0].capitalize()}"
    name = f"AWSServiceRoleFor{_NAMES[service]}" if service in _NAMES else made
    if name == made:
        return original(parameters)
    if name in iam._roles:
        taken: Response = iam._error(
            409, "EntityAlreadyExists", f"Role with name {name} already exists.", ns="iam"
        )
        return taken
    aside = iam._roles.pop(made, None)
    original(parameters)
    role = iam._roles.pop(made)
    iam._roles[name] = {**role, "RoleName": name, "Arn": role["Arn"].removesuffix(made) + name}
    if aside is not None:
        iam._roles[made] = aside
    body = (
        f"<CreateServiceLinkedRoleResult><Role>{iam._role_xml(name)}</Role></CreateServiceLinkedRoleResult>"
    )
    answer: Response = iam._xml(200, "CreateServiceLinkedRoleResponse", body, ns="iam")
    return answer


def _tag(parameters: Any) -> Response:
    new = {each["Key"]: each for each in iam._extract_tags(parameters)}
    return _changed("TagOpenIDConnectProvider", parameters, lambda tags: {**tags, **new})


def _untag(parameters: Any) -> Response:
    gone = set(iam._extract_tag_keys(parameters))
    return _changed(
        "UntagOpenIDConnectProvider",
        parameters,
        lambda tags: {key: tag for key, tag in tags.items() if key not in gone},
    )


def _changed(operation: str, parameters: Any, change: Callable[[dict[str, Any]], dict[str, Any]]) -> Response:
    arn = iam._p(parameters, "OpenIDConnectProviderArn")
    provider = iam._oidc_providers.get(arn)
    answer: Response
    if provider is None:
        answer = iam._error(404, "NoSuchEntity", f"OIDC provider {arn} not found.", ns="iam")
    else:
        provider["Tags"] = list(change({each["Key"]: each for each in provider["Tags"]}).values())
        answer = iam._xml(200, f"{operation}Response", "", ns="iam")
    return answer
