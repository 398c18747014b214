"""What a destroy reads of a file that no other command takes: all but the blocks with a problem."""

from typing import Any

import pytest

from tests.wrapper.environment.clone import ABSENT, Clone
from wrapper.environment import Environment, load_sound
from wrapper.errors import ConfigError


def sound(clone: Clone, **changes: Any) -> tuple[Environment, list[str]]:
    clone.write(changes)
    environment, problems = load_sound("dev", directory=clone.environments)
    return environment, list(problems)


def test_a_good_file_is_loaded_as_ever(clone: Clone) -> None:
    """Nothing is left out."""
    assert sound(clone) == (clone.load(), [])


@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        ({"alb": {"idle_timeout_seconds": "long"}}, "alb.idle_timeout_seconds must"),
        ({"netwrok": {}}, "netwrok: unknown key"),
        ({"cluster": 7}, "cluster must be a map"),
        ({"services": []}, "services must be a map"),
        ({"services": ABSENT}, "services is missing"),
        ({"jobs": {"report": {"image": {"service": "nobody"}}}}, "jobs.report.image.service must"),
    ],
)
def test_a_block_with_a_problem_is_left_out(clone: Clone, changes: dict[str, Any], problem: str) -> None:
    """It is told, and the names and tags, by which a destroy goes, are those of the file."""
    environment, problems = sound(clone, **changes)
    assert any(each.startswith(problem) for each in problems), problems
    good = Clone(clone.root)
    good.write({})
    expected = good.load()
    assert (environment.prefix, environment.tags) == (expected.prefix, expected.tags)
    assert (environment.account_id, environment.target) == (expected.account_id, expected.target)


def test_a_service_with_a_problem_leaves_the_others(clone: Clone) -> None:
    """Their hosts and their time to stop still count."""
    clone.write({"services.bad": {"port": "none"}, "jobs": {"bad": {"image": {}, "what": 1}}})
    environment, problems = load_sound("dev", directory=clone.environments)
    assert set(environment.services) == {"recommender"}
    assert environment.jobs == {}
    assert problems


@pytest.mark.parametrize(
    "changes",
    [
        {"project": "Shop!"},
        {"project": ABSENT},
        {"target": "moon"},
        {"account_id": 7},
        {"sandbox": {"port": "x"}},
    ],
)
def test_what_says_where_it_is_must_be_good(clone: Clone, changes: dict[str, Any]) -> None:
    """Nothing else may be destroyed in its place."""
    with pytest.raises(ConfigError):
        sound(clone, **changes)


def test_a_file_that_is_no_yaml_says_nothing(clone: Clone) -> None:
    """Nobody knows what to destroy then."""
    clone.write_text("project: [")
    with pytest.raises(ConfigError):
        load_sound("dev", directory=clone.environments)


def test_an_override_that_is_wrong_is_refused(clone: Clone) -> None:
    """Whoever types it can type it again."""
    with pytest.raises(ConfigError, match="nonsense"):
        load_sound("dev", directory=clone.environments, overrides=["nonsense"])
