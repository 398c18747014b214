"""What a destroy uses of an invalid file: all but the blocks with a problem."""

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
    """Nothing is left out of it."""
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
    """The problem is reported; the names and tags that a destroy needs are those of the file."""
    environment, problems = sound(clone, **changes)
    assert any(each.startswith(problem) for each in problems), problems
    good = Clone(clone.root)
    good.write({})
    expected = good.load()
    assert (environment.prefix, environment.tags) == (expected.prefix, expected.tags)
    assert (environment.account_id, environment.target) == (expected.account_id, expected.target)


def test_a_service_with_a_problem_leaves_the_others(clone: Clone) -> None:
    """The other services' hosts and stop timeouts are still used."""
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
    """Otherwise the wrong resources might be destroyed."""
    with pytest.raises(ConfigError):
        sound(clone, **changes)


def test_a_file_that_is_no_yaml_says_nothing(clone: Clone) -> None:
    """Without valid YAML nobody knows what to destroy."""
    clone.write_text("project: [")
    with pytest.raises(ConfigError):
        load_sound("dev", directory=clone.environments)


def test_an_override_that_is_wrong_is_refused(clone: Clone) -> None:
    """The user can type a correct one."""
    with pytest.raises(ConfigError, match="nonsense"):
        load_sound("dev", directory=clone.environments, overrides=["nonsense"])
