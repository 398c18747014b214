"""What belongs to the environment's resources and no state declares: somebody added it by hand.

Terraform writes it into its state with a refresh, and no later plan shows it. So AWS itself is asked, and its
answer is compared with the resources of all states that each declare one part, such as a security group's
rule.
"""

from wrapper.terraform.additions.addition import Addition, Call, States, take_back
from wrapper.terraform.additions.finding import TOLD, additions

__all__ = ["TOLD", "Addition", "Call", "States", "additions", "take_back"]
