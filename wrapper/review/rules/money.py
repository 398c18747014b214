"""Noticeably higher costs."""

from collections.abc import Iterator

from wrapper.review.finding import Circumstances, Finding, Level
from wrapper.review.values import COMING, number, of_type
from wrapper.terraform.plan import Action, Plan

_NAT = "https://docs.aws.amazon.com/vpc/latest/userguide/nat-gateway-pricing.html"
_FARGATE = "https://aws.amazon.com/fargate/pricing/"


def nat_added(plan: Plan, circumstances: Circumstances) -> Iterator[Finding]:
    """Find new NAT gateways: a price an hour and one for each GB."""
    for resource in of_type(plan, (Action.CREATE,), "aws_nat_gateway"):
        yield Finding(
            rule="nat-added",
            level=Level.NOTE,
            address=resource.address,
            sentence="A NAT gateway is added: it costs by the hour and by the GB, used or not.",
            page=_NAT,
        )


def larger_size(plan: Plan, circumstances: Circumstances) -> Iterator[Finding]:
    """Find tasks that get more CPU or memory."""
    for resource in of_type(plan, COMING, "aws_ecs_task_definition"):
        grown = [
            f"{name} from {before:g} to {after:g}"
            for name in ("cpu", "memory")
            if (before := number(resource.before, name)) is not None
            and (after := number(resource.after, name)) is not None
            and after > before
        ]
        if grown:
            yield Finding(
                rule="larger-size",
                level=Level.NOTE,
                address=resource.address,
                sentence=f"Each of its tasks grows: {', '.join(grown)}.",
                page=_FARGATE,
            )
