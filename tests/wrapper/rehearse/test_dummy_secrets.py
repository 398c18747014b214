"""The account's expected resources exist in the sandbox, with the ARNs that the file names."""

import json
from uuid import uuid4

import pytest

from tests.sample import ENVIRONMENTS
from wrapper.aws.client import Aws
from wrapper.environment import load
from wrapper.verbs.rehearse.dummy_secrets import create_dummy_secrets, described

pytestmark = pytest.mark.slow

SERVICE = "services.recommender"


def test_secrets_and_parameters_are_found_by_their_arns(aws: Aws) -> None:
    """A secret's ARN may end in the key of its JSON; the values are placeholders."""
    unique = uuid4().hex[:8]
    secret = f"arn:aws:secretsmanager:eu-west-1:000000000000:secret:{unique}/db-AbCdEf"
    parameter = f"arn:aws:ssm:eu-west-1:000000000000:parameter/{unique}/key"
    secrets = f"{{USER: '{secret}:user::', PASSWORD: '{secret}:password::', KEY: '{parameter}'}}"
    environment = load(
        "dev",
        directory=ENVIRONMENTS,
        overrides=[f"{SERVICE}.secrets={secrets}"],
    )
    create_dummy_secrets(aws, environment)
    value = json.loads(aws.secrets.get_secret_value(SecretId=secret)["SecretString"])
    assert value == {"user": "stand-in", "password": "stand-in"}
    assert aws.ssm.get_parameter(Name=f"/{unique}/key")["Parameter"]["Type"] == "SecureString"
    assert list(described(environment)) == [
        f"{SERVICE}: the secrets USER, PASSWORD, KEY are not yours, but 'stand-in'"
    ]


def test_environment_without_secrets_gets_none(aws: Aws) -> None:
    """Nothing is printed either."""
    environment = load("prod", directory=ENVIRONMENTS)
    before = aws.secrets.list_secrets()["SecretList"]
    create_dummy_secrets(aws, environment)
    assert aws.secrets.list_secrets()["SecretList"] == before
    assert list(described(environment)) == []
