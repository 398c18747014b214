"""What an apply calls the things that hold data, or that somebody else may have under the same name."""

from collections.abc import Mapping
from itertools import chain

from wrapper.environment import Environment


def names(environment: Environment) -> Mapping[str, frozenset[str]]:
    """Return the names by kind, with the inventory's kinds. GitHub's roles belong to another command."""
    prefix = environment.prefix
    return {
        "bucket": buckets(environment),
        "cluster": frozenset() if environment.cluster.existing else frozenset({prefix}),
        "load balancer": frozenset() if environment.alb.existing else frozenset({prefix}),
        "log group": log_groups(environment),
        "repository": environment.repository_names,
        "role": _roles(environment),
    }


def buckets(environment: Environment) -> frozenset[str]:
    models = None if environment.models.existing else environment.model_bucket
    return frozenset(filter(None, (models, environment.access_logs_bucket)))


def log_groups(environment: Environment) -> frozenset[str]:
    prefix = environment.prefix
    tasks = {f"/ecs/{prefix}/{name}" for name in (*environment.services, *environment.jobs)}
    sessions = {f"/ecs/{prefix}/exec"} if environment.cluster.exec_logs else set()
    flows = {f"/vpc/{prefix}/flow-logs"} if environment.network.flow_logs else set()
    return frozenset(tasks | sessions | flows)


def _roles(environment: Environment) -> frozenset[str]:
    tasks = ((f"{name}-execution", f"{name}-task") for name in (*environment.services, *environment.jobs))
    starters = (f"{name}-{role}" for name, job in environment.jobs.items() for role in job.starters)
    instances = (f"{group}-instance" for group in environment.cluster.ec2)
    flows = ("flow-logs",) if environment.network.flow_logs else ()
    return frozenset(f"{environment.prefix}-{role}" for role in chain(*tasks, starters, instances, flows))
