"""Answers of AWS's Price List API in the recorded form; the amounts are made up."""

import json
from typing import Any

import boto3
from botocore.config import Config
from botocore.stub import Stubber


def product(usage: str, *amounts: str, region: str = "eu-west-1", **attributes: str) -> str:
    """Return one item of a PriceList, as JSON text; several amounts are tiers from the first unit on."""
    sku = "K4EXFQ5YFQCP98EN"
    tiers = {
        f"{sku}.JRTCKXETXF.{position}": {
            "unit": "hours",
            "beginRange": str(position * 10240),
            "endRange": "Inf",
            "description": f"${amount} per unit",
            "appliesTo": [],
            "rateCode": f"{sku}.JRTCKXETXF.{position}",
            "pricePerUnit": {"USD": amount},
        }
        # In a wrong order, which the API may return, too.
        for position, amount in reversed(list(enumerate(amounts)))
    }
    term = {"priceDimensions": tiers, "sku": sku, "offerTermCode": "JRTCKXETXF", "termAttributes": {}}
    return json.dumps(
        {
            "product": {
                "productFamily": "Compute",
                "attributes": {
                    "regionCode": region,
                    "usagetype": usage,
                    "locationType": "AWS Region",
                    **attributes,
                },
                "sku": sku,
            },
            "serviceCode": "AmazonECS",
            "terms": {"OnDemand": {f"{sku}.JRTCKXETXF": term}},
            "version": "20260911124425",
            "publicationDate": "2026-09-11T12:44:25Z",
        }
    )


def client(*pages: list[str], expected: dict[str, Any] | None = None) -> tuple[Any, Stubber]:
    """Return a client that answers each call with the next page; botocore checks the form of both."""
    made = boto3.client(
        "pricing",
        region_name="us-east-1",
        aws_access_key_id="test",
        aws_secret_access_key="test",
        config=Config(retries={"total_max_attempts": 1}),
    )
    stubber = Stubber(made)
    for page in pages:
        stubber.add_response("get_products", {"FormatVersion": "aws_v1", "PriceList": page}, expected)
    stubber.activate()
    return made, stubber
