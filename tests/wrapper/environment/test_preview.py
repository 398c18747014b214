"""Previews: more environments from the same file, each with its own names, ports and hosts."""

import pytest

from tests.wrapper.environment.clone import Clone
from wrapper.environment import Environment, Preview, explain, load, load_sound
from wrapper.errors import ConfigError

DNS = {"dns": {"zone_id": "Z0123456789ABCDEFGHIJ", "zone_name": "example.com"}}
ON_AWS = {"target": "aws", "region": "eu-west-1", "account_id": "123456789012"}


def preview(clone: Clone, name: str, *overrides: str, file: str = "dev") -> Environment:
    chosen = Preview(name=name, port=5001, alb_port=5002)
    return load(file, directory=clone.environments, overrides=overrides, preview=chosen)


def test_a_preview_has_names_and_ports_of_its_own(clone: Clone) -> None:
    """All else is as in the file."""
    own, other = clone.load(), preview(clone, "pr-12")
    assert (other.prefix, other.state_bucket) == ("recommender-pr-12", "recommender-pr-12-state-000000000000")
    assert other.tags["environment"] == "pr-12"
    assert (other.sandbox.port, other.sandbox.alb_port) == (5001, 5002)
    assert (other.file, other.called) == ("dev", "dev --as pr-12")
    assert other.services == own.services
    assert (own.file, own.called, own.is_preview) == ("dev", "dev", False)


def test_a_preview_on_aws_may_be_destroyed_and_has_no_roles_of_github(clone: Clone) -> None:
    """This holds even if the file protects its data, and names a repository."""
    clone.write({**ON_AWS, "disposable": False, "github": {"repository": "example/shop"}})
    other = preview(clone, "pr-12")
    assert (other.disposable, other.github) == (True, None)
    assert other.sandbox.port == 4566


def test_hosts_in_a_zone_are_names_of_their_own(clone: Clone) -> None:
    """A zone has one record for each name; a certificate for *.example.com covers both."""
    clone.write({**DNS, "services.recommender.route": {"hosts": ["films.example.com", "*.example.com"]}})
    assert preview(clone, "pr-12").hosts == {"pr-12-films.example.com", "*.pr-12.example.com"}
    clone.write({"services.recommender.route": {"hosts": ["films.localhost"]}})
    assert preview(clone, "pr-12").hosts == {"films.localhost"}


def test_set_decides_over_what_a_preview_has_of_its_own(clone: Clone) -> None:
    """An option overrides the ports that a preview gets, and that it is disposable."""
    assert preview(clone, "pr-12", "sandbox.port=6001", "disposable=false").sandbox.port == 6001
    assert not preview(clone, "pr-12", "disposable=false").disposable


@pytest.mark.parametrize(
    ("name", "problem"),
    [
        ("PR_12", "must be lower-case letters, digits and inner hyphens"),
        ("pr-", "must be lower-case letters, digits and inner hyphens"),
        ("pr-123456789", None),
        ("pr-1234567890", "must have at most 12 characters beside project recommender"),
        ("staging", "must not be an environment that has a file of its own, got staging"),
        ("dev", "must not be an environment that has a file of its own, got dev"),
    ],
)
def test_a_name_that_could_not_stand_beside_others_is_refused(
    clone: Clone, name: str, problem: str | None
) -> None:
    """recommender- and 12 characters reach AWS's limit of 24; a file's own environment is refused, too."""
    clone.write({}, name="staging")
    if problem is None:
        assert len(preview(clone, name).prefix) == 24
        return
    with pytest.raises(ConfigError) as caught:
        preview(clone, name)
    assert caught.value.source == "--as"
    assert problem in caught.value.problems[0]


def test_a_refused_name_hides_no_other_problem(clone: Clone) -> None:
    """Problems of the file and of the options are in the same message."""
    clone.write({"region": "Ireland"})
    with pytest.raises(ConfigError) as caught:
        preview(clone, "PR_12", "disposable=maybe")
    assert caught.value.source == "environments/dev.yaml"
    assert [each.split()[0] for each in caught.value.problems] == ["--as", "region", "disposable"]


def test_a_listener_that_exists_is_not_shared_with_the_file_s_environment(clone: Clone) -> None:
    """Both would claim the same requests of that listener."""
    existing = {"load_balancer_arn": "a", "listener_arn": "b", "security_group_id": "c", "url": "http://d"}
    clone.write({"alb": {"existing": existing}})
    with pytest.raises(ConfigError, match=r"alb\.existing=null creates a load balancer"):
        preview(clone, "pr-12")
    assert preview(clone, "pr-12", "alb.existing=null").alb.existing is None


def test_a_destroy_goes_on_without_a_faulty_block_and_never_to_another_environment(clone: Clone) -> None:
    """A name that another command refuses is refused here, too: it may be that of an environment file."""
    clone.write({}, name="staging")
    clone.write({"netwrok": {}})
    chosen = Preview(name="pr-12", port=5001, alb_port=5002)
    sound, problems = load_sound("dev", directory=clone.environments, preview=chosen)
    assert (sound.name, sound.file, sound.sandbox.port) == ("pr-12", "dev", 5001)
    assert "netwrok" in problems[0]
    wrong = Preview(name="staging", port=5001, alb_port=5002)
    with pytest.raises(ConfigError, match="file of its own"):
        load_sound("dev", directory=clone.environments, preview=wrong)


def test_networks_of_previews_may_be_the_file_s(clone: Clone) -> None:
    """Each has a VPC of its own; a range that another file has is refused here, too."""
    clone.write({**ON_AWS, "network.cidr": "10.30.0.0/16"})
    assert preview(clone, "pr-12").network.cidr == "10.30.0.0/16"
    clone.write({**ON_AWS, "network.cidr": "10.30.0.0/16"}, name="staging")
    with pytest.raises(ConfigError, match="must not overlap staging"):
        preview(clone, "pr-12")


def test_config_says_what_is_the_preview_s(clone: Clone) -> None:
    """The source is the file, an option, or the preview."""
    chosen = Preview(name="pr-12", port=5001, alb_port=5002)
    told = explain("dev", directory=clone.environments, overrides=["sandbox.port=6001"], preview=chosen)
    sources = {each.path: each.source for each in told}
    assert sources[("sandbox", "port")] == "--set"
    assert sources[("sandbox", "alb_port")] == "--as"
    assert sources[("project",)] == "file"


def test_a_preview_s_name_alone_leads_to_its_file(clone: Clone) -> None:
    """Without --as it is an unknown environment, and the message says how to name it."""
    (clone.root / ".wrapper" / "pr-12").mkdir(parents=True)
    [problem] = clone.problems("pr-12")
    assert problem == "pr-12: unknown environment; for a preview, write FILE --as pr-12."
