"""What hangs on the environment's own resources and was declared by none of them: somebody added it by hand.

Terraform refreshes it into its state and takes it for given from then on. So AWS itself is asked, and what it
has is held against the resources of all states that each declare one part, such as a security group's rule.
"""

from wrapper.terraform.additions.addition import Addition, Call, States, take_back
from wrapper.terraform.additions.finding import TOLD, additions

__all__ = ["TOLD", "Addition", "Call", "States", "additions", "take_back"]
