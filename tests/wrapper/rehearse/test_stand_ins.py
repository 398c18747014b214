"""An environment for AWS as a sandbox can run it: as in the file, but without outside resources."""

from collections.abc import Sequence

import pytest

from tests.sample import ENVIRONMENTS
from wrapper.environment import Environment, load
from wrapper.errors import ConfigError
from wrapper.verbs.rehearse.stand_ins import SOMEBODY, for_sandbox

MODEL = "services.recommender.model"


def stand_ins(*overrides: str) -> tuple[Environment, Environment, Sequence[str]]:
    """Return prod with the overrides, prod as it is rehearsed, and the messages."""
    real = load("prod", directory=ENVIRONMENTS, overrides=overrides)
    return real, *for_sandbox(real, port=4567, alb_port=8081)


def test_all_but_a_few_keys_is_as_the_file_says() -> None:
    """The sandbox's defaults are not used: prod is no more disposable there."""
    real, rehearsed, _ = stand_ins()
    differ = {key for key, value in real if getattr(rehearsed, key) != value}
    assert differ == {"target", "sandbox", "services"}
    one, other = (each.services["recommender"] for each in (real, rehearsed))
    assert {key for key, value in one if getattr(other, key) != value} == {"model"}
    assert (rehearsed.target, rehearsed.disposable, rehearsed.prefix) == ("sandbox", False, real.prefix)


def test_it_records_at_the_ports_that_it_is_given() -> None:
    """The ports that the file names for its own sandbox are not used."""
    _, rehearsed, _ = stand_ins("sandbox.port=5000")
    sandbox = rehearsed.sandbox
    assert (sandbox.port, sandbox.alb_port, sandbox.record) == (4567, 8081, True)


def test_published_model_is_trained_from_the_sample() -> None:
    """The real bucket is not read; there is a message for each service."""
    _, rehearsed, told = stand_ins()
    model = rehearsed.services["recommender"].model
    assert model is not None
    assert (model.name, model.version) == ("movielens", None)
    assert "recommender: a model trained on the sample, in place of movielens/1" in told


def test_model_that_is_here_is_taken() -> None:
    """It is published into the sandbox as it would be to AWS."""
    real, rehearsed, told = stand_ins(f"{MODEL}.source=environments")
    assert rehearsed.services["recommender"].model == real.services["recommender"].model
    assert not any("model" in each for each in told)


def test_nothing_stands_in_for_a_model_of_ones_own() -> None:
    """The recommender's sample is no such model; a local file can be rehearsed."""
    own = (
        "services.recommender.image={context: ../sample}",
        "services.recommender.smoke={requests: [{path: /}]}",
    )
    with pytest.raises(ConfigError) as caught:
        stand_ins(*own)
    assert "services.recommender.model.source must be a file or a folder here" in caught.value.problems[0]
    assert caught.value.fix == f"python -m wrapper rehearse prod --set {MODEL}.source=PATH"
    real, rehearsed, _ = stand_ins(*own, f"{MODEL}.source=environments")
    assert rehearsed.services["recommender"].model == real.services["recommender"].model


def test_ratings_in_somebodys_bucket_are_not_read() -> None:
    """Reading them would need credentials."""
    _, rehearsed, told = stand_ins(f"{MODEL}.version=null", f"{MODEL}.ratings=s3://ratings/all.csv")
    model = rehearsed.services["recommender"].model
    assert model is not None
    assert model.ratings is None
    assert any("in place of s3://ratings/all.csv" in each for each in told)


def test_users_that_the_sample_does_not_know_are_not_asked_for() -> None:
    """The sample would not know any of them."""
    _, rehearsed, told = stand_ins("services.recommender.smoke.canary={uids: s3://users/all.csv}")
    assert rehearsed.services["recommender"].smoke.canary is None
    assert any("s3://users/all.csv" in each for each in told)


def test_roles_are_somebodys_if_the_file_names_no_repository() -> None:
    """A repository that the file names is kept."""
    assert any(SOMEBODY.repository in each for each in stand_ins()[2])
    _, own, told = stand_ins("github={repository: films/shop}")
    assert own.github is not None
    assert own.github.repository == "films/shop"
    assert not any("roles" in each for each in told)


def test_what_an_account_has_already_is_made() -> None:
    """A company's cluster, load balancer, VPC, bucket and repository are created; each has a message."""
    arn = "arn:aws:elasticloadbalancing:eu-west-1:1:loadbalancer/app/company/0"
    real, rehearsed, told = stand_ins(
        "network={existing: {vpc_id: vpc-1, private_subnet_ids: [subnet-1]}, egress: nat}",
        f"alb={{existing: {{load_balancer_arn: '{arn}', listener_arn: b, security_group_id: sg-1, url: d}}}}",
        "dns=null",
        "cluster={existing: {cluster_name: company}}",
        "models={existing: {bucket: company-models}}",
        "services.recommender.image.existing={repository_name: company/recommender}",
    )
    assert rehearsed.existing == {}
    assert (rehearsed.network.egress, len(rehearsed.network.availability_zones)) == ("nat", 2)
    assert (rehearsed.cluster_name, rehearsed.model_bucket) != (real.cluster_name, real.model_bucket)
    assert {each.partition(":")[0] for each in told} >= {
        "VPC vpc-1",
        "subnet subnet-1",
        "load balancer company",
        "security group sg-1",
        "cluster company",
        "bucket company-models",
        "repository company/recommender",
    }
