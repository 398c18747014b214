"""What this sandbox has measured."""

from emulator.metrics.store import Store

STORE = Store()
