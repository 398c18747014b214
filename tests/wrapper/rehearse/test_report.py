"""The result of a rehearsal: text, a document, an exit code."""

import json
from dataclasses import replace
from pathlib import Path

import pytest

from tests.sample import ENVIRONMENTS
from tests.wrapper.listener import Listener
from wrapper.environment import load
from wrapper.errors import NotJudgedError, RehearsalError
from wrapper.verbs.rehearse.judged import judged
from wrapper.verbs.rehearse.report import Proof, Rehearsed, only_aws

GOOD = Rehearsed(
    environment="shop",
    proofs=[Proof(what="apply", detail="40 resources", seconds=92), Proof(what="drift", detail="no drift")],
    stand_ins=["films: a model trained on the sample, in place of films/1"],
    only_aws=["AWS's own waiting times"],
    seconds=160.4,
    recording=Path("/recording"),
)


class Verdict:
    """The judge's result in these tests."""

    def __init__(self, denied: tuple[str, ...] = (), violations: tuple[str, ...] = ()) -> None:
        self.calls, self.operations = 812, 93
        self.denied, self.unknown, self.violations = denied, (), violations


def no_node(recording: Path, permissions: bool) -> Verdict:
    if permissions:
        raise NotJudgedError("permissions must be judged by node 20, got no node.", fix="install it")
    return Verdict(violations=("Name must be short.",))


def test_good_one_says_what_was_proven_and_what_was_not() -> None:
    """The exit code is 0."""
    GOOD.raise_unless_good()
    assert GOOD.verdict == "shop: good after 160 s"
    assert GOOD.rows()[1:] == [("ok", "apply", "92", "40 resources"), ("ok", "drift", "0", "no drift")]
    assert GOOD.remarks().splitlines() == [
        "Stand-ins:",
        "  · films: a model trained on the sample, in place of films/1",
        "Only AWS can show:",
        "  · AWS's own waiting times",
        "The requests and the roles are in /recording",
    ]
    document = json.loads(json.dumps(GOOD.as_json()))
    assert (document["ok"], document["permissions_judged"]) == (True, True)


def test_problem_is_told_and_has_a_code_of_its_own() -> None:
    """This code wins even if the permissions could not be judged."""
    proof = Proof(what="drift", detail="1 changed", problems=["after a clean apply: aws_eip.a"])
    bad = replace(GOOD, proofs=[proof], not_judged=NotJudgedError("no node."))
    assert bad.verdict == "shop: 1 problem after 160 s"
    assert bad.rows()[1:3] == [
        ("fail", "drift", "0", "1 changed"),
        ("", "", "", "after a clean apply: aws_eip.a"),
    ]
    assert bad.as_json()["ok"] is False
    with pytest.raises(RehearsalError, match="1 problem") as caught:
        bad.raise_unless_good()
    assert caught.value.exit_code == 14


def test_permissions_that_nobody_judged_have_a_code_of_their_own() -> None:
    """It means neither good nor bad."""
    unjudged = replace(GOOD, not_judged=NotJudgedError("no node.", fix="install it"))
    assert unjudged.verdict == "shop: good, but its permissions were not judged, after 160 s"
    assert unjudged.rows()[-2:] == [
        ("warn", "permissions", "-", "not judged: no node."),
        ("", "", "", "fix: install it"),
    ]
    assert (unjudged.as_json()["ok"], unjudged.as_json()["permissions_judged"]) == (False, False)
    with pytest.raises(NotJudgedError) as caught:
        unjudged.raise_unless_good()
    assert caught.value.exit_code == 13


def test_what_stops_an_apply_is_told_and_is_no_failure() -> None:
    """The owner decides in an apply whether to allow it: nothing of it was proven wrong."""
    asking = replace(GOOD, stopped_by=["plain-http"])
    asking.raise_unless_good()
    told = "An apply stops until these are allowed or fixed: plain-http"
    assert asking.verdict.splitlines() == ["shop: good after 160 s", told]
    assert asking.as_json()["stopped_by"] == ["plain-http"]


def test_long_list_is_cut_for_a_terminal_alone() -> None:
    """A role without any permissions is denied everything."""
    proof = Proof(what="permissions", detail="", problems=[f"denied: {number}" for number in range(100)])
    many = replace(GOOD, proofs=[proof])
    assert many.rows()[-1] == ("", "", "", "and 80 more; --json has all")
    assert len(many.rows()) == 1 + 1 + 20 + 1
    assert len(many.as_json()["proofs"][0]["problems"]) == 100


def test_what_is_denied_is_a_problem() -> None:
    """Each has its sentence; requests and permissions are separate."""
    verdict = Verdict(denied=("plan: kms:GetKeyPolicy",), violations=("Priority must be unique.",))
    proofs, refusal = judged(Path(), lambda recording, permissions: verdict, Listener())
    assert refusal is None
    assert [(proof.what, list(proof.problems)) for proof in proofs] == [
        ("permissions", ["denied: plan: kms:GetKeyPolicy"]),
        ("requests", ["Priority must be unique."]),
    ]


def test_without_node_the_requests_are_judged_all_the_same() -> None:
    """The report does not say that the permissions were good."""
    proofs, refusal = judged(Path(), no_node, Listener())
    assert [(proof.what, list(proof.problems)) for proof in proofs] == [("requests", ["Name must be short."])]
    assert refusal is not None
    assert "got no node" in refusal.message


def test_what_only_aws_can_show_follows_the_file() -> None:
    """Names and mail are mentioned only if the file has any."""
    prod = load("prod", directory=ENVIRONMENTS)
    assert not any("certificate" in each for each in only_aws(prod))
    overrides = [
        "dns={zone_id: Z0123456789ABCDEFGHIJ, zone_name: example.com}",
        "services.recommender.route.hosts=[films.example.com]",
        "monitoring.emails=[ops@example.com]",
    ]
    named = load("prod", directory=ENVIRONMENTS, overrides=overrides)
    assert any("certificate" in each for each in only_aws(named))
    assert any("ops@example.com" in each for each in only_aws(named))
