"""What an apply has created and no state has, because it was killed before it could write the state.

Terraform writes its state every twenty seconds. What it has created since would be created a second time: AWS
refuses a second one of a name, and resources without a name would exist twice, and be paid for twice. So AWS
is asked for each resource that a plan would create; an existing one with the environment's tags is imported
instead.
"""

from wrapper.terraform.unrecorded.finding import KINDS, unrecorded

__all__ = ["KINDS", "unrecorded"]
