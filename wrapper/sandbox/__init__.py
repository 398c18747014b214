"""The sandbox: an AWS emulator of one environment on loopback, whose ECS tasks and load balancer really run.

It stores everything in memory. When the process ends, by `down`, a crash or a reboot, all resources are lost,
and with them the Terraform state in its S3, so that the next command starts from nothing.

The package `emulator` runs in a process and a virtual environment of its own; nothing imports it.
"""

from wrapper.sandbox.lifecycle import down, find, up
from wrapper.sandbox.record import Sandbox
from wrapper.sandbox.status import Status, logs, status
from wrapper.sandbox.zone import ensure_zone

__all__ = ["Sandbox", "Status", "down", "ensure_zone", "find", "logs", "status", "up"]
