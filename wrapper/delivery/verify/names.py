"""Whether something has a name of the environment's already, and is not its own."""

from collections.abc import Iterator, Mapping

from wrapper import inventory
from wrapper.delivery import resource_names
from wrapper.delivery.verify.finding import Finding, Scene, failure, good, skipped
from wrapper.inventory import Resource

# What an apply takes over if it says that it is the environment's: the rest would have to be made again.
_KEPT = {"bucket", "log group", "repository"}
_WAY_OUT = "give `project` or the file another name"


def names(scene: Scene) -> Iterator[Finding]:
    """Name what an apply would take over or stumble over, and what is only called alike.

    Some of AWS's calls take over in silence what is there under the name, and a destroy would delete it.
    """
    environment = scene.environment
    scope = inventory.scope_of(
        scene.aws,
        project=environment.project,
        environment=environment.name,
        spared=environment.existing_arns,
    )
    found = inventory.foreign_resources(scene.aws, scope, managed=scene.managed)
    wanted = resource_names.names(environment)
    for each in found:
        yield _taken(scene, each) if each.name in wanted[each.kind] else _alike(scene, each)
    elsewhere = [_taken_elsewhere(name) for name in _of_other_accounts(scene)]
    yield from elsewhere
    if not elsewhere and not any(each.name in wanted[each.kind] for each in found):
        yield good("names", "are free for what apply makes, or taken by what it has made")


def _taken(scene: Scene, resource: Resource) -> Finding:
    name = scene.environment.name
    return failure(
        f"{resource.kind} {resource.name}",
        f"must be free or {name}'s own: it is there, no state of {name} has it, nor has it {name}'s tags.",
        f"{_way_in(scene, resource)}If it isn't {name}'s: {_WAY_OUT}, or delete it.",
    )


def _of_other_accounts(scene: Scene) -> Iterator[str]:
    """Yield the buckets that another account has: no list of ours names them."""
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
        "must be free for apply to make it, and another account has it, or these credentials may not see it.",
        f"{_WAY_OUT}; or allow s3:ListBucket on it",
    )


def _alike(scene: Scene, resource: Resource) -> Finding:
    rule = f"is called like {scene.environment.name}'s and isn't its own: no command touches it"
    return skipped(f"{resource.kind} {resource.name}", rule)


def _way_in(scene: Scene, resource: Resource) -> str:
    """Say how apply is told to take over what holds data; a cluster or a role it can only make."""
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
    return f"If it is {name}'s: {commands[resource.kind]}, and the next apply takes it over. "
