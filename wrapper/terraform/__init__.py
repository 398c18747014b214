"""All calls to Terraform: init, plan, show, apply and outputs, with progress lines and typed errors."""

from wrapper.terraform.backend import Backend, S3Backend
from wrapper.terraform.binary import Executable
from wrapper.terraform.messages import Diagnostic, PlannedChange
from wrapper.terraform.mirror import locked_providers
from wrapper.terraform.plan import Summary
from wrapper.terraform.planfile import PlanFile
from wrapper.terraform.stack import configuration_files
from wrapper.terraform.terraform import Terraform

__all__ = [
    "Backend",
    "Diagnostic",
    "Executable",
    "PlanFile",
    "PlannedChange",
    "S3Backend",
    "Summary",
    "Terraform",
    "configuration_files",
    "locked_providers",
]
