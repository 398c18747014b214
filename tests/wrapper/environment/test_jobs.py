"""An environment file's jobs: their errors, and their meaning."""

from typing import Any

import pytest

from tests.wrapper.environment.clone import Clone
from wrapper.delivery.sources import sources
from wrapper.environment import Environment

JOB: dict[str, Any] = {
    "image": {"service": "recommender"},
    "size": {"cpu": 256, "memory": 512},
}
ARN = "arn:aws:ssm:eu-west-1:111111111111:parameter/token"
REFERENCE = f"registry.example/films@sha256:{'0' * 64}"
NIGHTLY = {"schedule": {"expression": "cron(0 3 * * ? *)"}}


def loaded(clone: Clone, **jobs: dict[str, Any]) -> Environment:
    clone.write({"jobs": {name: {**JOB, **changes} for name, changes in jobs.items()}})
    return clone.load()


@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        ({"command": []}, "command must be null (the image's own) or hold at least 1 word, got 0."),
        (
            {"image": {"service": "recomender"}},
            "image.service must be a service (recommender), got recomender.",
        ),
        (
            {"image": {"service": "recommender", "reference": REFERENCE}},
            "image.service must stand alone, without reference, got recommender.",
        ),
        (
            {"image": {}},
            "image must have a context (to build it) or a reference (to an existing one), got neither.",
        ),
        (
            {"trigger": {}},
            "trigger must be one of schedule, object_created and event, got none.",
        ),
        (
            {"trigger": {**NIGHTLY, "object_created": {"prefix": "x/"}}},
            "trigger must be one of schedule, object_created and event, got schedule and object_created.",
        ),
        (
            {"trigger": {"schedule": {"expression": "rate(1 day)", "timezone": "Europe/Bärlin"}}},
            "trigger.schedule.timezone must be an IANA time zone such as Europe/Berlin, got Europe/Bärlin.",
        ),
        (
            {"trigger": {"object_created": {"prefix": "*.csv"}}},
            "trigger.object_created.prefix must contain no * and no \\ , got *.csv.",
        ),
        (
            {"permissions": {"read": ["/ratings"]}},
            "permissions.read.0 must be a prefix in the model bucket, such as ratings/, or "
            "s3://bucket/prefix, got /ratings.",
        ),
        (
            {
                "trigger": {"object_created": {"prefix": "ratings/"}},
                "permissions": {"write": ["ratings/new/"]},
            },
            "permissions.write must lie outside trigger.object_created (it would start "
            "itself again and again), got ratings/new/.",
        ),
    ],
)
def test_wrong_job_is_refused(clone: Clone, changes: dict[str, Any], problem: str) -> None:
    """Each message names the field, the rule and the value."""
    clone.write({"jobs": {"retrain": {**JOB, **changes}}})
    assert clone.problems() == (f"jobs.retrain.{problem}",)


def test_job_cannot_be_called_like_a_service(clone: Clone) -> None:
    """Repositories, roles and log groups are named after both."""
    clone.write({"jobs": {"recommender": JOB}})
    assert clone.problems() == ("jobs.recommender must not have a service's name (they share names on AWS).",)


def test_secret_of_a_job_is_never_shown(clone: Clone) -> None:
    """If an ARN is replaced by the password itself, a build's log does not show it."""
    clone.write({"jobs": {"retrain": {**JOB, "secrets": {"TOKEN": "hunter2"}}}})
    (problem,) = clone.problems()
    assert "hunter2" not in problem


def test_only_jobs_with_an_image_of_their_own_are_built(clone: Clone) -> None:
    """A job with a service's image needs no repository."""
    environment = loaded(
        clone, own={"image": {"context": "."}}, theirs={}, given={"image": {"reference": REFERENCE}}
    )
    assert list(environment.built_jobs) == ["own"]


@pytest.mark.parametrize(
    ("created", "sends"),
    [
        ({"prefix": "ratings/"}, True),
        ({"bucket": "recommender-dev-models-000000000000"}, True),
        ({"bucket": "other"}, False),
    ],
)
def test_model_bucket_sends_events_only_for_a_job_that_waits(
    clone: Clone, created: dict[str, str], sends: bool
) -> None:
    """An existing bucket is not changed."""
    environment = loaded(clone, retrain={"trigger": {"object_created": created}})
    assert environment.has_model_events is sends
    assert not loaded(clone, nightly={"trigger": NIGHTLY}).has_model_events


def test_one_key_of_a_job_can_be_set(clone: Clone) -> None:
    """--set works for a job's keys as for a service's."""
    clone.write({"jobs": {"nightly": {**JOB, "trigger": NIGHTLY}}})
    job = clone.load("dev", "jobs.nightly.trigger.schedule.timezone=Asia/Tokyo").jobs["nightly"]
    assert job.trigger is not None
    assert job.trigger.schedule is not None
    assert job.trigger.schedule.timezone == "Asia/Tokyo"


def test_a_job_may_run_another_jobs_image(clone: Clone) -> None:
    """One image with two commands is built once, for the architecture in the file."""
    own = {"image": {"context": ".", "architecture": "arm64"}}
    environment = loaded(clone, own=own, theirs={"image": {"job": "own"}, "command": ["python", "report.py"]})
    assert list(environment.built_jobs) == ["own"]
    assert list(sources(environment)) == ["recommender", "own"]
    assert environment.architecture_of(environment.jobs["theirs"]) == "arm64"


@pytest.mark.parametrize(
    ("image", "problem"),
    [
        ({"job": "nobody"}, "image.job must be a job with an image of its own (own), got nobody."),
        ({"job": "theirs"}, "image.job must be a job with an image of its own (own), got theirs."),
        ({"job": "other"}, "image.job must be a job with an image of its own (own), got other."),
        ({"job": "own", "context": "."}, "image.job must stand alone, without context, got own."),
        (
            {"job": "own", "service": "recommender"},
            "image.service must stand alone, without job, got recommender.",
        ),
    ],
)
def test_a_jobs_image_is_one_jobs_own(clone: Clone, image: dict[str, str], problem: str) -> None:
    """A job can't take its own image, nor that of a job that takes another's."""
    jobs = {
        "own": {**JOB, "image": {"context": "."}},
        "other": {**JOB},
        "theirs": {**JOB, "image": image},
    }
    clone.write({"jobs": jobs})
    assert clone.problems() == (f"jobs.theirs.{problem}",)


@pytest.mark.parametrize(
    ("trigger", "words"),
    [
        (None, "by hand"),
        (NIGHTLY, "cron(0 3 * * ? *) in UTC"),
        (
            {"object_created": {"prefix": "ratings/", "suffix": ".csv"}},
            "each new object ratings/*.csv in the model bucket",
        ),
        ({"event": {"pattern": {"source": ["shop"]}}}, "each event that matches its pattern"),
    ],
)
def test_what_starts_a_job_is_told_in_words(clone: Clone, trigger: Any, words: str) -> None:
    """The words are those of the summary of an apply."""
    assert loaded(clone, report={"trigger": trigger}).jobs["report"].starts == words


def test_several_things_may_start_a_job(clone: Clone) -> None:
    """They are one list; each one's requirements are checked."""
    created = {"object_created": {"prefix": "ratings/"}}
    environment = loaded(clone, retrain={"triggers": [NIGHTLY, created]})
    job = environment.jobs["retrain"]
    assert job.starts == "cron(0 3 * * ? *) in UTC, each new object ratings/* in the model bucket"
    assert job.starters == ("trigger", "trigger-event")
    assert environment.has_model_events
    assert loaded(clone, retrain={"trigger": NIGHTLY}).jobs["retrain"].starters == ("trigger",)
    clone.write({"jobs": {"a": {**JOB, "trigger": NIGHTLY, "triggers": [created]}}})
    assert clone.problems() == ("jobs.a.trigger must be used without triggers (put it into that list).",)
    loop = {"triggers": [NIGHTLY, created], "permissions": {"write": ["ratings/new/"]}}
    clone.write({"jobs": {"a": {**JOB, **loop}}})
    assert clone.problems() == (
        "jobs.a.permissions.write must lie outside triggers.1.object_created (it would start "
        "itself again and again), got ratings/new/.",
    )
