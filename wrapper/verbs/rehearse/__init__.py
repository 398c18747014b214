"""Rehearse: apply and destroy an environment for AWS in a sandbox, and report what AWS would refuse."""

from wrapper.verbs.rehearse.judged import Judge, Verdict
from wrapper.verbs.rehearse.rehearsal import rehearse
from wrapper.verbs.rehearse.report import Rehearsed

__all__ = ["Judge", "Rehearsed", "Verdict", "rehearse"]
