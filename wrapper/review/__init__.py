"""What a plan means: what is risky about it, what it costs a month, how long its roll-out takes."""

from wrapper.review.finding import Circumstances, Finding, Level
from wrapper.review.review import Review, make_review

__all__ = ["Circumstances", "Finding", "Level", "Review", "make_review"]
