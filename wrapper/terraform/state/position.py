"""The position of a state: its lineage, and how often it has been written."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from wrapper.aws.client import Aws
from wrapper.terraform.state.document import read_state


@dataclass(frozen=True, kw_only=True)
class Position:
    """`lineage` is the state's id since its first apply; `serial` grows with each write."""

    lineage: str
    serial: int


def position_of(aws: Aws, bucket: str, key: str) -> Position | None:
    """Read the position of the state `key`, None before the first apply.

    Raise TerraformError for no state.
    """
    return read_state(aws, bucket, key, _position)


def _position(state: Mapping[str, Any]) -> Position:
    return Position(lineage=str(state["lineage"]), serial=int(state["serial"]))
