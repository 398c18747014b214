"""The Python packages of a process image: an environment for each content, and the `RUN python ...` in it."""

from wrapper.image.packages.build_steps import Maker, NotMade
from wrapper.image.packages.environment import Environments, is_held_by_clone
from wrapper.image.packages.requirements import content_of, key_of

__all__ = ["Environments", "Maker", "NotMade", "content_of", "is_held_by_clone", "key_of"]
