"""Update a region's table."""

from collections.abc import Iterable
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import yaml

from wrapper.review.cost.table import Price
from wrapper.review.prices.ask import NotFoundError, price
from wrapper.review.prices.catalog import Wanted

if TYPE_CHECKING:
    from types_boto3_pricing import PricingClient

_HEAD = """\
# What AWS charges in this region, without taxes, discounts and the free tier.
# `python -m wrapper.review.prices {region}` asks AWS's Price List API and replaces this file.
"""


class Refreshed(NamedTuple):
    """The file that was written, its number of prices, and why others are missing."""

    path: Path
    prices: int
    missing: tuple[str, ...]


def refresh(
    client: "PricingClient", region: str, wanted: Iterable[Wanted], *, folder: Path, today: date
) -> Refreshed:
    """Read every price and write the table, unless none was found.

    Raises NotFoundError then, and botocore's errors.
    """
    prices, missing = {}, []
    for each in wanted:
        try:
            prices[each.key] = price(client, each, region=region)
        except NotFoundError as error:
            missing.append(str(error))
    if not prices:
        raise NotFoundError(f"{region} must be a region with prices, got none.")
    path = folder / f"{region}.yaml"
    path.write_text(text(region, prices, today=today), encoding="utf-8")
    return Refreshed(path=path, prices=len(prices), missing=tuple(missing))


def text(region: str, prices: dict[str, Price], *, today: date) -> str:
    """Write the table, one price per line."""
    document: dict[str, Any] = {
        "region": region,
        "currency": "USD",
        "date": today,
        "source": "AWS Price List API",
        "prices": {key: each.model_dump() for key, each in prices.items()},
    }
    body = yaml.safe_dump(document, sort_keys=False, default_flow_style=None, width=200)
    return _HEAD.format(region=region) + body
