"""What somebody changed by hand, which an apply takes back."""

from collections.abc import Iterable, Iterator

from wrapper.review.finding import Circumstances, Finding, Level
from wrapper.terraform.additions import Addition
from wrapper.terraform.plan import Action, Plan

_PAGE = "https://docs.aws.amazon.com/prescriptive-guidance/latest/terraform-aws-provider-best-practices/security.html"
# Who may do what, and whom a network lets in: what a stack declares of it may have been changed as well.
_GUARDS = (
    "aws_ecr_repository_policy",
    "aws_iam_policy",
    "aws_iam_role",
    "aws_iam_role_policy",
    "aws_s3_bucket_policy",
    "aws_s3_bucket_public_access_block",
    "aws_vpc_security_group_ingress_rule",
)


def added(additions: Iterable[Addition]) -> Iterator[Finding]:
    """Find what nobody declared, however long it has been there."""
    for addition in additions:
        yield _finding(
            addition.address,
            Level.BLOCK if addition.opens else Level.WARN,
            f"It has {addition.sentence}, which nobody declared. An apply takes it back.",
        )


def by_hand(plan: Plan, circumstances: Circumstances) -> Iterator[Finding]:
    """Find permissions that were declared, and changed outside."""
    changing = {each.address for each in plan.by_action(Action.UPDATE, Action.REPLACE)}
    for resource in plan.drift:
        if resource.type in _GUARDS and resource.action is Action.UPDATE and resource.address in changing:
            sentence = "It was changed outside Terraform. An apply takes that back."
            yield _finding(resource.address, Level.BLOCK, sentence)


def _finding(address: str, level: Level, sentence: str) -> Finding:
    return Finding(rule="by-hand", level=level, address=address, sentence=sentence, page=_PAGE)
