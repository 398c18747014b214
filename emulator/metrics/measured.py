"""The store of this sandbox's metrics."""

from emulator.metrics.store import Store

STORE = Store()
