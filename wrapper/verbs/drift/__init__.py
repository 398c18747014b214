"""Differences between the last apply and what exists, in Terraform's resources and in the services.

Only reads.
"""

from wrapper.verbs.drift.report import DRIFTED, Drift
from wrapper.verbs.drift.story import drift

__all__ = ["DRIFTED", "Drift", "drift"]
