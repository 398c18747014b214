"""An environment with its services as in a release."""

from dataclasses import replace
from types import SimpleNamespace
from typing import Any, cast

import pytest

from tests.sample import ENVIRONMENTS
from tests.wrapper.records import REPOSITORY, release, service
from wrapper.delivery.contents import expected_foundation
from wrapper.delivery.from_release import pinned_jobs, restored
from wrapper.delivery.site import Site
from wrapper.environment import Environment, Job, load
from wrapper.environment.job import JobImage
from wrapper.errors import ConfigError, PreconditionError
from wrapper.releases import Release

SERVICE = "services.recommender"


def environment(*overrides: str) -> Environment:
    return load("dev", directory=ENVIRONMENTS, overrides=overrides)


def release_of(declared: Environment, **settings: Any) -> Release:
    services = {
        name: replace(service(), settings=each.model_dump(mode="json") | settings)
        for name, each in declared.services.items()
    }
    return release(4, services=services)


def test_what_makes_a_version_is_as_it_was() -> None:
    """A broken command or variable is rolled back with the image, whatever the file has now."""
    before = environment(f'{SERVICE}.command=["python", "-m", "service"]', f"{SERVICE}.smoke.attempts=3")
    now = environment(f"{SERVICE}.command=[broken]", f'{SERVICE}.environment={{MODE: "wrong"}}')
    back = restored(now, release_of(before)).services["recommender"]
    assert back.command == ("python", "-m", "service")
    assert back.environment == {}
    assert back.smoke.attempts == 3


def test_what_does_not_make_a_version_stays_as_the_file_says() -> None:
    """A rollback keeps, for example, the current number of tasks."""
    now = environment(f"{SERVICE}.scaling.min=3", f"{SERVICE}.rollout.drain_seconds=1")
    back = restored(now, release_of(environment())).services["recommender"]
    assert (back.scaling.min, back.rollout.drain_seconds) == (3, 1)


def test_the_same_file_is_restored_to_itself() -> None:
    """The record loses nothing and adds nothing."""
    assert restored(environment(), release_of(environment())) == environment()


VARIANTS = f"{SERVICE}.variants={{challenger: {{weight: 20, environment: {{MODE: fast}}}}}}"


def test_a_variant_is_there_if_the_file_and_the_release_have_it() -> None:
    """A failed promotion goes back to the service alone; a variant that never was verified is left out."""
    with_it, without = environment(VARIANTS), environment()
    both = restored(environment(VARIANTS.replace("20", "30")), release_of(with_it))
    assert list(both.services) == ["recommender", "recommender-challenger"]
    assert both.variants["recommender-challenger"][1].weight == 30  # routes are those of the file
    assert restored(without, release_of(with_it)).services == without.services
    back = restored(with_it, release_of(without))
    assert (list(back.services), back.variants) == (["recommender"], {})


def test_a_service_that_left_the_file_is_named() -> None:
    """Terraform has no resource to roll it out with."""
    gone = release(4, services={"films": service()})
    with pytest.raises(ConfigError, match=r"services\.films must be in the file to roll back to release 4"):
        restored(environment(), gone)


def test_settings_of_another_version_of_the_project_are_told() -> None:
    """The message has the key, and a commit that knows it."""
    odd = release_of(environment(), size={"cpu": 256, "memory": 512, "disk": 5})
    with pytest.raises(PreconditionError, match=r"size\.disk") as caught:
        restored(environment(), odd)
    assert "commit" in str(caught.value.fix)


def test_a_release_whose_requests_lead_elsewhere_by_now_is_refused() -> None:
    """Another service would answer its smoke test, which would prove nothing about the release."""
    smoke = f"{SERVICE}.smoke.requests=[{{path: /films/1, status: 200}}]"
    now = environment(f"{SERVICE}.route.paths=[/films/*]", smoke)
    with pytest.raises(PreconditionError, match=r"services\.recommender, but: recommender\.smoke\.requests"):
        restored(now, release_of(environment()))


def test_a_job_with_another_job_s_image_goes_back_with_it() -> None:
    """Their order in the file does not matter; both run the image that the release has for the owner."""
    image = {name: f"{REPOSITORY}-{name}@sha256:{name[0] * 64}" for name in ("add", "web")}
    jobs = {"later": Job(image=JobImage(job="add")), "add": Job(image=JobImage(context="."))}
    declared = environment().model_copy(update={"jobs": jobs})
    release = release_of(environment())
    known = replace(release, jobs={"add": image["add"], "later": image["web"]})
    site = cast("Site", SimpleNamespace(app=lambda: None))
    found = pinned_jobs(site, declared, known, {}, expected_foundation(declared))
    assert {name: each.image for name, each in found.items()} == dict.fromkeys(("add", "later"), image["add"])
    assert found["later"].repository_arn == found["add"].repository_arn
    assert str(found["add"].repository_arn).endswith("repository/recommender-dev/add")
