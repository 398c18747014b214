"""Read a folder with a Dockerfile, and write the environment file that deploys it."""

from wrapper.verbs.init.begin import Written, add, init
from wrapper.verbs.init.service import Options, Target

__all__ = ["Options", "Target", "Written", "add", "init"]
