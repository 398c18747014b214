"""Dummy values for the secrets and parameters that the account is assumed to have."""

import json
from collections import defaultdict
from collections.abc import Iterator, Mapping

from wrapper.aws.client import Aws, explained
from wrapper.delivery.verify.access import declared_secrets
from wrapper.environment import Environment

_VALUE = "stand-in"


def create_dummy_secrets(aws: Aws, environment: Environment) -> None:
    """Create each secret and parameter of the account that a container of the environment needs."""
    places = {arn for _, declared in declared_secrets(environment) for arn in declared.values()}
    with explained():
        for arn in sorted(places):
            if ":ssm:" in arn:
                name = f"/{arn.split(':parameter/', 1)[1]}"
                aws.in_region(arn.split(":")[3]).ssm.put_parameter(
                    Name=name, Value=_VALUE, Type="SecureString", Overwrite=True
                )
        for arn, keys in _secrets(places).items():
            # The emulator finds a secret by an ARN that begins with the secret's own.
            aws.in_region(arn.split(":")[3]).secrets.create_secret(
                Name=arn.split(":", 6)[6],
                SecretString=json.dumps(dict.fromkeys(keys, _VALUE)) if keys else _VALUE,
            )


def described(environment: Environment) -> Iterator[str]:
    """Yield a line for each container whose secrets have dummy values."""
    for path, declared in declared_secrets(environment):
        if declared:
            yield f"{path}: the secrets {', '.join(declared)} are not yours, but {_VALUE!r}"


def _secrets(places: set[str]) -> Mapping[str, set[str]]:
    """Return each secret's ARN with the keys of its JSON that containers read."""
    found: dict[str, set[str]] = defaultdict(set)
    for place in places:
        if ":secretsmanager:" in place:
            parts = place.split(":")
            found[":".join(parts[:7])] |= set(filter(None, parts[7:8]))
    return found
