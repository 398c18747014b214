"""Rehearse: apply and destroy an environment for AWS in a sandbox, and report what AWS would refuse."""

from wrapper.verbs.rehearse.judged import Judge, Verdict
from wrapper.verbs.rehearse.report import Rehearsed
from wrapper.verbs.rehearse.story import rehearse

__all__ = ["Judge", "Rehearsed", "Verdict", "rehearse"]
