"""Rehearse: an environment for AWS lives and ends in a sandbox of its own, and what AWS would say is told."""

from wrapper.verbs.rehearse.judged import Judge, Verdict
from wrapper.verbs.rehearse.report import Rehearsed
from wrapper.verbs.rehearse.story import rehearse

__all__ = ["Judge", "Rehearsed", "Verdict", "rehearse"]
