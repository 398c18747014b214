"""Times at which nothing, or too little, would answer."""

from collections.abc import Iterator

from wrapper.review.finding import Circumstances, Finding, Level
from wrapper.review.values import COMING, GOING, number, of_type
from wrapper.terraform.plan import Action, Plan

_ECS = "https://docs.aws.amazon.com/AmazonECS/latest/developerguide"
_DEPLOYMENT = f"{_ECS}/deployment-type-ecs.html"
_SERVICE = f"{_ECS}/service-configure.html"
_REPLACE = "https://developer.hashicorp.com/terraform/language/meta-arguments/lifecycle#create_before_destroy"
# What every request passes, and what does not work meanwhile.
_FRONT = {
    "aws_ecs_cluster": "its services stop",
    "aws_ecs_service": "its tasks stop before new ones start",
    "aws_lb": "the address does not answer meanwhile, and the new one has another DNS name",
    "aws_lb_listener": "its port does not answer meanwhile",
    "aws_lb_listener_rule": "its requests have no answer, or another one's, meanwhile",
    "aws_lb_target_group": "no target gets requests meanwhile",
}


def interruption(plan: Plan, circumstances: Circumstances) -> Iterator[Finding]:
    """Find replacements of what every request passes, the old one first."""
    keeps_front = not list(of_type(plan, GOING, "aws_lb"))
    for resource in of_type(plan, (Action.REPLACE,), *_FRONT):
        if not resource.create_first:
            match resource.type:
                case "aws_lb" | "aws_ecs_cluster":
                    level = circumstances.worst_unless_disposable()
                case "aws_lb_listener" | "aws_lb_listener_rule" if keeps_front:
                    level = Level.BLOCK  # there is a way without it
                case _:
                    level = Level.WARN
            yield Finding(
                rule="interruption",
                level=level,
                address=resource.address,
                sentence=f"It is replaced, the old one first: {_FRONT[resource.type]}.",
                page=_REPLACE,
            )


def service_removed(plan: Plan, circumstances: Circumstances) -> Iterator[Finding]:
    """Find services and load balancers that are destroyed and not replaced."""
    for resource in of_type(plan, (Action.DELETE,), "aws_ecs_service", "aws_lb"):
        yield Finding(
            rule="service-removed",
            level=circumstances.worst_unless_disposable() if resource.type == "aws_lb" else Level.WARN,
            address=resource.address,
            sentence="It is destroyed: nothing answers in its place.",
            page=_SERVICE,
        )


def few_healthy(plan: Plan, circumstances: Circumstances) -> Iterator[Finding]:
    """Find roll-outs that stop old tasks before new ones are healthy."""
    for resource in of_type(plan, COMING, "aws_ecs_service"):
        percent = number(resource.after, "deployment_minimum_healthy_percent")
        if percent is not None and percent < 100:
            yield Finding(
                rule="few-healthy",
                level=Level.NOTE if circumstances.disposable else Level.WARN,
                address=resource.address,
                sentence=f"A roll-out may leave {percent:g} % of its tasks to do all the work.",
                page=_DEPLOYMENT,
            )


def single_task(plan: Plan, circumstances: Circumstances) -> Iterator[Finding]:
    """Find services for which one failure is an outage."""
    for resource in of_type(plan, COMING, "aws_ecs_service"):
        count = number(resource.after, "desired_count")
        if count in (0, 1):
            ran = "It runs one task: when that fails, nothing answers until another has started."
            yield Finding(
                rule="single-task",
                level=Level.NOTE if circumstances.disposable else Level.WARN,
                address=resource.address,
                sentence=ran if count else "It runs no task: nothing answers.",
                page=_SERVICE,
            )
