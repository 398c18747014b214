"""Plans of other people's configurations: read completely, judged, priced if possible, shown."""

import json
from functools import cache

import jsonschema
import pytest

from tests.wrapper.review.make_foreign_plans import CONFIGURATIONS, TARGET
from tests.wrapper.review.planned import environment
from wrapper.review import Review, make_review, views
from wrapper.review.picture import Picture, draw
from wrapper.terraform.plan import Action, Plan, read_plan

NAMES = tuple(sorted(path.stem for path in TARGET.glob("*.json")))


@cache
def stored(name: str) -> Plan:
    return read_plan(json.loads((TARGET / f"{name}.json").read_text(encoding="utf-8")), stack=name)


def review(name: str) -> Review:
    return make_review([stored(name)], environment=environment("prod"))


def rules(name: str) -> set[tuple[str, str]]:
    return {(finding.rule, finding.address) for finding in review(name).findings}


def picture(name: str) -> Picture:
    return draw([stored(name)])


def test_every_configuration_is_planned() -> None:
    """So is a later change of one."""
    folders = {path.name for path in CONFIGURATIONS.iterdir()}
    assert set(NAMES) == folders | {"fleet-changed", "fleet-destroy"}


@pytest.mark.parametrize("name", NAMES)
def test_a_foreign_plan_is_read_and_shown(name: str) -> None:
    """Nothing is skipped, every view is complete, and every resource is drawn or counted."""
    seen = review(name)
    assert stored(name).skipped == ()
    assert seen.has_changes
    assert name in views.text(seen)
    assert len(views.markdown(seen).encode()) < views.LIMIT
    assert views.html(seen).endswith("</html>")
    jsonschema.validate(json.loads(json.dumps(views.document(seen))), views.schema())


@pytest.mark.parametrize("name", NAMES)
def test_every_resource_is_priced_free_or_listed(name: str) -> None:
    """None is silently left out."""
    cost = review(name).cost
    assert cost
    known = {line.address for line in cost.lines} | set(cost.not_priced)
    others = {each.type for each in stored(name).everything if each.address not in known and not each.is_data}
    # What is free, or costs less than half a cent here.
    assert others <= cost.table.free | {"aws_cloudwatch_event_target", "aws_vpc_endpoint"}


def test_a_network_module_is_understood() -> None:
    """Open SSH blocks, NAT gateways are noted, three kinds of subnets are drawn in three zones."""
    found = rules("network")
    assert ("open-door", "aws_security_group.bastion") in found
    assert ("nat-added", "aws_nat_gateway.this[2]") in found
    [network] = picture("network").networks
    assert [tier.label for tier in network.tiers] == ["public", "database", "private"]
    assert network.zones == ("eu-west-1a", "eu-west-1b", "eu-west-1c")


def test_a_fleet_of_instances_is_understood() -> None:
    """Its instances are priced, its database is not; the administrator's policy blocks."""
    seen = review("fleet")
    assert ("iam-wildcard", "aws_iam_role_policy_attachment.admin") in rules("fleet")
    assert seen.cost
    assert "aws_autoscaling_group.web" in [line.address for line in seen.cost.lines]
    assert seen.cost.not_priced["aws_db_instance.main"] == "aws_db_instance is not in the table"
    assert seen.cost.not_priced["aws_lb.web"] == "only application is priced, got network"


def test_a_larger_fleet_costs_more_and_shows_no_password() -> None:
    """It costs 16 times as much; the password is marked as changed, but not shown."""
    seen = review("fleet-changed")
    assert seen.cost
    [line] = [line for line in seen.cost.lines if line.address == "aws_autoscaling_group.web"]
    assert line.after == pytest.approx(16 * line.before)
    shown = views.text(seen) + views.markdown(seen) + views.html(seen) + json.dumps(views.document(seen))
    assert "foreign-password" not in shown
    assert "password: (sensitive) → (sensitive)" in views.markdown(seen)


def test_the_end_of_a_fleet_is_told() -> None:
    """The database's data would be deleted with it."""
    assert ("data-loss", "aws_db_instance.main") in rules("fleet-destroy")
    assert stored("fleet-destroy").by_action(Action.DELETE)


def test_functions_are_understood() -> None:
    """A policy that allows everything blocks; functions, queues and tables have headings."""
    assert ("iam-wildcard", "aws_iam_role_policy.everything") in rules("serverless")
    drawn = picture("serverless")
    assert set(drawn.groups) >= {"Compute", "Jobs", "Databases", "Messages", "Names and entrances"}
    assert drawn.networks == ()


def test_modules_in_modules_are_understood() -> None:
    """Keys with quotes and umlauts, four networks, a check, and resources without a cloud."""
    seen = review("nested")
    drawn = picture("nested")
    assert len(drawn.networks) == 4
    assert {each.node.label for each in drawn.networks if each.node} == {
        'acme "&" sons',
        "zoë",
        "spare-0",
        "spare-1",
    }
    assert "check" in {finding.rule for finding in seen.findings}
    assert 'module.tenant["acme &#34;&amp;&#34; sons"]' not in views.markdown(seen)
    assert "terraform_data.release" in views.html(seen)
