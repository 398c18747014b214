"""--set changes one key for one run; its errors are tested here, too."""

import pytest

from tests.wrapper.environment.clone import ABSENT, Clone

SERVICE = "services.recommender"


def test_value_is_read_as_yaml(clone: Clone) -> None:
    """Numbers, lists and null mean the same as in the file."""
    dev = clone.load("dev", f"{SERVICE}.scaling.min=3", "alb.allowed_cidrs=[10.0.0.0/8]", f"{SERVICE}.model=")
    recommender = dev.services["recommender"]
    assert (recommender.scaling.min, dev.alb.allowed_cidrs, recommender.model) == (3, ("10.0.0.0/8",), None)


def test_last_override_wins(clone: Clone) -> None:
    """A later option overrides an earlier one."""
    dev = clone.load("dev", f"{SERVICE}.port=1", f"{SERVICE}.port=2")
    assert dev.services["recommender"].port == 2


def test_value_may_hold_an_equals_sign(clone: Clone) -> None:
    """Only the first equals sign is the separator."""
    dev = clone.load("dev", f"{SERVICE}.environment.FILTER=a=b")
    assert dev.services["recommender"].environment == {"FILTER": "a=b"}


def test_absolute_ratings_are_found(clone: Clone) -> None:
    """A ratings file outside the clone has an absolute path."""
    path = clone.root / "ratings.csv"
    model = clone.load("dev", f"{SERVICE}.model.ratings={path}").services["recommender"].model
    assert model is not None
    assert model.ratings == str(path)


def test_null_block_is_filled_key_by_key(clone: Clone) -> None:
    """A block that is null in the file starts empty, in any order of the options."""
    clone.write({f"{SERVICE}.model": None})
    model = clone.load("dev", f"{SERVICE}.model.ratings=ratings.csv", f"{SERVICE}.model.name=films")
    assert model.services["recommender"].model is not None


def test_half_filled_null_block_says_what_it_needs(clone: Clone) -> None:
    """Setting one key of a null block is not enough if another has no default."""
    clone.write({f"{SERVICE}.model": None})
    assert clone.problems("dev", f"{SERVICE}.model.ratings=ratings.csv") == (
        f"{SERVICE}.model.name is missing (--set).",
    )


def test_key_that_the_file_leaves_out_may_be_set(clone: Clone) -> None:
    """For --set it makes no difference whether the file has the key."""
    clone.write({"cluster": {}})
    assert clone.load("dev", "cluster.container_insights=true").cluster.container_insights


def test_new_service_may_be_set_as_a_whole(clone: Clone) -> None:
    """Names in a map are the user's; a block must be complete."""
    assert "services.films.image is missing (--set)." in clone.problems("dev", "services.films={}")


@pytest.mark.parametrize(
    ("option", "problem"),
    [
        ("region", "--set region: must be KEY=VALUE, such as services.recommender.scaling.min=3."),
        ("=3", "--set : must be KEY=VALUE, such as services.recommender.scaling.min=3."),
        ("alb..x=3", "--set alb..x: must be KEY=VALUE, such as services.recommender.scaling.min=3."),
        ("regoin=x", "--set regoin: regoin: unknown key; did you mean region?"),
        (
            "name=x",
            "--set name: name: unknown key; there are project, target, region, account_id, disposable, "
            "rollback, review, sandbox, network, alb, dns, cluster, monitoring, images, models, "
            "services, github, jobs.",
        ),
        (
            f"{SERVICE}.scalling.min=3",
            f"--set {SERVICE}.scalling.min: {SERVICE}.scalling: unknown key; did you mean scaling?",
        ),
        (
            "services.recomender.port=1",
            "--set services.recomender.port: services.recomender: unknown key; did you mean recommender?",
        ),
        (f"{SERVICE}.port.x=1", f"--set {SERVICE}.port.x: {SERVICE}.port has no keys; set it as a whole."),
        (
            "network.availability_zones.0=x",
            "--set network.availability_zones.0: network.availability_zones has no keys; set it as a whole.",
        ),
        (
            "region=[",
            "--set region: the value must be YAML: line 1, column 2: expected the node content, but found "
            "the end of the text.",
        ),
    ],
)
def test_wrong_option_is_refused_by_name(clone: Clone, option: str, problem: str) -> None:
    """The message names the option and the nearest key."""
    assert clone.problems("dev", option) == (problem,)


def test_problem_that_an_option_causes_says_so(clone: Clone) -> None:
    """The message names the option, so that nobody searches for the mistake in the file."""
    assert clone.problems("dev", f"{SERVICE}.model.source=s3://b/m") == (
        f"{SERVICE}.model.source must be given with its version, got s3://b/m (--set).",
    )


def test_problem_of_the_file_is_not_blamed_on_an_option(clone: Clone) -> None:
    """A mistake in the file is reported without an option."""
    clone.write({"region": "Ireland"})
    assert clone.problems("dev", "disposable=maybe") == (
        "region must be an AWS region such as eu-west-1, got Ireland.",
        'disposable must be true or false, got "maybe" (--set).',
    )


@pytest.mark.parametrize(
    ("option", "problem"),
    [
        (
            "project=Films",
            "project must be lower-case letters, digits and inner hyphens, beginning with a letter, "
            "got Films (--set).",
        ),
        (f"{SERVICE}.model=3", f"{SERVICE}.model must be a map, got 3 (--set)."),
        (f"{SERVICE}.port=x", f'{SERVICE}.port must be a whole number, got "x" (--set).'),
        ("regoin=x", "--set regoin: regoin: unknown key; did you mean region?"),
    ],
)
def test_a_wrong_option_hides_no_problem_of_the_file(clone: Clone, option: str, problem: str) -> None:
    """The file's problems are all reported, even in a block that the option replaces."""
    clone.write({f"{SERVICE}.model.source": "s3://b/m", "region": "Ireland"})
    own = clone.problems("dev")
    assert len(own) == 2
    assert {*clone.problems("dev", option, "disposable=true")} == {*own, problem}


def test_a_wrong_option_hides_no_comparison(clone: Clone) -> None:
    """Services are compared with the target if each of their keys is valid."""
    clone.write({f"{SERVICE}.protocol": "http2", f"{SERVICE}.smoke": ABSENT})
    own = clone.problems("dev")
    assert own == (
        f"{SERVICE}.protocol must be http in the sandbox (its load balancer has neither HTTP/2 nor TLS), "
        "got http2.",
    )
    wrong = f'{SERVICE}.port must be a whole number, got "x" (--set).'
    assert clone.problems("dev", f"{SERVICE}.port=x") == (wrong, *own)


def test_a_wrong_key_is_told_once(clone: Clone) -> None:
    """The file's value of a key that an option replaces is not checked."""
    clone.write({"region": "Ireland"})
    assert clone.problems("dev", "region=mars") == (
        "region must be an AWS region such as eu-west-1, got mars (--set).",
    )


def test_option_can_mend_the_file(clone: Clone) -> None:
    """Only the resulting environment is checked."""
    clone.write({"region": "Ireland"})
    assert clone.load("dev", "region=eu-west-1").region == "eu-west-1"


@pytest.mark.parametrize(
    "option",
    [
        f"{SERVICE}.secrets.TOKEN=hunter2",
        f"{SERVICE}.secrets.TOKEN=[hunter2",
        f"{SERVICE}.secrts.TOKEN=hunter2",
        f"{SERVICE}.secrets.TOKEN.x=hunter2",
    ],
)
def test_value_of_a_wrong_option_is_not_shown(clone: Clone, option: str) -> None:
    """An option's value may be a secret, so errors show only its key."""
    assert not [problem for problem in clone.problems("dev", option) if "hunter2" in problem]
