"""Whether something that does not belong to the environment has one of its names."""

from collections.abc import Iterator, Mapping

from wrapper import inventory
from wrapper.delivery import resource_names
from wrapper.delivery.verify.finding import Finding, Scene, failure, good, skipped
from wrapper.inventory import Resource

# Kinds that an apply imports if their tags name the environment; other kinds would have to be created again.
_KEPT = {"bucket", "log group", "repository"}
_WAY_OUT = "give `project` or the file another name"


def names(scene: Scene) -> Iterator[Finding]:
    """Name what an apply would take over or stumble over, and what is only called alike.

    Some AWS calls silently reuse an existing resource of the name, and a destroy would delete it.
    """
    environment = scene.environment
    scope = inventory.scope_in(scene.aws, environment)
    found = inventory.foreign_resources(scene.aws, scope, managed=scene.managed)
    wanted = resource_names.names(environment)
    for each in found:
        yield _taken(scene, each) if each.name in wanted[each.kind] else _alike(scene, each)
    elsewhere = [_taken_elsewhere(name) for name in _of_other_accounts(scene)]
    yield from elsewhere
    if not elsewhere and not any(each.name in wanted[each.kind] for each in found):
        yield good("names", "are free for what apply creates, or used by what it has created")


def _taken(scene: Scene, resource: Resource) -> Finding:
    name = scene.environment.name
    return failure(
        f"{resource.kind} {resource.name}",
        f"must be free or {name}'s own: it is there, no state of {name} has it, nor has it {name}'s tags.",
        f"{_way_in(scene, resource)}If it isn't {name}'s: {_WAY_OUT}, or delete it.",
    )


def _of_other_accounts(scene: Scene) -> Iterator[str]:
    """Yield the buckets of other accounts, which no list of this account shows."""
    from botocore.exceptions import ClientError

    for name in sorted(resource_names.buckets(scene.environment) - scene.managed):
        try:
            scene.aws.s3.head_bucket(Bucket=name)
        except ClientError as error:
            if error.response["ResponseMetadata"]["HTTPStatusCode"] == 403:
                yield name


def _taken_elsewhere(name: str) -> Finding:
    return failure(
        f"bucket {name}",
        "must be free for apply to create it, but another account has it, or access to it is denied.",
        f"{_WAY_OUT}; or allow s3:ListBucket on it",
    )


def _alike(scene: Scene, resource: Resource) -> Finding:
    rule = f"has a name like those of {scene.environment.name}, but is not its own: no command touches it"
    return skipped(f"{resource.kind} {resource.name}", rule)


def _way_in(scene: Scene, resource: Resource) -> str:
    """Say how to let an apply import what has data; a cluster or a role cannot be imported."""
    if resource.kind not in _KEPT:
        return ""
    name, region, tags = scene.environment.name, scene.aws.region, scene.environment.tags
    commands: Mapping[str, str] = {
        "bucket": f"tag it {' and '.join(f'{key}={value}' for key, value in tags.items())}",
        "log group": f"aws logs tag-resource --region {region} --resource-arn {resource.arn}"
        f" --tags {','.join(f'{key}={value}' for key, value in tags.items())}",
        "repository": f"aws ecr tag-resource --region {region} --resource-arn {resource.arn}"
        f" --tags {' '.join(f'Key={key},Value={value}' for key, value in tags.items())}",
    }
    return f"If it is {name}'s: {commands[resource.kind]}, and the next apply imports it. "
