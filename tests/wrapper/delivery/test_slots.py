"""Which version goes into which slot, for every state in which a service can be."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.sample import ENVIRONMENTS
from tests.wrapper import records
from wrapper.delivery import tfvars
from wrapper.delivery.contents import stand_in
from wrapper.delivery.slots import phases, plan_slots, rounds, with_candidates
from wrapper.delivery.standing import Standing, at_once
from wrapper.ecs.services import LiveService
from wrapper.environment import Service, load
from wrapper.environment.release import ServiceRelease, SlotRelease
from wrapper.releases import ServiceRecord
from wrapper.terraform.outputs import ServiceOutput, Slot

NOW = datetime(2026, 11, 30, 12, tzinfo=UTC)
IMAGE, OTHER = (f"registry/films@sha256:{digit * 64}" for digit in "01")


def service(strategy: str = "canary", **environment: str) -> Service:
    overrides = [
        f"services.recommender.rollout.strategy={strategy}",
        f"services.recommender.environment={environment}",
    ]
    return load("dev", directory=ENVIRONMENTS, overrides=overrides).services["recommender"]


def release(image: str = IMAGE) -> ServiceRelease:
    return ServiceRelease(image=image, repository_arn=None, model=None, desired_count=3)


def record(arn: str = "td:1", **environment: str) -> ServiceRecord:
    settings = service(**environment).model_dump(mode="json")
    return ServiceRecord(
        image=IMAGE, model=None, task_definition_arn=arn, settings=settings, verdict={}, rollout=None
    )


def standing(
    *, good: str = "blue", newest: str | None = "blue", minutes: int = 5, **weights: int
) -> Standing:
    """Return a service's state: blue runs td:1, green td:2; released `minutes` ago."""
    revisions = {"blue": "td:1", "green": "td:2"}
    slots = {
        slot: Slot(
            service_name=slot,
            task_definition_arn=revisions[slot],
            target_group_arn=f"tg:{slot}",
            is_newest=slot == newest,
        )
        for slot in weights
    }
    output = ServiceOutput(
        service_name="films",
        task_definition_arn="td:1",
        target_group_arn="tg:blue",
        log_group_name="",
        url="",
        slots=slots,
    )
    live = {
        slot: LiveService(
            name=slot,
            task_definition_arn=revisions[slot],
            target_group_arn=None,
            desired=2,
            running=2,
            pending=0,
            state="COMPLETED",
        )
        for slot in weights
    }
    return Standing(
        name="films",
        output=output.weighed({f"tg:{slot}": weight for slot, weight in weights.items()}),
        live=live,
        good=good,
        record=record(revisions[good]),
        recorded_at=NOW - timedelta(minutes=minutes),
    )


def planned(
    stands: Standing, wanted: ServiceRelease | None = None, declared: Service | None = None
) -> tuple[dict[str, tuple[int, str | None]], str | None]:
    """Return each slot's weight and the version that it keeps, and the candidate."""
    found, candidate = plan_slots(
        declared or service(), stands, wanted or release(), now=NOW, record_of=lambda arn: record(arn)
    )
    return {slot: (each.weight, each.task_definition_arn) for slot, each in found.items()}, candidate


ALONE: tuple[dict[str, Any], None] = ({"blue": (100, None)}, None)


def test_one_slot_stays_one_until_a_plan_says_more() -> None:
    """Only a plan shows whether a version is new."""
    assert planned(standing(blue=100)) == ALONE
    assert planned(standing(blue=100), release(OTHER)) == ALONE


def test_an_old_version_is_kept_as_long_as_was_said() -> None:
    """It keeps its own settings next to the new one, and the first plan after its time removes it."""
    stands = standing(good="green", newest="green", blue=0, green=100)
    assert planned(stands) == ({"green": (100, None), "blue": (0, "td:1")}, None)
    late = replace(stands, recorded_at=NOW - timedelta(minutes=60))
    assert planned(late) == ({"green": (100, None)}, None)


@pytest.mark.parametrize("share", [0, 25, 100])
def test_who_goes_on_after_a_kill_goes_on_from_where_it_was(share: int) -> None:
    """The candidate keeps its share of requests, and the released version is unchanged."""
    stands = standing(newest="green", blue=100 - share, green=share)
    assert planned(stands, release(OTHER)) == (
        {"blue": (100 - share, "td:1"), "green": (share, None)},
        "green",
    )


def test_a_slot_whose_requests_go_elsewhere_keeps_its_tasks() -> None:
    """It keeps them while its requests shift, and while it may get them back; scheduled limits hold."""
    limits = service().scaling.limits
    canary = standing(newest="green", blue=75, green=25)
    kept = standing(good="green", newest="green", blue=0, green=100)
    night = replace(release(OTHER), limits=limits._replace(min=1, max=2))
    for stands, wanted, least in ((canary, release(OTHER), 3), (kept, release(), 2), (canary, night, 2)):
        slots, _ = plan_slots(service(), stands, wanted, now=NOW, record_of=record)
        assert slots["blue"].limits == (wanted.limits or limits)._replace(min=least)
        assert slots["green"].limits == wanted.limits


def test_going_back_is_at_once_only_where_the_version_stands_ready() -> None:
    """If a candidate shares the requests, it must be removed as well, which needs a plan."""
    old, new = (records.release(services={"films": record(arn)}) for arn in ("td:1", "td:2"))
    kept = standing(good="green", newest="green", blue=0, green=100)
    assert {name: each.good for name, each in at_once({"films": kept}, old).items()} == {"films": "blue"}
    for share in (0, 25, 100):
        canary = standing(newest="green", blue=100 - share, green=share)
        assert at_once({"films": canary}, old) == {}
    assert at_once({"films": kept}, new) == at_once({}, new) == {}


def test_who_wants_the_good_version_takes_a_candidate_back() -> None:
    """Only the candidate's slot is removed: the released version is not restarted."""
    assert planned(standing(newest="green", blue=75, green=25)) == ({"blue": (100, "td:1")}, None)


def test_a_version_that_was_taken_back_is_tried_again_beside_the_good_one() -> None:
    """The state still has it as the newest, but no slot runs it."""
    stands = standing(newest=None, blue=100)
    assert planned(stands) == ({"blue": (100, "td:1")}, None)
    assert planned(stands, release(OTHER)) == ({"blue": (100, "td:1"), "green": (0, None)}, "green")


def test_a_changed_variable_is_a_version_and_a_changed_route_is_none() -> None:
    """Only changes of the tasks count."""
    stands = standing(newest=None, blue=100)
    assert planned(stands, declared=service(NEW="yes"))[1] == "green"
    more = service().model_copy(update={"scaling": service().scaling.model_copy(update={"max": 9})})
    assert planned(stands, declared=more)[1] is None


@pytest.mark.parametrize("stands", [standing(blue=100), standing(newest="green", blue=75, green=25)])
def test_rolling_has_one_slot(stands: Standing) -> None:
    """The other slot is removed, and the released one is rolled out as usual."""
    assert planned(stands, release(OTHER), service("rolling")) == ALONE


def test_a_service_at_rest_or_without_a_release_is_not_tested() -> None:
    """There is no task to ask, or no release to compare with."""
    stands = standing(newest=None, blue=100)
    assert planned(replace(stands, record=None), release(OTHER)) == ALONE
    asleep = replace(release(OTHER), limits=service().scaling.limits._replace(min=0, max=0))
    assert planned(stands, asleep) == ALONE


def test_a_phase_is_told_in_words() -> None:
    """The next command can print what it has found."""
    assert standing(blue=100).phase(service()) == ""
    assert (
        standing(newest="green", blue=75, green=25).phase(service())
        == "green gets 25 % of the requests, and is no release yet"
    )
    assert standing(newest="green", blue=100, green=0).phase(service()) == (
        "green has a version that gets no request"
    )
    kept = standing(good="green", newest="green", blue=0, green=100)
    assert kept.phase(service()) == "blue has the version before, until 2026-11-30T12:55+00:00"


def test_a_review_shows_what_follows_a_plan() -> None:
    """It shows the phases, their time, and for how long both versions run."""
    overrides = [f"services.recommender.rollout.{each}" for each in ("strategy=canary", "canary.minutes=2")]
    environment = load("dev", directory=ENVIRONMENTS, overrides=overrides)
    contents = replace(stand_in(environment), candidates={"recommender": "green"})
    assert phases(environment, contents) == (
        "recommender: both versions run, the new one is tested without requests and watched for 30 s, gets "
        "5, 25, 50 % of the requests for 2 min each, then all, 6.5 min after its roll-out; the old one goes "
        "60 min later.",
    )


def stepped(minutes: float, *steps: int) -> Service:
    rollout = service().rollout
    canary = rollout.canary.model_copy(update={"steps": steps, "minutes": minutes})
    return service().model_copy(update={"rollout": rollout.model_copy(update={"canary": canary})})


@pytest.mark.parametrize(
    ("services", "begun", "expected"),
    [
        ({"web": service("blue_green")}, {}, []),
        ({"web": stepped(2, 5, 50)}, {"web": 50}, [({"web": 50}, 2)]),
        (
            {"web": stepped(2, 5, 50), "api": stepped(3, 10), "old": service("blue_green")},
            {},
            [({"web": 5, "api": 10}, 3), ({"web": 50}, 2)],
        ),
    ],
    ids=["at once", "half-way", "several"],
)
def test_canaries_are_stepped_together(
    services: dict[str, Service], begun: dict[str, int], expected: list[tuple[dict[str, int], float]]
) -> None:
    """Each step of one is that of the others, and lasts as long as the longest of them."""
    assert [(each.shares, each.minutes) for each in rounds(services, begun=begun)] == expected


def test_a_review_shows_when_all_of_several_are_in() -> None:
    """The slowest of their steps count, not the sum."""
    environment = load("dev", directory=ENVIRONMENTS).model_copy(
        update={"services": {"web": stepped(2, 5, 50), "api": stepped(3, 10)}}
    )
    contents = replace(
        stand_in(load("dev", directory=ENVIRONMENTS)), candidates={"web": "green", "api": "blue"}
    )
    told = phases(environment, contents)
    assert [line.partition(":")[0] for line in told] == ["web", "api"]
    assert all("then all, 5.5 min after its roll-out" in line for line in told)


def test_equal_shares_leave_the_old_version_in_front() -> None:
    """Half of the requests is no decision."""
    output = standing(newest="green", blue=50, green=50).output
    assert output.service_name == "blue"
    assert (output.share_of("blue"), output.share_of("green")) == (50, 50)
    assert output.weighed({"tg:blue": 1, "tg:green": 3}).service_name == "green"


def test_slots_are_written_for_terraform(tmp_path: Path) -> None:
    """A candidate runs the plan's version. Without slots nothing is written."""
    environment = load("dev", directory=ENVIRONMENTS)
    contents = stand_in(environment)
    assert "slots" not in tfvars.render_app(environment, contents)
    stands = replace(standing(blue=100), name="recommender")
    two = with_candidates(environment, contents, {"recommender": stands})
    assert two.candidates == {"recommender": "green"}
    blue, green = two.slots["recommender"].values()
    assert (blue.weight, blue.task_definition_arn, green) == (
        100,
        "td:1",
        SlotRelease(weight=0, desired_count=contents.releases["recommender"].desired_count),
    )
    text = tfvars.render_app(environment, two)
    assert '"port" ' in text.partition("slots = {")[2]
    assert 'task_definition_arn = "td:1"' in text
