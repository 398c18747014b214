"""Queries for AWS's prices, and the tables that are written from the answers."""

from datetime import date
from pathlib import Path

import pytest
import yaml

from tests.wrapper.review.price_list import client, product
from wrapper.review.cost import table_of
from wrapper.review.cost.table import PriceTable
from wrapper.review.prices.__main__ import main
from wrapper.review.prices.ask import NotFoundError, price
from wrapper.review.prices.catalog import Wanted, wanted
from wrapper.review.prices.refresh import refresh

BY_KEY = {each.key: each for each in wanted()}
TODAY = date(2026, 11, 20)


def answer(each: Wanted) -> list[str]:
    """Return one product of 0.25 USD."""
    return [product(each.usage if each.is_global else f"EU-{each.usage}", "0.2500000000")]


def test_a_price_is_asked_for_by_service_and_region() -> None:
    """There is one call, which AWS filters."""
    filters = [
        {"Type": "TERM_MATCH", "Field": "regionCode", "Value": "eu-west-1"},
        {"Type": "TERM_MATCH", "Field": "productFamily", "Value": "NAT Gateway"},
    ]
    asked, stubber = client(
        [product("EU-NatGateway-Hours", "0.0480000000")],
        expected={"ServiceCode": "AmazonEC2", "Filters": filters},
    )
    assert price(asked, BY_KEY["nat_hour"], region="eu-west-1").usd == 0.048
    stubber.assert_no_pending_responses()


def test_a_price_everywhere_is_asked_for_without_a_region() -> None:
    """Hosted zones and dashboards have no region."""
    filters = [{"Type": "TERM_MATCH", "Field": "usagetype", "Value": "HostedZone"}]
    asked, _ = client(
        [product("HostedZone", "0.5", "0.1", region="")],
        expected={"ServiceCode": "AmazonRoute53", "Filters": filters},
    )
    assert price(asked, BY_KEY["zone_month"], region="eu-west-1").usd == 0.5


@pytest.mark.parametrize("usage", ["LCUUsage", "USE1-LCUUsage", "APN1-LCUUsage", "us-east-1-LCUUsage"])
def test_a_usage_type_is_known_by_its_end(usage: str) -> None:
    """The region's code before it is optional."""
    asked, _ = client([product(usage, "0.008")])
    assert price(asked, BY_KEY["lcu_hour"], region="us-east-1").usd == 0.008


def test_other_kinds_of_the_same_are_left_out() -> None:
    """Outposts cost nothing there, reserved capacity is another product, Windows has a name of its own."""
    others = [product("EU-Outposts-LCUUsage", "0"), product("EU-ReservedLCUUsage", "0.009")]
    asked, _ = client([*others, product("EU-LCUUsage", "0.008")])
    assert price(asked, BY_KEY["lcu_hour"], region="eu-west-1").usd == 0.008


def test_the_first_tier_that_costs_anything_counts() -> None:
    """A free tier is not what a month costs."""
    asked, _ = client([product("EU-TimedStorage-ByteHrs", "0", "0.1", "0.05")])
    assert price(asked, BY_KEY["ecr_gb"], region="eu-west-1").usd == 0.1


@pytest.mark.parametrize(("amounts", "got"), [((), "none"), (("0.1", "0.2"), "0.1, 0.2")])
def test_none_or_several_prices_are_refused(amounts: tuple[str, ...], got: str) -> None:
    """A guess would be worse than a missing price."""
    asked, _ = client([product("EU-LCUUsage", amount) for amount in amounts])
    with pytest.raises(NotFoundError) as caught:
        price(asked, BY_KEY["lcu_hour"], region="eu-west-1")
    assert str(caught.value) == f"lcu_hour must have one price for LCUUsage in eu-west-1, got {got}."


def test_a_table_is_written_that_the_estimate_reads(tmp_path: Path) -> None:
    """It has its date, its source, and a price a line; a second run writes the same."""
    texts = []
    for _ in range(2):
        asked, _ = client(*(answer(each) for each in wanted()))
        done = refresh(asked, "eu-west-1", wanted(), folder=tmp_path, today=TODAY)
        texts.append(done.path.read_text())
    assert (done.prices, done.missing, texts[0]) == (len(BY_KEY), (), texts[1])
    known = table_of("eu-west-1")
    assert known
    document = yaml.safe_load(texts[0])
    shared = known.model_dump(include={"assumptions", "not_counted", "free"})
    table = PriceTable.model_validate(document | shared)
    assert (table.date, table.source, table.prices["nat_hour"].usd) == (TODAY, "AWS Price List API", 0.25)
    assert len(texts[0].splitlines()) == len(BY_KEY) + 7


def test_what_the_api_does_not_know_is_left_out_and_told(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The other prices are written."""
    pages = [[] if each.key == "nat_gb" else answer(each) for each in wanted()]
    asked, _ = client(*pages)
    assert main(["eu-west-1"], folder=tmp_path, client=asked) == 0
    told = capsys.readouterr()
    assert f"eu-west-1.yaml: {len(BY_KEY) - 1} prices of " in told.out
    assert "left out: nat_gb must have one price for NatGateway-Bytes in eu-west-1, got none." in told.err


def test_a_region_without_prices_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """For a misspelt region no empty table is written."""
    asked, _ = client(*([] for _ in wanted()))
    assert main(["eu-wset-1"], folder=tmp_path, client=asked) == 10
    assert capsys.readouterr().err == "error: eu-wset-1 must be a region with prices, got none.\n"
    assert list(tmp_path.iterdir()) == []


def test_an_error_of_aws_is_one_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A missing permission, for example, gives one line and no traceback."""
    asked, stubber = client()
    stubber.add_client_error("get_products", "AccessDeniedException", "not authorized")
    assert main(["eu-west-1"], folder=tmp_path, client=asked) == 10
    assert "AccessDeniedException" in capsys.readouterr().err


def test_every_price_of_the_tables_can_be_refreshed() -> None:
    """Each price is in the catalog, with the same unit and page."""
    for region in ("eu-west-1", "us-east-1"):
        table = table_of(region)
        assert table
        kinds = tuple(key[4:-5] for key in table.prices if key.startswith("ec2_"))
        catalog = {each.key: (each.unit, each.page) for each in wanted(kinds)}
        assert {key: (each.unit, each.page) for key, each in table.prices.items()} == {
            key: catalog[key] for key in table.prices
        }
