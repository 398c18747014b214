"""Foreign resources: they have a name of the environment, but belong to others, so no command touches them.

The environment owns what is in a state, and what has its tags. The tags are read from each resource's own
service, because the tagging API does not list new resources at once.
"""

from collections.abc import Callable, Container, Iterable, Mapping

from wrapper.aws.client import Aws, code_of
from wrapper.aws.tags import tags_of
from wrapper.inventory.account import buckets, named_log_groups
from wrapper.inventory.collector import Collector
from wrapper.inventory.containers import clusters, repositories
from wrapper.inventory.identity import named_roles, role_tags
from wrapper.inventory.load_balancing import load_balancers
from wrapper.inventory.resource import Resource, Scope

Tags = Mapping[str, str]

# Resources that may contain other people's work, or whose name prevents an apply from creating them.
_COLLECTORS = (clusters, repositories, buckets, named_roles, load_balancers, named_log_groups)
# The log groups of Container Insights belong to the cluster and have no tags.
_INSIGHTS = "/aws/ecs/containerinsights/"


def foreign_resources(aws: Aws, scope: Scope, *, managed: Container[str]) -> list[Resource]:
    """Return the clusters, repositories, buckets, roles, load balancers and log groups of others.

    `managed` are the ids and ARNs in the states.
    """
    found = _unmanaged(aws, scope, managed, _COLLECTORS)
    foreign = [each for each in found if not _is_told_apart(scope, _own_tags(aws, each))]
    clusters_of_others = {each.name for each in foreign if each.kind == "cluster"}
    return [each for each in foreign if not _is_made_by_aws(each, clusters_of_others)]


def orphans(aws: Aws, scope: Scope, *, kinds: Container[str], managed: Container[str]) -> list[Resource]:
    """Return the environment's own resources, by their tags, of these `kinds` that are in no state."""
    asked = [each for each in _COLLECTORS if any(kind.name in kinds for kind in each.kinds)]
    found = _unmanaged(aws, scope, managed, asked)
    return [each for each in found if scope.has_tags(_own_tags(aws, each))]


def _unmanaged(
    aws: Aws, scope: Scope, managed: Container[str], collectors: Iterable[Collector]
) -> list[Resource]:
    listed = (resource for collect in collectors for resource in collect(aws, scope))
    return [each for each in listed if not _is_known(each, managed)]


def _own_tags(aws: Aws, resource: Resource) -> Tags:
    """Return the resource's tags from its own service; none if it has been deleted meanwhile."""
    return _TAGS[resource.kind](aws, resource)


def _is_told_apart(scope: Scope, tags: Tags) -> bool:
    """Return whether the tags name an environment of the project: this one, or one with a longer name."""
    return tags.get("project") == scope.project and "environment" in tags


def _is_known(resource: Resource, managed: Container[str]) -> bool:
    return resource.arn in managed or resource.name in managed


def _is_made_by_aws(resource: Resource, clusters_of_others: Container[str]) -> bool:
    """Return whether AWS created it for the environment: for a pull-through cache or a cluster's metrics."""
    if resource.kind == "repository":
        return resource.name.count("/") > 1  # <prefix>/<cache>/<the upstream's own name>
    cluster = resource.name.removeprefix(_INSIGHTS).partition("/")[0]
    return resource.name.startswith(_INSIGHTS) and cluster not in clusters_of_others


def _of_cluster(aws: Aws, resource: Resource) -> Tags:
    found = aws.ecs.describe_clusters(clusters=[resource.arn], include=["TAGS"])["clusters"]
    return {tag.get("key", ""): tag.get("value", "") for each in found for tag in each.get("tags", [])}


def _of_repository(aws: Aws, resource: Resource) -> Tags:
    try:
        return tags_of(aws.ecr.list_tags_for_resource(resourceArn=resource.arn)["tags"])
    except aws.ecr.exceptions.RepositoryNotFoundException:
        return {}


def _of_bucket(aws: Aws, resource: Resource) -> Tags:
    from botocore.exceptions import ClientError

    try:
        return tags_of(aws.s3.get_bucket_tagging(Bucket=resource.name)["TagSet"])
    except ClientError as error:
        if code_of(error) not in ("NoSuchTagSet", "NoSuchBucket"):
            raise
        return {}


def _of_role(aws: Aws, resource: Resource) -> Tags:
    return role_tags(aws, resource.name) or {}


def _of_balancer(aws: Aws, resource: Resource) -> Tags:
    try:
        described = aws.elbv2.describe_tags(ResourceArns=[resource.arn])["TagDescriptions"]
    except aws.elbv2.exceptions.LoadBalancerNotFoundException:
        return {}
    return {key: value for each in described for key, value in tags_of(each.get("Tags", [])).items()}


def _of_log_group(aws: Aws, resource: Resource) -> Tags:
    try:
        return aws.logs.list_tags_for_resource(resourceArn=resource.arn).get("tags", {})
    except aws.logs.exceptions.ResourceNotFoundException:
        return {}


_TAGS: Mapping[str, Callable[[Aws, Resource], Tags]] = {
    "bucket": _of_bucket,
    "cluster": _of_cluster,
    "load balancer": _of_balancer,
    "log group": _of_log_group,
    "repository": _of_repository,
    "role": _of_role,
}
