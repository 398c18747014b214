"""What a plan means: what is risky about it, what it costs a month, how long its roll-out takes."""

from wrapper.review.destroy_bound import DestroyBound, bound_of_types
from wrapper.review.finding import Circumstances, Finding, Level
from wrapper.review.review import Review, make_review
from wrapper.review.rollout_bound import pulled_images

__all__ = [
    "Circumstances",
    "DestroyBound",
    "Finding",
    "Level",
    "Review",
    "bound_of_types",
    "make_review",
    "pulled_images",
]
