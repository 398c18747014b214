"""What the planned resources cost a month: before, after, and the difference."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Literal

from wrapper.review.cost.meters import METERS
from wrapper.review.cost.table import PriceTable
from wrapper.review.cost.usage import Meter, Metered, NotPricedError, Usage
from wrapper.review.side import Side
from wrapper.terraform.plan import Plan, ResourceChange

# A difference below half a cent a month is not reported.
_CENT = 0.005


@dataclass(frozen=True, kw_only=True)
class CostLine:
    """One resource's US dollars a month.

    `basis` is the calculation, of the state after the plan if it stays.
    """

    address: str
    before: float
    after: float
    basis: str

    @property
    def difference(self) -> float:
        return self.after - self.before


@dataclass(frozen=True, kw_only=True)
class Estimate:
    """US dollars a month. `not_priced` maps addresses to the reason why they have no line.

    `assumptions` are those that the lines use.
    """

    table: PriceTable
    lines: tuple[CostLine, ...]
    not_priced: Mapping[str, str]
    assumptions: tuple[str, ...]

    @property
    def before(self) -> float:
        return sum(line.before for line in self.lines)

    @property
    def after(self) -> float:
        return sum(line.after for line in self.lines)

    @property
    def difference(self) -> float:
        return self.after - self.before


def estimate(plans: Iterable[Plan], table: PriceTable) -> Estimate:
    """Price the resources before and after the plans; the largest differences come first."""
    resources = [each for plan in plans for each in plan.everything if not each.is_data]
    before, before_missing = _priced(resources, "before", table)
    after, after_missing = _priced(resources, "after", table)
    lines = [
        CostLine(
            address=address,
            before=_dollars(before.get(address, ()), table),
            after=_dollars(after.get(address, ()), table),
            basis=_basis(after.get(address) or before.get(address, ()), table),
        )
        for address in {**before, **after}
    ]
    lines.sort(key=lambda line: (-abs(line.difference), -line.after, line.address))
    return Estimate(
        table=table,
        lines=tuple(line for line in lines if max(line.before, line.after) >= _CENT),
        not_priced={**before_missing, **after_missing},
        assumptions=tuple(_assumptions([*before.values(), *after.values()], table)),
    )


def _priced(
    resources: Iterable[ResourceChange], which: Literal["before", "after"], table: PriceTable
) -> tuple[dict[str, tuple[Usage, ...]], dict[str, str]]:
    """Meter one side; return usages by address, and the reason by address for those without a price."""
    side = Side.of(resources, which)
    usages, missing = {}, {}
    for resource, values in side.resources:
        meter = METERS.get(resource.type)
        if meter is None and resource.type not in table.free:
            missing[resource.address] = f"{resource.type} is not in the table"
        elif meter:
            try:
                metered = Metered(resource=resource, values=values, side=side, table=table)
                usages[resource.address] = _used(meter, metered)
            except NotPricedError as error:
                missing[resource.address] = str(error)
    return usages, missing


def _used(meter: Meter, metered: Metered) -> tuple[Usage, ...]:
    """Read the meter; a table may lack a price that another table has."""
    usages = tuple(meter(metered))
    missing = [usage.price for usage in usages if usage.price not in metered.table.prices]
    if missing:
        raise NotPricedError(f"{metered.table.region} has no price for {', '.join(missing)}")
    return usages


def _assumptions(usages: Iterable[Iterable[Usage]], table: PriceTable) -> Iterator[str]:
    used = {name for each in usages for usage in each for name in usage.assumptions}
    yield from (assumption.sentence for name, assumption in table.assumptions.items() if name in used)


def _dollars(usages: Iterable[Usage], table: PriceTable) -> float:
    return sum(usage.quantity * table.prices[usage.price].usd * _factor(usage, table) for usage in usages)


def _factor(usage: Usage, table: PriceTable) -> float:
    return table.assumed(usage.times) if usage.times else 1


def _basis(usages: Iterable[Usage], table: PriceTable) -> str:
    return " + ".join(_terms(usages, table))


def _terms(usages: Iterable[Usage], table: PriceTable) -> Iterator[str]:
    for usage in usages:
        price = table.prices[usage.price]
        times = f" × {_factor(usage, table):g} ({usage.times})" if usage.times else ""
        yield f"{usage.quantity:,.10g} {_units(usage.quantity, price.unit)} × {price.usd:g}{times}"


def _units(quantity: float, unit: str) -> str:
    """Write the unit in the singular or plural; `GB` and `GB kept` have one form."""
    return unit if quantity == 1 or unit.startswith("GB ") or unit == "GB" else f"{unit}s"
