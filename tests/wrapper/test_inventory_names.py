"""Which records of a hosted zone belong to an environment: they have no tags, and the zone is existing."""

from typing import Any

import pytest

from wrapper.inventory.names import leads_here, proves
from wrapper.inventory.resource import Scope

SCOPE = Scope(
    project="films",
    environment="dev",
    tags_by_arn={},
    zone_id="Z1",
    hosts=frozenset({"films.example.com", "*.tv.example.com"}),
)
PROOF = "_1a2b.xyz.acm-validations.aws."


def alias(target: str) -> dict[str, Any]:
    return {"Name": "films.example.com.", "Type": "A", "AliasTarget": {"DNSName": target}}


def challenge(name: str, value: str = PROOF) -> dict[str, Any]:
    return {"Name": name, "Type": "CNAME", "ResourceRecords": [{"Value": value}]}


@pytest.mark.parametrize(
    "target",
    [
        "films-dev-1234567890.eu-west-1.elb.amazonaws.com.",
        "dualstack.films-dev-1234567890.eu-west-1.elb.amazonaws.com.",
        "internal-films-dev-1234567890.eu-west-1.elb.amazonaws.com.",
    ],
)
def test_an_alias_is_ours_by_its_load_balancer(target: str) -> None:
    """AWS writes the load balancer's name before its address, in three forms."""
    assert leads_here(SCOPE, alias(target))


@pytest.mark.parametrize(
    "target",
    [
        "films-prod-1234567890.eu-west-1.elb.amazonaws.com.",
        "my-films-dev-1234567890.eu-west-1.elb.amazonaws.com.",
        "films-dev-site.s3-website-eu-west-1.amazonaws.com.",
    ],
)
def test_an_alias_to_somewhere_else_is_not(target: str) -> None:
    """Other names of the zone do not count."""
    assert not leads_here(SCOPE, alias(target))
    assert not leads_here(SCOPE, {"Name": "example.com.", "Type": "NS", "ResourceRecords": []})


@pytest.mark.parametrize("name", ["_1a2b.films.example.com.", "_3c4d.tv.example.com."])
def test_a_proof_is_ours_by_its_host(name: str) -> None:
    """A wildcard's validation record is below the name without the wildcard."""
    assert proves(SCOPE, challenge(name))


@pytest.mark.parametrize(
    "record",
    [
        challenge("_1a2b.books.example.com."),
        challenge("_dmarc.films.example.com.", "mail.example.net."),
        challenge("www.films.example.com."),
        alias("films-dev-1.eu-west-1.elb.amazonaws.com."),
    ],
)
def test_other_records_prove_nothing_of_ours(record: dict[str, Any]) -> None:
    """Validation records of other hosts, and other names with an underscore, do not count."""
    assert not proves(SCOPE, record)
