"""Two versions of a service get the same requests: a header selects one, as for a canary."""

import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from click.testing import CliRunner

from tests.sample import ENVIRONMENTS
from tests.service.s3 import serve
from tests.serving import server_of
from tests.wrapper import stack as stacks
from tests.wrapper.answers.lists import write_model
from tests.wrapper.answers.test_comparing import NEW, OLD
from tests.wrapper.delivery.test_slots import standing
from tests.wrapper.listener import Listener
from wrapper.aws.client import Aws
from wrapper.cli.main import main
from wrapper.delivery import live_answers
from wrapper.delivery.site import Command, Site
from wrapper.delivery.standing import Standing
from wrapper.environment import Canary, Image, LiveAnswers, Service, Smoke, SmokeRequest, load
from wrapper.environment.release import ModelVersion, ServiceRelease
from wrapper.errors import ConfigError, PreconditionError
from wrapper.model.diff import Tally, compare
from wrapper.model.diff.live import Live, Value, compare_live
from wrapper.review import views
from wrapper.smoke import Material, Way, asked, pairs
from wrapper.terraform import Terraform
from wrapper.verbs.model_diff import asked as ask_both
from wrapper.verbs.model_diff import entering, refuse_strangers, ways_of

LISTS = SmokeRequest(path="/?uid={uid}", recommendations=10)


@contextmanager
def serving(
    lists: Sequence[Mapping[str, str]] = ({}, {}), label: Sequence[Any] = ("cat", "cat")
) -> Iterator[tuple[Way, Way]]:
    """Answer each user with a list of one-letter items, other requests with a label."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        wbufsize = -1  # head and body in one packet

        def do_GET(self) -> None:
            which = int("X-Slot" in self.headers)
            uid = parse_qs(urlsplit(self.path).query).get("uid", [""])[0]
            found = lists[which].get(uid)
            rows = [[item, f"Film {item}", -place] for place, item in enumerate(found or "")]
            body = {"response": rows} if uid else {"label": label[which], "kind": {"of": "animal"}}
            content = json.dumps(body).encode()
            self.send_response(404 if uid and found is None else 200)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, *_: object) -> None:
            """Print nothing."""

    with server_of(Handler) as port:
        url = f"http://127.0.0.1:{port}"
        yield Way(url=url), Way(url=url, headers={"X-Slot": "films"})


def service(*requests: SmokeRequest, canary: Canary | None = None) -> Service:
    return Service(image=Image(context="."), smoke=Smoke(requests=requests, canary=canary))


def ask(ways: tuple[Way, Way], declared: Service, users: Sequence[str] = ()) -> Live:
    questions = asked(declared, Material(people={"{uid}": "1", "{nobody}": "x"}), users)
    return compare_live(pairs(*ways, service=declared, questions=questions, progress=lambda _: None))


def test_lists_are_measured_as_models_are(tmp_path: Path) -> None:
    """For the old model's users, two versions have the same measures as their models."""
    models = compare(write_model(tmp_path / "old", OLD), write_model(tmp_path / "new", NEW, version="2"))
    with serving((OLD, NEW)) as ways:
        live = ask(ways, service(LISTS), users=list(OLD))
    assert live.lists
    for measure in ("changed", "reordered", "overlap", "rbo", "movers"):
        assert getattr(live.lists, measure) == getattr(models, measure)
    assert live.lists.users == Tally(old=5, new=4, both=4)
    assert json.loads(json.dumps(live.as_json()))["lists"]["users"]["lost"] == 1


def test_any_api_is_compared_by_its_expressions() -> None:
    """Some expressions must have a value, others may; if both find nothing, there is no difference."""
    request = SmokeRequest(path="/predict", expect={"kind.of": "animal"}, compare=("label", "length(no)"))
    with serving(label=("cat", "dog")) as ways:
        live = ask(ways, service(request))
    assert (live.lists, live.values, live.differing) == (None, 3, 1)
    assert live.examples == (Value(question="GET /predict", expression="label", old="cat", new="dog"),)
    assert views.live(live).splitlines() == [
        "answered    1 → 1, 0 gained, 0 lost",
        "values      1 of 3 values differ",
        '  label: "cat" → "dog"',
    ]
    assert "  GET /predict  label:" in views.live(live, named=True)


def test_true_is_no_one() -> None:
    """true and 1 differ in JSON, but not in Python."""
    with serving(label=(1, True)) as ways:
        assert ask(ways, service(SmokeRequest(path="/predict", compare=("label",)))).differing == 1


def test_a_version_that_does_not_answer_has_lost_its_users() -> None:
    """An error status or an invalid list counts as a lost user."""
    with serving(({"1": "ab", "2": "ab", "3": "aa"}, {"1": "ab"})) as ways:
        live = ask(ways, service(LISTS), users=["1", "2", "3"])
    assert (live.answered, live.measures["users_lost"]) == (Tally(old=2, new=1, both=1), 0.5)


def test_a_canary_says_who_is_asked_for() -> None:
    """The canary's own path replaces the model's users; a request without an expression is not sent."""
    declared = service(LISTS, SmokeRequest(path="/health"), canary=Canary(uids="list", path="/c?uid={uid}"))
    material = Material(uids=("7", "8"), people={"{uid}": "1"})
    assert [each.question.name for each in asked(declared, material, users=())] == [
        "GET /c?uid=7",
        "GET /c?uid=8",
        "GET /?uid=1",
    ]


@pytest.mark.parametrize(
    ("limits", "good", "warned"),
    [
        ({}, True, []),
        (
            {"warn": {"values": 0.2}},
            True,
            ["films: its answers change: 33.3% of the compared "],
        ),
        ({"warn": {"values": 0.2}, "block": {"values": 0.3}}, False, []),
        ({"block": {"overlap": 0.9, "changed": 0.1}}, True, []),
    ],
)
def test_limits_warn_or_block(limits: Mapping[str, Any], good: bool, warned: list[str]) -> None:
    """A blocking change is no warning as well; without lists, their measures are not missed."""
    examples = (Value(question="GET /predict", expression="label", old="cat", new="dog"),)
    live = Live(answered=Tally(old=1, new=1, both=1), lists=None, values=3, differing=1, examples=examples)
    console = Listener()
    check = live_answers.check(console, "films", live, LiveAnswers.model_validate(limits))
    assert check.ok == good
    assert len(console.warned) == len(warned)
    assert all(told.startswith(words) for told, words in zip(console.warned, warned, strict=True))
    if not good:
        assert check.detail == "33.3% of the compared values differ, at most 30.0% is wanted"
        assert 'label: "cat" → "dog"' in console.noted[0]


def test_by_default_lists_that_hardly_overlap_are_warned_of() -> None:
    """The default limits give a warning, and block nothing."""
    console = Listener()
    with serving(({"1": "abcdefghij"}, {"1": "klmnopqrst"})) as ways:
        check = live_answers.check(console, "films", ask(ways, service(LISTS), users=["1"]), LiveAnswers())
    assert check.ok
    assert console.warned == ["films: its answers change: mean overlap@10 is 0.00, at least 0.5 is wanted."]


@pytest.mark.parametrize("given", [[], ["1"], ["1", "--live"]])
def test_two_models_or_two_versions_are_given(given: list[str]) -> None:
    """With none or only one of the two, it is refused."""
    told = CliRunner().invoke(main, ["model", "diff", "dev", *given])
    assert (told.exit_code, "give OLD and NEW, or --live" in told.output) == (2, True)


@pytest.mark.parametrize("share", [0, 25])
def test_a_new_version_is_found_by_its_header(share: int) -> None:
    """The only one there is, or the one that is named, before it gets requests and while it gets some."""
    new = standing(newest="green", blue=100 - share, green=share)
    assert entering({"films": new, "api": standing(blue=100)}, None) is new
    both = {"films": new, "api": new}
    assert entering(both, "api") is new
    with pytest.raises(PreconditionError, match=r"\(films, api\), got none\."):
        entering(both, None)


@pytest.mark.parametrize(
    ("stands", "why"),
    [
        (standing(blue=100), "one version runs"),
        (
            standing(good="green", newest="green", blue=0, green=100),
            "blue has an old version, and no header leads to it",
        ),
        (
            standing(newest="green", blue=0, green=100),
            "green gets all requests, and no header leads to blue",
        ),
    ],
    ids=["one", "kept", "in"],
)
def test_what_no_header_leads_to_is_named_with_when_it_can_be_asked(stands: Standing, why: str) -> None:
    """The header leads to the version of the last plan alone."""
    with pytest.raises(PreconditionError) as caught:
        entering({"films": stands}, "films")
    assert caught.value.message.endswith(f"(there is none), got films.\n  films: {why}.")
    assert "ask from the smoke test until the new version gets all" in str(caught.value.fix)


def test_a_way_to_both_versions_is_warned_of(tmp_path: Path) -> None:
    """No header leads to the old one alone: callers' requests are shared out."""
    console = Listener()
    site = site_of(tmp_path, service(LISTS), console, "http://127.0.0.1:1")
    new = standing(newest="green", blue=75, green=25)
    header = {"X-Slot": new.output.header}
    assert ways_of(site, standing(newest="green", blue=100, green=0))[1].headers == header
    assert console.warned == []
    assert [way.headers for way in ways_of(site, new)] == [{}, header]
    [warned] = console.warned
    assert warned.startswith(
        "films: the new version answers 25 % of the requests for the old one: they differ"
    )


def site_of(folder: Path, declared: Service, console: Listener, endpoint: str) -> Site:
    """An environment with a service called films."""
    environment = stacks.environment("dev").model_copy(update={"services": {"films": declared}})
    return Site(
        command=Command(root=folder, environment=environment, console=console),
        aws=Aws(region="eu-west-1", endpoint_url=endpoint),
        terraform=Terraform(executable=Terraform.find(), root=folder, work=folder, process_environment={}),
        sandbox=None,
    )


def test_a_model_that_is_damaged_leaves_one_user(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The apply continues, and prints why it could not read the users of the model."""
    console, version = Listener(), ModelVersion(name="films", version="1", sha256="a" * 64)
    with serve() as s3, serving(({"1": "ab"}, {"1": "ba"})) as (old, new):
        for name, value in s3.environment.items():
            monkeypatch.setenv(name, value)
        site = site_of(tmp_path, service(LISTS), console, s3.endpoint)
        key = f"{site.command.environment.model_bucket}/models/films/1/manifest.json"
        manifest = {"format": "recommender", "users": 1, "user_id_bytes": 1}
        s3.objects[key] = json.dumps(manifest | {"files": {"answers.npy": {"bytes": 1024}}}).encode()
        material = Material(people={"{uid}": "1"})
        declared = site.command.environment.services["films"]
        live = live_answers.compared(site, "films", declared, old, new, material=material, version=version)
    assert live
    assert live.answered.both == 1
    assert console.warned[0].startswith("films: its answers are compared for one user: ")


def test_only_what_answers_at_one_route_is_compared() -> None:
    """That means a service and its variants."""
    overrides = ["services.recommender.variants={a: {weight: 9, environment: {A: b}}}"]
    environment = load("dev", directory=ENVIRONMENTS, overrides=overrides)
    refuse_strangers(environment, "recommender", "recommender-a")
    for names, words in (
        (
            ("recommender", "recommender"),
            "must be a service and a variant of it, or two of its",
        ),
        (("recommender", "recommend-a"), "recommend-a: unknown service; did you mean recommender"),
    ):
        with pytest.raises(ConfigError, match=words):
            refuse_strangers(environment, *names)


def test_what_has_nothing_to_compare_is_refused(tmp_path: Path) -> None:
    """It is refused before any request."""
    site = site_of(tmp_path, service(SmokeRequest(path="/")), Listener(), "http://127.0.0.1:1")
    release = ServiceRelease(image="repo@sha256:0", repository_arn=None, model=None, desired_count=1)
    with pytest.raises(ConfigError, match=r"services\.films\.smoke must hold a request with"):
        ask_both(site, "films", (Way(url=""), Way(url="")), release)
