"""Data that would be lost."""

from collections.abc import Iterator

from wrapper.review.finding import Circumstances, Finding, Level
from wrapper.review.values import GOING, of_type
from wrapper.terraform.plan import Action, Plan, ResourceChange

_HOLDS = {
    "aws_cloudwatch_log_group": "log lines",
    "aws_db_instance": "tables",
    "aws_dynamodb_table": "items",
    "aws_ecr_repository": "images",
    "aws_efs_file_system": "files",
    "aws_rds_cluster": "tables",
    "aws_s3_bucket": "objects",
}
# Settings that let Terraform delete something that is not empty; without them the apply fails there.
_FORCE = {"aws_s3_bucket": "force_destroy", "aws_ecr_repository": "force_delete"}
_PAGE = "https://developer.hashicorp.com/terraform/language/meta-arguments/lifecycle#prevent_destroy"


def data_loss(plan: Plan, circumstances: Circumstances) -> Iterator[Finding]:
    """Find resources with data that are destroyed or replaced."""
    for resource in of_type(plan, GOING, *_HOLDS):
        level = Level.NOTE if _is_kept(resource) else circumstances.worst_unless_disposable()
        yield Finding(
            rule="data-loss", level=level, address=resource.address, sentence=_sentence(resource), page=_PAGE
        )


def _is_kept(resource: ResourceChange) -> bool:
    return bool((resource.before or {}).get("skip_destroy"))


def _sentence(resource: ResourceChange) -> str:
    what = "is replaced by an empty one" if resource.action is Action.REPLACE else "is destroyed"
    held = _HOLDS[resource.type]
    if _is_kept(resource):
        return f"Terraform gives it up; AWS keeps it with its {held}."
    force = _FORCE.get(resource.type)
    if force and not (resource.before or {}).get(force):
        return f"It {what}; the apply fails there while it contains {held} ({force} is not set)."
    return f"It {what}: its {held} are lost."
