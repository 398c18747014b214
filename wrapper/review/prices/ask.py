"""Requests to AWS's Price List API.

https://docs.aws.amazon.com/awsaccountbilling/latest/aboutv2/price-changes.html
"""

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Any

from wrapper.review.cost.table import Price
from wrapper.review.prices.catalog import Wanted

if TYPE_CHECKING:
    from types_boto3_pricing import PricingClient

# The API is in a few regions and answers for all.
API_REGION = "us-east-1"
# The region in a usage type: EU, USE1, or us-east-1. Outposts and other kinds stay as they are.
_PREFIX = re.compile(r"^([A-Z]{2,4}\d?|[a-z]{2}(-[a-z]+)+-\d)-")


class NotFoundError(Exception):
    """The price is missing, or exists more than once."""


def price(client: "PricingClient", wanted: Wanted, *, region: str) -> Price:
    """Return the on-demand price of the first unit. Raises NotFoundError, botocore's errors."""
    amounts = {
        amount
        for product in _products(client, wanted, region)
        if wanted.usage in _usages(product)
        for amount in _amounts(product)
    }
    if len(amounts) != 1:
        got = ", ".join(f"{each:g}" for each in sorted(amounts)) or "none"
        raise NotFoundError(f"{wanted.key} must have one price for {wanted.usage} in {region}, got {got}.")
    return Price(usd=amounts.pop(), unit=wanted.unit, page=wanted.page)


def _products(client: "PricingClient", wanted: Wanted, region: str) -> Iterator[Mapping[str, Any]]:
    filters = dict(wanted.filters) if wanted.is_global else {"regionCode": region, **wanted.filters}
    if wanted.is_global:
        filters["usagetype"] = wanted.usage
    pages = client.get_paginator("get_products").paginate(
        ServiceCode=wanted.service,
        Filters=[{"Type": "TERM_MATCH", "Field": name, "Value": value} for name, value in filters.items()],
    )
    for page in pages:
        yield from (json.loads(each) for each in page["PriceList"])


def _usages(product: Mapping[str, Any]) -> tuple[str, str]:
    """Return the usage type as it is and without the region."""
    usage = str(product["product"]["attributes"].get("usagetype"))
    return usage, _PREFIX.sub("", usage, count=1)


def _amounts(product: Mapping[str, Any]) -> Iterator[float]:
    """Yield the on-demand US dollars of the first tier that costs anything."""
    for term in product.get("terms", {}).get("OnDemand", {}).values():
        tiers = sorted(term["priceDimensions"].values(), key=_begin)
        amounts = [float(tier["pricePerUnit"].get("USD", 0)) for tier in tiers]
        yield from _first(amount for amount in amounts if amount)


def _begin(tier: Mapping[str, Any]) -> float:
    return float(tier.get("beginRange") or 0)


def _first(amounts: Iterable[float]) -> Iterator[float]:
    for amount in amounts:
        yield amount
        return
