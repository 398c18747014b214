"""A Terraform plan as data: what happens to which resource and what forces a replacement, secrets masked."""

from wrapper.terraform.plan.changes import (
    Action,
    AttributeChange,
    FailedCheck,
    OutputChange,
    Plan,
    ResourceChange,
    Summary,
)
from wrapper.terraform.plan.reading import read_plan
from wrapper.terraform.plan.values import Mask

__all__ = [
    "Action",
    "AttributeChange",
    "FailedCheck",
    "Mask",
    "OutputChange",
    "Plan",
    "ResourceChange",
    "Summary",
    "read_plan",
]
