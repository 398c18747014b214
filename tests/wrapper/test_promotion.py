"""A release of one environment in another one."""

from dataclasses import replace
from typing import Any

import pytest

from tests.sample import ENVIRONMENTS
from tests.wrapper import stack as stacks
from tests.wrapper.records import REPOSITORY, release, service
from wrapper.console import TerminalConsole
from wrapper.delivery.site import Command
from wrapper.environment import Columns, Environment, Image, Job, Model, load
from wrapper.environment.job import JobImage
from wrapper.errors import ConfigError
from wrapper.verbs.promote import promote
from wrapper.verbs.promote.pins import pins_of

SOURCE = stacks.environment("dev")
FOREIGN = f"public.ecr.aws/nginx/nginx@sha256:{'c' * 64}"


def target(**web: Any) -> Environment:
    declared = stacks.environment("staging")
    changed = declared.services["web"].model_copy(update=web)
    return declared.model_copy(update={"services": {"web": changed}})


def test_image_and_model_are_pinned() -> None:
    """The target serves the release's model, whatever its file names, and copies it from the source."""
    declared = target(model=Model(name="films", version="old"))
    pins = pins_of(release(3), SOURCE, declared)
    assert pins.images == {"web": f"{REPOSITORY}@sha256:{'a' * 64}"}
    assert pins.models["web"].label == "films/1"
    pinned = pins.environment.services["web"].model
    assert pinned is not None
    assert (pinned.version, pinned.source) == ("1", f"s3://{SOURCE.model_bucket}/models/films/1")


def test_a_target_that_follows_goes_on_following() -> None:
    """It reads ratings as before: a version is promoted, not where the next one comes from."""
    columns = Columns(user="who")
    declared = target(model=Model(name="films", ratings="r.csv", follow=True, columns=columns))
    pinned = pins_of(release(3), SOURCE, declared).environment.services["web"].model
    assert pinned is not None
    assert (pinned.version, pinned.follow, pinned.columns, pinned.ratings) == ("1", True, columns, None)


def test_a_job_with_another_job_s_image_gets_that_one() -> None:
    """One image is copied for both, and both are deployed with it."""
    image = f"{REPOSITORY}-job@sha256:{'d' * 64}"
    jobs = {"nightly": Job(image=JobImage(context=".")), "monthly": Job(image=JobImage(job="nightly"))}
    declared = target().model_copy(update={"jobs": jobs})
    pins = pins_of(release(3, jobs={"nightly": image, "monthly": image}), SOURCE, declared)
    assert pins.images == {"web": f"{REPOSITORY}@sha256:{'a' * 64}", "nightly": image}


def test_what_the_target_declares_otherwise_stays() -> None:
    """Size, scaling and routes are the target's own."""
    declared = target()
    pinned = pins_of(release(3), SOURCE, declared).environment.services["web"]
    before = declared.services["web"]
    assert (pinned.size, pinned.scaling, pinned.smoke) == (before.size, before.scaling, before.smoke)


def test_what_fetches_models_comes_along() -> None:
    """Model files stay at the target's path, and the release's image copies them there."""
    fetcher = f"{FOREIGN.partition('@')[0]}-files@sha256:{'f' * 64}"
    declared = target(model=Model(name="films", version="old", mount="/mnt/models"))
    pins = pins_of(release(3, jobs={"model-files": fetcher}), SOURCE, declared)
    model = pins.environment.services["web"].model
    assert model
    assert model.mount == "/mnt/models"
    assert pins.images["model-files"] == fetcher


def test_a_service_without_a_model_gets_none() -> None:
    """The source has none either."""
    bare = release(3, services={"web": service(model=None)})
    pins = pins_of(bare, SOURCE, target(model=Model(name="films", version="old")))
    assert pins.models == {}
    assert pins.environment.services["web"].model is None


def test_all_that_the_release_lacks_is_told_at_once() -> None:
    """Each has its path in the target's file."""
    other = release(3, services={"api": service()})
    with pytest.raises(ConfigError) as caught:
        pins_of(other, SOURCE, target())
    assert caught.value.problems == ("services.web must be in release 3 of dev as well, got api.",)


def test_a_variant_must_be_in_the_release_as_well() -> None:
    """It runs its service's image, and only a release says what else it runs."""
    variants = "services.recommender.variants={challenger: {weight: 20, environment: {MODE: fast}}}"
    declared = load("dev", directory=ENVIRONMENTS, overrides=[variants])
    with pytest.raises(ConfigError) as caught:
        pins_of(release(3, services={"recommender": service()}), SOURCE, declared)
    assert caught.value.problems == (
        "services.recommender.variants.challenger must be in release 3 of dev as well, got recommender.",
    )
    both = {name: service() for name in declared.services}
    assert list(pins_of(release(3, services=both), SOURCE, declared).images) == ["recommender"]


def test_an_image_needs_a_repository_to_be_copied_into() -> None:
    """A service with an image by reference has none."""
    with pytest.raises(ConfigError, match=r"services\.web\.image must have a context"):
        pins_of(release(3), SOURCE, target(image=Image(reference=FOREIGN)))


def test_a_public_image_stays_where_it_is() -> None:
    """The target gets the release's reference."""
    record = replace(service(), image=FOREIGN)
    declared = target(image=Image(reference=FOREIGN.replace("c", "d")))
    pins = pins_of(release(3, services={"web": record}), SOURCE, declared)
    assert pins.environment.services["web"].image.reference == FOREIGN


@pytest.mark.parametrize(
    ("other", "said"),
    [
        (stacks.environment("dev"), "TARGET must be another environment than SOURCE, got dev."),
        (stacks.environment("prod", target="aws"), "TARGET must have the target of dev, sandbox, got aws."),
    ],
)
def test_what_can_not_be_promoted_is_refused(other: Environment, said: str, tmp_path: Any) -> None:
    """It is refused before anything is started or read."""
    jobs = [Command(root=tmp_path, environment=each, console=TerminalConsole()) for each in (SOURCE, other)]
    with pytest.raises(ConfigError) as caught:
        promote(*jobs, number=None)
    assert caught.value.problems == (said,)
