"""Variants of a service: what the file may contain, and which services result."""

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.wrapper.environment.clone import Clone
from wrapper.delivery import tfvars
from wrapper.delivery.contents import stand_in
from wrapper.delivery.sources import sources
from wrapper.environment import explain

PAGE = Path(__file__).parents[3] / "docs" / "variants.md"
SERVICE = "services.recommender"
VARIANTS = f"{SERVICE}.variants"
MODEL = {"weight": 20, "model": {"version": "v2"}}
OTHER = {"weight": 5, "image": {"context": "."}, "environment": {"MODE": "fast"}, "scaling": {"max": 9}}


def with_variants(clone: Clone, variants: Any = None, **changes: Any) -> Clone:
    clone.write({VARIANTS: variants or {"challenger": MODEL, "quick": OTHER}, **changes})
    return clone


def test_the_pages_example_is_one(clone: Clone) -> None:
    """The page's example is a champion with a challenger."""
    block = PAGE.read_text("utf-8").split("<!-- example: variants -->\n```yaml\n")[1].split("```")[0]
    clone.write(
        {
            "services.recommender": {
                "image": {"context": "."},
                **yaml.safe_load(block)["services"]["recommender"],
            }
        }
    )
    champion, challenger = clone.load().services.values()
    assert champion.model
    assert challenger.model
    assert (champion.model.version, challenger.model.version) == ("1", "2")


def test_a_variant_is_a_service_with_a_difference(clone: Clone) -> None:
    """It has its service's values for missing keys; a model version replaces the ratings."""
    changes: dict[str, Any] = {
        f"{SERVICE}.model": {"name": "movielens", "ratings": "ratings.csv", "mount": "/mnt/models"},
        f"{SERVICE}.environment": {"MODE": "slow", "LEVEL": "1"},
    }
    environment = with_variants(clone, None, **changes).load()
    assert list(environment.services) == ["recommender", "recommender-challenger", "recommender-quick"]
    service, challenger, quick = environment.services.values()
    assert challenger.model is not None
    assert (challenger.model.version, challenger.model.ratings) == ("v2", None)
    assert (challenger.model.name, challenger.model.mount) == ("movielens", "/mnt/models")
    kept = {"health", "scaling", "smoke", "route", "rollout", "environment", "image"}
    assert all(getattr(challenger, key) == getattr(service, key) for key in kept)
    assert quick.environment == {"MODE": "fast", "LEVEL": "1"}
    assert (quick.scaling.min, quick.scaling.max) == (2, 9)
    assert {name: of for name, (of, _) in environment.variants.items()} == {
        "recommender-challenger": "recommender",
        "recommender-quick": "recommender",
    }


def test_a_variant_without_its_own_image_runs_that_of_its_service(clone: Clone) -> None:
    """It is built once, in one repository, and has the same digest."""
    environment = with_variants(clone).load()
    assert set(environment.repositories) == {"recommender", "recommender-quick"}
    assert set(sources(environment)) == {"recommender", "recommender-quick"}
    contents = stand_in(environment)
    one, same, other = (contents.releases[name] for name in environment.services)
    assert (same.image, same.repository_arn) == (one.image, one.repository_arn)
    assert other.repository_arn != one.repository_arn


def test_config_says_what_the_file_does(clone: Clone) -> None:
    """`config` prints the variant's keys in their place, not the resulting services."""
    found = explain("dev", directory=with_variants(clone).environments)
    values = {".".join(map(str, each.path)): each.value for each in found if each.is_leaf}
    assert values[f"{VARIANTS}.challenger.weight"] == 20
    assert values[f"{VARIANTS}.challenger.model.version"] == "v2"
    assert not [path for path in values if path.startswith("services.recommender-")]


def test_an_option_may_change_a_weight(clone: Clone) -> None:
    """--set works for a variant's keys as for a service's."""
    environment = with_variants(clone).load("dev", f"{VARIANTS}.challenger.weight=30")
    assert environment.variants["recommender-challenger"][1].weight == 30


def test_a_variant_is_told_to_the_stack_with_its_weight(clone: Clone) -> None:
    """A variant that is held gets weight 0."""
    environment = with_variants(clone).load()
    contents = stand_in(environment)
    text = tfvars.render_app(environment, contents)
    assert re.search(r'variant = {\s+"of" += "recommender"\s+"weight" += 20\s+"declared" += 20\s+}', text)
    held = contents.__class__(**{**contents.__dict__, "held": ("recommender-challenger",)})
    assert re.sub(r'("weight" +=) 20', r"\1 0", text) == tfvars.render_app(environment, held)


REFUSED: list[tuple[dict[str, Any], str]] = [
    (
        {f"{VARIANTS}.same": {"weight": 5}},
        f"{VARIANTS}.same must differ from services.recommender in image, command, model, environment or "
        "size.",
    ),
    (
        {f"{VARIANTS}.a": MODEL, f"{SERVICE}.rollout.strategy": "canary"},
        f"{SERVICE}.rollout.strategy must be rolling with variants (a cookie or a share of theirs would not "
        "follow a shift between slots), got canary.",
    ),
    ({f"{VARIANTS}.green": MODEL}, f"{VARIANTS}.green must be called otherwise (it is a slot's name)."),
    (
        {
            f"{VARIANTS}.a": MODEL,
            "services.recommender-a": {"image": {"context": "."}, "route": {"hosts": ["a.test"]}},
        },
        f"{VARIANTS}.a must be called otherwise beside services.recommender-a.",
    ),
    (
        {f"{VARIANTS}.{'a' * 18}": MODEL},
        f"{VARIANTS}.{'a' * 18} must be at most 29 characters long with its service's name, got "
        f"recommender-{'a' * 18} with 30.",
    ),
    (
        {f"{VARIANTS}.a": {**MODEL, "scaling": {"hours": {"start": "08:00", "stop": "18:00"}}}},
        f"{VARIANTS}.a.scaling must always leave a task while the service's does (else the variant's share "
        "gets 503).",
    ),
    (
        {f"{SERVICE}.route.sticky_seconds": 60},
        f"{SERVICE}.route.sticky_seconds must be null without variants (there is one target group to stay "
        "with), got 60.",
    ),
    (
        {f"{VARIANTS}.a": {"weight": 5, "model": {"version": "1", "ratings": "ratings.csv"}}},
        f"{VARIANTS}.a.model.ratings must be null with a version (give one of the two), got ratings.csv.",
    ),
    (
        {f"{VARIANTS}.a": {"weight": 5, "model": {"source": "gone"}}},
        f"{VARIANTS}.a.model.source must be an existing file or folder, or s3://…, got gone.",
    ),
    (
        {f"{SERVICE}.model": None, f"{VARIANTS}.a": {"weight": 5, "model": {"version": "1"}}},
        f"{VARIANTS}.a.model.name must be given, as the service has no model.",
    ),
    ({f"{VARIANTS}.a": {"model": {"version": "1"}}}, f"{VARIANTS}.a.weight is missing."),
    (
        {f"{VARIANTS}.a": {**MODEL, "port": 1}},
        f"{VARIANTS}.a.port: unknown key; there are weight, image, command, model, environment, size, "
        "scaling, smoke.",
    ),
]


@pytest.mark.parametrize(("changes", "sentence"), REFUSED, ids=lambda value: str(value)[:50])
def test_what_no_variant_may_be(clone: Clone, changes: dict[str, Any], sentence: str) -> None:
    """Each message is one sentence that names the field."""
    clone.write(changes)
    assert list(clone.problems()) == [sentence]
