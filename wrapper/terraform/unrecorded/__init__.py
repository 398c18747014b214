"""What an apply has made and no state knows, because it was killed before it could write that down.

Terraform writes its state every twenty seconds. What it has made since would be made a second time: AWS
refuses what has a name, and what has none is there twice from then on, and paid for twice. So AWS is asked
for each resource that a plan would create; what is there and has the environment's tags is imported instead.
"""

from wrapper.terraform.unrecorded.finding import KINDS, unrecorded

__all__ = ["KINDS", "unrecorded"]
