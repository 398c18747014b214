"""The longest time that a destroy takes."""

import pytest

from tests.wrapper.review.planned import change, created, environment, plan, stored
from wrapper.environment import Environment
from wrapper.inventory import Resource, main_type
from wrapper.review import bound_of_types, make_review, views
from wrapper.review.destroy_bound import DestroyBound, bound_of_plans
from wrapper.terraform.plan import Plan


def on_aws() -> Environment:
    found = environment()
    assert found.target == "aws"
    return found


def bound(*plans: Plan) -> DestroyBound:
    found = bound_of_plans(plans, on_aws())
    assert found
    return found


def names(found: DestroyBound) -> list[str]:
    return [stage.what for stage in found.stages]


def test_the_stages_follow_the_dependencies() -> None:
    """They are tasks, services, resources in the network, the network, and the rest."""
    found = bound(stored("production"))
    assert names(found) == [
        "stop",
        "services",
        "load balancer and gateways",
        "network",
        "the rest",
        "Terraform",
        "sweep and count",
    ]
    assert found.seconds == sum(stage.seconds for stage in found.stages)
    assert found.formula.startswith("stop ")


def test_a_stage_takes_as_long_as_its_slowest_kind() -> None:
    """Terraform deletes in parallel: a NAT gateway takes longer than a load balancer."""
    balancer, gateway = created("aws_lb", {"name": "a"}), created("aws_nat_gateway", {"a": 1})
    assert bound(plan(balancer)).stages[0].seconds == 120
    assert bound(plan(balancer, gateway)).stages[0].seconds == 180


def test_what_the_plan_takes_away_needs_no_destroy() -> None:
    """Only resources that exist afterwards count."""
    seen = plan(change("aws_nat_gateway", "delete", before={"a": 1}), created("aws_vpc", {"a": 1}))
    assert names(bound(seen)) == ["the rest", "Terraform", "sweep and count"]
    assert bound_of_plans([stored("destroy")], on_aws()) is None


def test_stopping_is_the_slowest_services_drain_and_stop() -> None:
    """The margin that `destroy` waits in addition is included."""
    rollout = on_aws().services["recommender"].rollout
    expected = rollout.drain_seconds + rollout.stop_timeout_seconds + 30
    assert bound(stored("new-image")).stages[0] == ("stop", expected)


def test_each_stack_is_planned_on_its_own() -> None:
    """Two stacks are two runs of Terraform."""
    one, two = bound(stored("new-image")), bound(stored("foundation-first-create"), stored("new-image"))
    assert dict(two.stages)["Terraform"] == 2 * dict(one.stages)["Terraform"]


def test_an_inventory_is_bounded_as_its_plan_is() -> None:
    """Before a destroy there is no plan yet; existing resources count."""
    types = ("aws_ecs_service", "aws_lb", "aws_subnet", "aws_vpc", "aws_iam_role")
    planned = bound(plan(*(created(kind, {"a": 1}) for kind in types)))
    kinds = [
        ("ecs", "service"),
        ("elbv2", "load balancer"),
        ("ec2", "subnet"),
        ("ec2", "vpc"),
        ("iam", "role"),
    ]
    there = [main_type(Resource(service=service, kind=kind, name="a", arn="a")) for service, kind in kinds]
    assert bound_of_types(filter(None, there), on_aws(), stacks=1) == planned


def test_the_sandbox_is_quick() -> None:
    """There AWS is not awaited."""
    types = ["aws_ecs_service", "aws_nat_gateway"]
    sandbox = bound_of_types(types, environment("dev"), stacks=2)
    assert sandbox.seconds < bound_of_types(types, on_aws(), stacks=2).seconds / 2


@pytest.mark.parametrize("view", [views.text, views.markdown, views.html])
def test_every_view_tells_it(view: object) -> None:
    """It is next to the roll-outs."""
    seen = make_review([stored("new-image")], environment=on_aws())
    assert seen.destroy
    assert callable(view)
    assert seen.destroy.formula in view(seen)
    assert views.document(seen)["destroy"]["seconds"] == seen.destroy.seconds
