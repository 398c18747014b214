"""Differences between the last apply and what exists, in Terraform's resources and in the services.

Only reads.
"""

from wrapper.verbs.drift.detect import drift
from wrapper.verbs.drift.report import DRIFTED, Drift

__all__ = ["DRIFTED", "Drift", "drift"]
