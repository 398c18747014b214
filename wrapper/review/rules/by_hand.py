"""What somebody changed by hand, which an apply removes."""

from collections.abc import Iterable, Iterator

from wrapper.review.finding import Circumstances, Finding, Level
from wrapper.terraform.additions import Addition
from wrapper.terraform.plan import Action, Plan

_PAGE = "https://docs.aws.amazon.com/prescriptive-guidance/latest/terraform-aws-provider-best-practices/security.html"
# Permissions and ingress: what a stack declares of them may also have been changed.
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
    """Find what nobody declared, of any age."""
    for addition in additions:
        yield _finding(
            addition.address,
            Level.BLOCK if addition.opens else Level.WARN,
            f"It has {addition.sentence}, which nobody declared. An apply removes it.",
        )


def by_hand(plan: Plan, circumstances: Circumstances) -> Iterator[Finding]:
    """Find declared permissions that were changed outside Terraform."""
    changing = {each.address for each in plan.by_action(Action.UPDATE, Action.REPLACE)}
    for resource in plan.drift:
        if resource.type in _GUARDS and resource.action is Action.UPDATE and resource.address in changing:
            sentence = "It was changed outside Terraform. An apply undoes that."
            yield _finding(resource.address, Level.BLOCK, sentence)


def _finding(address: str, level: Level, sentence: str) -> Finding:
    return Finding(rule="by-hand", level=level, address=address, sentence=sentence, page=_PAGE)
