"""A plan kept to be applied later, exactly: its files, and a record of what they were made from."""

from wrapper.delivery.saved.inputs import Origin, origin_of, tfvars_inputs
from wrapper.delivery.saved.moved import moved, moved_states
from wrapper.delivery.saved.record import Record, SavedPlan
from wrapper.delivery.saved.store import read, save, take

__all__ = [
    "Origin",
    "Record",
    "SavedPlan",
    "moved",
    "moved_states",
    "origin_of",
    "read",
    "save",
    "take",
    "tfvars_inputs",
]
