"""Whether an existing cluster and existing repositories can be used."""

from collections.abc import Iterator

from wrapper.delivery.verify.finding import Finding, Scene, failure, good, warning
from wrapper.environment import Environment, ExistingCluster

_SERVICES = 10  # the maximum of DescribeServices


def cluster(scene: Scene) -> Iterator[Finding]:
    """Check the existing cluster, and whether it has services with names of this environment."""
    existing = scene.environment.cluster.existing
    if existing is not None:
        yield _cluster(scene, existing)
        yield from _namesakes(scene, existing)


def _cluster(scene: Scene, existing: ExistingCluster) -> Finding:
    subject, name = "cluster.existing.cluster_name", existing.cluster_name
    [found] = scene.aws.ecs.describe_clusters(clusters=[name], include=["SETTINGS"])["clusters"] or [{}]
    if found.get("status") != "ACTIVE":
        return failure(
            subject,
            f"must be a cluster of account {scene.environment.account_id} in {scene.aws.region}, "
            f"but there is no active {name}.",
            "aws ecs list-clusters",
        )
    if missing := ", ".join(sorted(_providers(scene.environment) - {*found.get("capacityProviders", [])})):
        return failure(
            subject,
            f"must have the capacity providers that services run on, but {name} lacks {missing}.",
            "its owner adds them: aws ecs put-cluster-capacity-providers",
        )
    insights = {each.get("name"): each.get("value", "") for each in found.get("settings", [])}
    if scene.environment.cluster.container_insights and insights.get("containerInsights", "") in (
        "",
        "disabled",
    ):
        return failure(
            "cluster.container_insights",
            f"must be false with {name}, which has no Container Insights.",
            "its owner switches them on: aws ecs update-cluster-settings",
        )
    return good(subject, f"{name} exists")


def _providers(environment: Environment) -> set[str]:
    capacities = [service.capacity for service in environment.services.values()]
    spot = {"FARGATE_SPOT" for each in capacities if each.fargate_spot}
    return spot | {"FARGATE" for each in capacities if each.fargate or not each.fargate_spot}


def _namesakes(scene: Scene, existing: ExistingCluster) -> Iterator[Finding]:
    """Check that each service's name is free in the cluster, or that the service is this environment's."""
    names = list(scene.environment.services)
    for start in range(0, len(names), _SERVICES):
        try:
            described = scene.aws.ecs.describe_services(
                cluster=existing.cluster_name, services=names[start : start + _SERVICES]
            )["services"]
        except scene.aws.ecs.exceptions.ClusterNotFoundException:
            return
        for each in described:
            name, family = each.get("serviceName", ""), _family(each.get("taskDefinition", ""))
            if each.get("status") == "ACTIVE" and family != f"{scene.environment.prefix}-{name}":
                yield failure(
                    f"services.{name}",
                    f"must have a name that is free in the cluster {existing.cluster_name}, where such a "
                    f"service runs {family}.",
                    "give it another name in the environment file",
                )


def _family(task_definition_arn: str) -> str:
    return task_definition_arn.rpartition("/")[2].partition(":")[0]


def repositories(scene: Scene) -> Iterator[Finding]:
    for name, repository in scene.environment.existing_repositories.items():
        kind = "services" if name in scene.environment.services else "jobs"
        yield _repository(scene, f"{kind}.{name}.image.existing.repository_name", repository)


def _repository(scene: Scene, subject: str, name: str) -> Finding:
    ecr = scene.aws.ecr
    try:
        ecr.describe_repositories(repositoryNames=[name])
    except ecr.exceptions.RepositoryNotFoundException:
        return failure(
            subject,
            f"must be a repository of account {scene.environment.account_id} in {scene.aws.region}, "
            f"but there is no {name}.",
            f"aws ecr create-repository --region {scene.aws.region} --repository-name {name}",
        )
    try:
        ecr.get_lifecycle_policy(repositoryName=name)
    except ecr.exceptions.LifecyclePolicyNotFoundException:
        return good(subject, f"{name} exists")
    return warning(
        subject,
        f"should keep what releases run, but {name} has a lifecycle policy of its owner.",
        f"see that it keeps them: aws ecr get-lifecycle-policy --repository-name {name}",
    )
