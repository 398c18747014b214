"""The main facts about a resource: a few short texts, from its planned values."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from difflib import SequenceMatcher
from itertools import starmap, zip_longest
from typing import Any

from wrapper.review.picture.node import Fact, text, values_of
from wrapper.review.values import blocks, items, number
from wrapper.terraform.plan import ResourceChange

# What belongs to a resource before or after the plan: types and values.
Parts = Sequence[tuple[str, Mapping[str, Any]]]
_CPU_UNITS = 1024
_MIB_PER_GB = 1024
_SHORT_DIGEST = 12
_MOST_ROUTES = 4


def facts(resource: ResourceChange, parts: Sequence[ResourceChange]) -> tuple[str, ...]:
    """Return the facts of one type; `parts` is what belongs to it, such as a task definition.

    The facts are those after the plan; for a destroyed resource those before.
    """
    told = _FACTS.get(resource.type)
    seen = tuple((each.type, values_of(each)) for each in _with_future(parts))
    return tuple(filter(None, told(values_of(resource), seen))) if told else ()


def changed_facts(resource: ResourceChange, parts: Sequence[ResourceChange]) -> tuple[Fact, ...]:
    """Combine each fact before with the one after."""
    told = _FACTS.get(resource.type)
    if told is None or resource.before is None or resource.after is None:
        return tuple(Fact(None, each) for each in facts(resource, parts))
    before = tuple((each.type, each.before) for each in parts if each.before is not None)
    old = list(filter(None, told(resource.before, before)))
    new = list(facts(resource, parts))
    return tuple(_beside(old, new))


def _beside(old: Sequence[str], new: Sequence[str]) -> Iterator[Fact]:
    for kind, i, j, k, m in SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        if kind == "equal":
            yield from (Fact(None, each) for each in new[k:m])
        else:
            yield from starmap(Fact, zip_longest(old[i:j], new[k:m], fillvalue=""))


def _with_future(parts: Sequence[ResourceChange]) -> Iterator[ResourceChange]:
    """Leave out parts that are destroyed if others of their type stay or are created."""
    staying = {each.type for each in parts if each.after is not None}
    return (each for each in parts if each.after is not None or each.type not in staying)


def _of(parts: Parts, kind: str) -> Iterator[Mapping[str, Any]]:
    return (values for found, values in parts if found == kind)


def _service(values: Mapping[str, Any], parts: Parts) -> Iterator[str]:
    task = next(_of(parts, "aws_ecs_task_definition"), {})
    yield _size(values, task)
    yield from (_architecture(platform) for platform in blocks(task, "runtime_platform"))
    yield from (_range(target) for target in _of(parts, "aws_appautoscaling_target"))
    yield ", ".join(
        text(each.get("capacity_provider")) for each in blocks(values, "capacity_provider_strategy")
    ) or text(values.get("launch_type"))
    yield from (_image(container) for container in blocks(task, "container_definitions"))
    yield from _routes(_of(parts, "aws_lb_listener_rule"))


def _size(values: Mapping[str, Any], task: Mapping[str, Any]) -> str:
    count, cpu, memory = number(values, "desired_count"), number(task, "cpu"), number(task, "memory")
    tasks = "" if count is None else f"{count:g} {'task' if count == 1 else 'tasks'}"
    size = "" if cpu is None or memory is None else f"{cpu / _CPU_UNITS:g} vCPU, {memory / _MIB_PER_GB:g} GB"
    return " × ".join(filter(None, (tasks, size)))


def _architecture(platform: Mapping[str, Any]) -> str:
    """Name the architecture if it is not the usual one."""
    named = text(platform.get("cpu_architecture"))
    return "" if named == "X86_64" else named


def _range(target: Mapping[str, Any]) -> str:
    fewest, most = number(target, "min_capacity"), number(target, "max_capacity")
    return "" if fewest is None or most is None else f"scales {fewest:g} to {most:g}"


def _image(container: Mapping[str, Any]) -> str:
    """Name an image without its registry, which is long and not informative."""
    reference = text(container.get("image"))
    name, _, digest = reference.rpartition("/")[2].partition("@sha256:")
    return f"{name}@{digest[:_SHORT_DIGEST]}" if digest else name


def _routes(rules: Iterable[Mapping[str, Any]]) -> Iterator[str]:
    told = [
        text(pattern)
        for rule in rules
        for condition in blocks(rule, "condition")
        for name in ("host_header", "path_pattern")
        for block in blocks(condition, name)
        for pattern in items(block.get("values"))
    ]
    yield from (f"answers {pattern}" for pattern in told[:_MOST_ROUTES] if pattern)
    if len(told) > _MOST_ROUTES:
        yield f"and {len(told) - _MOST_ROUTES} more routes"


def _load_balancer(values: Mapping[str, Any], parts: Parts) -> Iterator[str]:
    yield "internal" if values.get("internal") is True else "open to its callers"
    for listener in _of(parts, "aws_lb_listener"):
        actions = [text(action.get("type")) for action in blocks(listener, "default_action")]
        redirects = " redirects" if actions == ["redirect"] else ""
        yield f"{text(listener.get('protocol'))} {text(listener.get('port'))}{redirects}".strip()


def _subnet(values: Mapping[str, Any], parts: Parts) -> Iterator[str]:
    yield text(values.get("cidr_block"))


def _endpoint(values: Mapping[str, Any], parts: Parts) -> Iterator[str]:
    yield text(values.get("service_name")).rpartition(".")[2]
    yield text(values.get("vpc_endpoint_type")).lower()


def _schedule(values: Mapping[str, Any], parts: Parts) -> Iterator[str]:
    yield text(values.get("schedule_expression"))
    if values.get("event_pattern"):
        yield "at events"
    if values.get("state") == "DISABLED":
        yield "switched off"
    task = next(_of(parts, "aws_ecs_task_definition"), {})
    yield _size({}, task)
    yield from (_image(container) for container in blocks(task, "container_definitions"))


def _log_group(values: Mapping[str, Any], parts: Parts) -> Iterator[str]:
    days = number(values, "retention_in_days")
    yield f"kept {days:g} days" if days else "kept without limit"


def _some(*names: str) -> Callable[[Mapping[str, Any], Parts], Iterator[str]]:
    return lambda values, parts: (text(values.get(name)) for name in names)


_FACTS: Mapping[str, Callable[[Mapping[str, Any], Parts], Iterator[str]]] = {
    "aws_acm_certificate": _some("domain_name"),
    "aws_cloudwatch_event_rule": _schedule,
    "aws_cloudwatch_log_group": _log_group,
    "aws_cloudwatch_metric_alarm": _some("metric_name"),
    "aws_db_instance": _some("engine", "instance_class"),
    "aws_ecs_service": _service,
    "aws_instance": _some("instance_type"),
    "aws_lambda_function": _some("runtime"),
    "aws_lb": _load_balancer,
    "aws_alb": _load_balancer,
    "aws_route53_record": _some("type"),
    "aws_scheduler_schedule": _schedule,
    "aws_subnet": _subnet,
    "aws_vpc": _some("cidr_block"),
    "aws_vpc_endpoint": _endpoint,
}
