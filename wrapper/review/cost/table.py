"""The price tables in `wrapper/review/prices/`: one file per region, US dollars, dated.

`assumptions.yaml` beside this file has what is the same in every region.
"""

from collections.abc import Mapping
from datetime import date
from functools import cache
from pathlib import Path

import yaml
from pydantic import BaseModel, ConfigDict, Field

_FOLDER = Path(__file__).parents[1] / "prices"
_ASSUMPTIONS = Path(__file__).with_name("assumptions.yaml")


class _Frozen(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Price(_Frozen):
    """The price of one unit; `page` is AWS's page about it."""

    usd: float = Field(gt=0)
    unit: str
    page: str


class Assumption(_Frozen):
    """A quantity that no plan contains."""

    value: float = Field(ge=0)
    sentence: str


class PriceTable(_Frozen):
    """A region's prices, and the assumed quantities; `date` is the date of the prices."""

    region: str
    currency: str
    date: date
    source: str
    prices: Mapping[str, Price]
    assumptions: Mapping[str, Assumption]
    not_counted: tuple[str, ...]
    free: frozenset[str]

    def assumed(self, name: str) -> float:
        return self.assumptions[name].value


@cache
def table_of(region: str) -> PriceTable | None:
    """Return the region's table; None if there is none."""
    path = _FOLDER / f"{region}.yaml"
    if not path.is_file():
        return None
    parts = [yaml.safe_load(each.read_text(encoding="utf-8")) for each in (path, _ASSUMPTIONS)]
    return PriceTable.model_validate({**parts[0], **parts[1]})


def regions() -> tuple[str, ...]:
    """Return the regions that have a table."""
    return tuple(sorted(path.stem for path in _FOLDER.glob("*.yaml")))
