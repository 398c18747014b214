"""The sandbox: an AWS emulator of one environment on loopback, whose ECS tasks and load balancer really run.

Its memory is its only store. When the process ends, by `down`, a crash or a reboot, every resource and the
Terraform state in its S3 vanish together, so the next command starts from nothing.

What runs in the emulator's own process and virtual environment is the package `emulator`; nothing imports it.
"""

from wrapper.sandbox.lifecycle import down, find, up
from wrapper.sandbox.look import Status, logs, status
from wrapper.sandbox.record import Sandbox
from wrapper.sandbox.zone import ensure_zone

__all__ = ["Sandbox", "Status", "down", "ensure_zone", "find", "logs", "status", "up"]
