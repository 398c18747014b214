"""What runs: tasks of services and of jobs on Fargate, by architecture and Spot, and EC2 instances."""

from collections.abc import Iterator, Mapping

from wrapper.review.cost.schedule import runs_a_month
from wrapper.review.cost.usage import Metered, NotPricedError, Usage
from wrapper.review.side import Values
from wrapper.review.values import blocks, number

_MIB_PER_GB = 1024
_CPU_UNITS = 1024
_FARGATE, _SPOT = "FARGATE", "FARGATE_SPOT"


def service(metered: Metered) -> Iterator[Usage]:
    """Charge each task for its CPU, its memory, its public address."""
    count = number(metered.values, "desired_count")
    if count is None:
        raise NotPricedError("the number of its tasks is not known")
    architecture, cpu, memory = _size(metered)
    for provider, tasks in _shares(metered.values, count).items():
        times = "spot" if provider == _SPOT else None
        yield metered.all_month(f"fargate{architecture}_vcpu_hour", tasks * cpu, times=times)
        yield metered.all_month(f"fargate{architecture}_gb_hour", tasks * memory, times=times)
    if _is_public(metered.values):
        yield metered.all_month("ipv4_hour", count)


def schedule(metered: Metered) -> Iterator[Usage]:
    """Charge the tasks that a schedule starts; a disabled one starts none."""
    expression = str(metered.values.get("schedule_expression"))
    runs = runs_a_month(expression, metered.table.assumed("hours"))
    if runs is None:
        raise NotPricedError(f"how often it runs is not known, got {expression}")
    started = [each for block in blocks(metered.values, "target") for each in blocks(block, "ecs_parameters")]
    if started and metered.values.get("state") != "DISABLED":
        yield from _runs(metered, runs * (number(started[0], "task_count") or 1), started[0], ("hours",))


def event_target(metered: Metered) -> Iterator[Usage]:
    """Charge the tasks that events start."""
    for started in blocks(metered.values, "ecs_target"):
        runs = metered.table.assumed("job_events") * (number(started, "task_count") or 1)
        yield from _runs(metered, runs, started, ("job_events",))


def instance(metered: Metered) -> Iterator[Usage]:
    kind = metered.values.get("instance_type")
    yield metered.all_month(_instance_price(kind))


def instances(metered: Metered) -> Iterator[Usage]:
    """Charge the instances that a group wants, of the type in the launch template beside it."""
    template = metered.side.only(metered.resource.module, "aws_launch_template") or {}
    wanted = number(metered.values, "desired_capacity")
    count = number(metered.values, "min_size") if wanted is None else wanted
    if count is None:
        raise NotPricedError("the number of its instances is not known")
    yield metered.all_month(_instance_price(template.get("instance_type")), count)


def _instance_price(kind: object) -> str:
    if not isinstance(kind, str) or kind.startswith("("):
        raise NotPricedError("its instance type is not known")
    return f"ec2_{kind}_hour"


def _runs(metered: Metered, runs: float, started: Values, rests_on: tuple[str, ...]) -> Iterator[Usage]:
    architecture, cpu, memory = _size(metered)
    hours = runs * metered.table.assumed("job_hours")
    rests_on = (*rests_on, "job_hours")
    strategies = {
        str(each.get("capacity_provider")) for each in blocks(started, "capacity_provider_strategy")
    }
    times = "spot" if strategies == {_SPOT} else None
    for price, amount in (("vcpu", cpu), ("gb", memory)):
        key = f"fargate{architecture}_{price}_hour"
        yield Usage(price=key, quantity=hours * amount, rests_on=rests_on, times=times)
    if _is_public(started):
        yield Usage(price="ipv4_hour", quantity=hours, rests_on=rests_on)


def _size(metered: Metered) -> tuple[str, float, float]:
    """Return the architecture as in the price's key, vCPUs and GB of the task definition beside it."""
    task = metered.side.only(metered.resource.module, "aws_ecs_task_definition")
    cpu, memory = number(task, "cpu"), number(task, "memory")
    if cpu is None or memory is None:
        raise NotPricedError("its task's size is not known")
    platform = next(iter(blocks(task, "runtime_platform")), {})
    if str(platform.get("operating_system_family")).startswith("WINDOWS"):
        raise NotPricedError("only LINUX is priced, got WINDOWS")
    architecture = "_arm" if platform.get("cpu_architecture") == "ARM64" else ""
    return architecture, cpu / _CPU_UNITS, memory / _MIB_PER_GB


def _shares(values: Values, count: float) -> Mapping[str, float]:
    """Divide the tasks among capacity providers: the base first, the rest by weight."""
    strategies = blocks(values, "capacity_provider_strategy")
    providers = {str(each.get("capacity_provider")) for each in strategies} or {
        str(values.get("launch_type"))
    }
    if not providers <= {_FARGATE, _SPOT}:
        raise NotPricedError(
            f"its instances are priced where they are planned, got {', '.join(sorted(providers))}"
        )
    if not strategies:
        return {_FARGATE: count}
    base = {str(each["capacity_provider"]): min(number(each, "base") or 0, count) for each in strategies}
    weights = {str(each["capacity_provider"]): number(each, "weight") or 0 for each in strategies}
    if not any(weights.values()):
        weights = dict.fromkeys(weights, 1.0)
    rest, total = max(count - sum(base.values()), 0), sum(weights.values())
    return {name: base[name] + rest * weights[name] / total for name in base}


def _is_public(values: Values) -> bool:
    networks = [*blocks(values, "network_configuration"), values]
    return any(network.get("assign_public_ip") in (True, "ENABLED") for network in networks)
