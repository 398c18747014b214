"""The environment as boxes: where each resource is, and what happens to it."""

import pytest

from tests.wrapper.review.planned import Json, change, created, plan, stored
from wrapper.review.picture import Heap, Network, Node, Picture, State, draw


def picture(*changes: Json) -> Picture:
    return draw([plan(*changes)])


def network(*changes: Json) -> Network:
    [found] = picture(*changes).networks
    return found


def subnet(name: str, zone: str, **values: Json) -> Json:
    made = created("aws_subnet", {"availability_zone": zone, **values}, module=f"module.{name}-{zone}")
    return made | {"name": name, "index": zone}


def service(name: str = "web", *, public: bool = False, **more: Json) -> Json:
    values = {"name": name, "desired_count": 2, "network_configuration": [{"assign_public_ip": public}]}
    return created("aws_ecs_service", values, module=f"module.{name}", **more)


VPC = created("aws_vpc", {"cidr_block": "10.0.0.0/16", "tags": {"Name": "mine"}})


def test_production_stands_in_three_zones() -> None:
    """The load balancer is in public subnets, tasks are in private ones, and each zone has a gateway."""
    [found] = draw([stored("production")]).networks
    assert found.zones == ("eu-west-1a", "eu-west-1b", "eu-west-1c")
    public, private = found.tiers
    assert ([each.title for each in public.load_balancers], public.services) == (["Load balancer"], ())
    assert [each.label for each in private.services] == ["recommender"]
    assert [each.title for each in public.cells["eu-west-1a"]] == ["Subnet", "NAT gateway"]


def test_a_service_says_what_it_is() -> None:
    """Its box has its tasks, their size, limits, capacity, image and routes."""
    [found] = draw([stored("production")]).networks
    [recommender] = found.tiers[1].services
    assert recommender.facts == (
        "3 tasks × 1 vCPU, 2 GB",
        "scales 3 to 12",
        "FARGATE",
        "recommender@0123456789ab",
        "answers /*",
    )


def test_each_service_has_its_own_routes() -> None:
    """The rules of all services are in one module; their keys name the service."""
    [found] = draw([stored("service-added")]).networks
    told = {each.label: each.facts[-1] for tier in found.tiers for each in tier.services}
    assert told == {"recommender": "answers /*", "extra": "answers /extra/*"}


@pytest.mark.parametrize(
    ("name", "states"),
    [
        ("first-create", {"recommender": State.NEW}),
        ("no-change", {"recommender": State.UNCHANGED}),
        ("new-image", {"recommender": State.CHANGED}),
        ("renamed", {"recommender": State.REPLACED}),
        ("service-added", {"recommender": State.UNCHANGED, "extra": State.NEW}),
        ("service-removed", {"recommender": State.UNCHANGED, "extra": State.REMOVED}),
        ("destroy", {"recommender": State.REMOVED}),
    ],
)
def test_each_service_shows_what_happens_to_it(name: str, states: dict[str, State]) -> None:
    """The plans are those of the real stacks."""
    [found] = draw([stored(name)]).networks
    shown = {each.label: each.state for tier in found.tiers for each in tier.services}
    assert shown == states


def test_a_service_changes_with_its_parts() -> None:
    """Its own values may be unchanged while its limits change."""
    same: Json = {"name": "web"}
    target = change("aws_appautoscaling_target", "update", before={"a": 1}, after={"a": 2})
    found = network(change("aws_ecs_service", "no-op", before=same, after=same), target)
    assert [each.state for tier in found.tiers for each in tier.services] == [State.CHANGED]


def test_parts_of_two_services_in_a_module_are_nobodys() -> None:
    """Nobody knows which service a task definition belongs to."""
    two = [change("aws_ecs_service", "no-op", before={"a": n}, after={"a": n}) for n in (1, 2)]
    found = network(*two, created("aws_ecs_task_definition", {"cpu": "256", "memory": "512"}))
    assert [each.facts for tier in found.tiers for each in tier.services] == [(), ()]


def test_public_tasks_stand_in_public_subnets() -> None:
    """A task with a public address is in a public subnet, any other in a private one."""
    both = [subnet("public", "a"), subnet("private", "a")]
    for public, place in ((True, "public"), (False, "private")):
        found = network(VPC, *both, service(public=public))
        assert [tier.label for tier in found.tiers if tier.services] == [place]


def test_services_do_not_stand_among_databases() -> None:
    """They are drawn there only if there are no other subnets."""
    found = network(VPC, *(subnet(name, "a") for name in ("database", "private", "public")), service())
    assert [tier.label for tier in found.tiers if tier.services] == ["private"]
    found = network(VPC, subnet("database", "a"), service())
    assert [tier.label for tier in found.tiers if tier.services] == ["database"]


def test_a_network_of_somebody_else_is_drawn_without_a_name() -> None:
    """The services are drawn in it all the same."""
    found = network(service())
    assert (found.node, found.zones) == (None, ())
    assert [each.label for each in found.tiers[0].services] == ["web"]


def test_services_stand_beside_several_networks() -> None:
    """The plan does not say in which one they are."""
    other = created("aws_vpc", {"cidr_block": "10.1.0.0/16"}, module="module.other")
    seen = picture(VPC, other, subnet("public", "a"), service())
    assert len(seen.networks) == 2
    assert [each.label for each in seen.groups["Compute"] if isinstance(each, Node)] == ["web"]


def test_many_of_a_type_are_counted_but_services_never() -> None:
    """Twenty alarms are one box, twenty services are twenty."""
    alarms = [created("aws_cloudwatch_metric_alarm", {"alarm_name": f"a{n}"}) for n in range(20)]
    seen = picture(*alarms, *(service(f"s{n}") for n in range(20)))
    [heap] = seen.groups["Logs and alarms"]
    assert isinstance(heap, Heap)
    assert (heap.count, heap.states) == (20, {State.NEW: 20})
    assert sum(len(tier.services) for tier in seen.networks[0].tiers) == 20


def test_what_is_not_drawn_is_counted() -> None:
    """No resource is left out; data sources do not count."""
    data = created("aws_iam_policy_document", {"json": "{}"})
    data["address"] = "data.aws_iam_policy_document.x"
    seen = picture(VPC, created("aws_iam_role", {"name": "a"}), created("random_id", {"a": 1}), data)
    assert seen.others == {"aws_iam_role": 1, "random_id": 1}


def test_nothing_is_an_empty_picture() -> None:
    """That is so without resources, and if none of them is drawn."""
    assert picture().empty
    assert picture(created("aws_iam_role", {"name": "a"})).empty


@pytest.mark.parametrize(
    ("kind", "values", "when"),
    [
        ("aws_scheduler_schedule", {"schedule_expression": "rate(1 day)"}, "rate(1 day)"),
        ("aws_cloudwatch_event_rule", {"event_pattern": '{"source": ["aws.s3"]}'}, "at events"),
    ],
)
def test_a_job_says_when_and_what_it_runs(kind: str, values: Json, when: str) -> None:
    """It shows its schedule or its events; the task definition has size and image."""
    definitions = '[{"name": "a", "image": "registry.example.com/train:1"}]'
    task = {"cpu": "1024", "memory": "2048", "container_definitions": definitions}
    made = [created(kind, {"name": "retrain", **values}), created("aws_ecs_task_definition", task)]
    [job] = picture(*made).groups["Jobs"]
    assert isinstance(job, Node)
    assert (job.label, job.facts) == ("retrain", (when, "1 vCPU, 2 GB", "train:1"))
