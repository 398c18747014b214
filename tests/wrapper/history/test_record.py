"""A release's record, and which parts of it are shown."""

import json
from dataclasses import replace

import pytest

from tests.wrapper.records import release, service
from wrapper.releases import RolloutTime, record


def test_a_record_comes_back_as_it_was_written() -> None:
    """All of it can be read again, also for a service without a model."""
    kept = release(3, back_to=1, services={"web": service(), "plain": service(model=None)})
    assert record.read(record.written(kept)) == kept


def test_the_roll_out_and_what_was_allowed_are_kept() -> None:
    """Both are shown with the release; an older record reads as one without them."""
    measured = replace(service(), rollout=RolloutTime(seconds=31.5, bound_seconds=200))
    kept = release(3, allowed={"data-loss": "moved"}, services={"web": measured})
    assert record.read(record.written(kept)) == kept
    assert kept.as_json()["services"]["web"]["rollout"] == {"seconds": 31.5, "bound_seconds": 200}
    document = json.loads(record.written(release(3)))
    del document["allowed"], document["services"]["web"]["rollout"]
    assert record.read(json.dumps(document).encode()) == release(3)


def test_what_is_shown_leaves_the_settings_out() -> None:
    """A list of releases does not show a service's environment variables."""
    shown = release(1).as_json()
    assert "settings" not in shown["services"]["web"]
    assert "WORKERS" not in json.dumps(shown)


@pytest.mark.parametrize("other", [service(image="c"), service(model="2"), service(revision=2)])
def test_another_image_model_or_revision_runs_otherwise(other: record.ServiceRecord) -> None:
    """Each of the three makes a new release; author and time do not."""
    assert release(1).runs_like(release(2, who="bob@host"))
    assert not release(1).runs_like(release(2, services={"web": other}))


@pytest.mark.parametrize(
    "content", [b"", b"[]", b"null", b'{"format": 2}', b'{"format": 1}', b'{"format": 1, "x": 0}']
)
def test_something_else_is_no_record(content: bytes) -> None:
    """Any invalid text gives the error that the store explains."""
    with pytest.raises(ValueError, match=r"."):
        record.read(content)
