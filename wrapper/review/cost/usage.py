"""The input of a meter, and its result."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from wrapper.review.cost.table import PriceTable
from wrapper.review.side import Side, Values
from wrapper.terraform.plan import ResourceChange


class NotPricedError(Exception):
    """Say why a resource has no price here."""


@dataclass(frozen=True, kw_only=True)
class Usage:
    """How many units of what a resource uses in a month; `price` is a key of the table.

    `rests_on` names the assumptions in the quantity; `times` one by which the price is multiplied.
    """

    price: str
    quantity: float
    rests_on: tuple[str, ...] = ()
    times: str | None = None

    @property
    def assumptions(self) -> set[str]:
        return {*self.rests_on, *([self.times] if self.times else [])}


@dataclass(frozen=True, kw_only=True)
class Metered:
    """One resource, before or after the plan."""

    resource: ResourceChange
    values: Values
    side: Side
    table: PriceTable

    def all_month(self, price: str, count: float = 1, *, times: str | None = None) -> Usage:
        """Use something all the time."""
        hours = self.table.assumed("hours")
        return Usage(price=price, quantity=count * hours, rests_on=("hours",), times=times)

    def assumed(self, price: str, name: str, count: float = 1) -> Usage:
        """Use the assumed quantity, `count` times."""
        return Usage(price=price, quantity=count * self.table.assumed(name), rests_on=(name,))


Meter = Callable[[Metered], Iterator[Usage]]
