"""The review as one HTML file that needs nothing else: a picture, and everything that the other views say."""

from wrapper.review.views.html.page import html

__all__ = ["html"]
