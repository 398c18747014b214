"""What is not as the last apply left it, outside Terraform or in the services. Only looks."""

from wrapper.verbs.drift.report import DRIFTED, Drift
from wrapper.verbs.drift.story import drift

__all__ = ["DRIFTED", "Drift", "drift"]
