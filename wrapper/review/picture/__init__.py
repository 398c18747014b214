"""The environment that a plan describes, as boxes to draw: networks, zones, services, what they use."""

from wrapper.review.picture.draw import Picture, draw
from wrapper.review.picture.network import Network, Tier
from wrapper.review.picture.node import Heap, Node, State

__all__ = ["Heap", "Network", "Node", "Picture", "State", "Tier", "draw"]
