"""The environment variables of the server, typed. Only `__main__` reads os.environ."""

import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Literal, TypeVar

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from service.errors import SettingsError

Part = TypeVar("Part", bound=BaseModel)

# The AWS SDKs' variables and obstore's names for them. They are passed explicitly, and not read by obstore,
# so that a test can set all of them.
_AWS = {
    "AWS_ACCESS_KEY_ID": "aws_access_key_id",
    "AWS_SECRET_ACCESS_KEY": "aws_secret_access_key",
    "AWS_SESSION_TOKEN": "aws_session_token",
    "AWS_DEFAULT_REGION": "aws_default_region",
    "AWS_REGION": "aws_region",
    "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI": "aws_container_credentials_relative_uri",
    "AWS_CONTAINER_CREDENTIALS_FULL_URI": "aws_container_credentials_full_uri",
    "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE": "aws_container_authorization_token_file",
    "AWS_ENDPOINT_URL": "aws_endpoint",
    "AWS_ENDPOINT_URL_S3": "aws_endpoint_url_s3",
}


class StoreSettings(BaseModel):
    """How models are fetched: AWS settings, attempts, seconds to wait for an answer, the folder for files."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    aws: Mapping[str, str] = {}
    attempts: Annotated[int, Field(ge=1, le=20)] = 5
    timeout_seconds: Annotated[float, Field(gt=0, le=600)] = 30.0
    cache_dir: Path = Path(tempfile.gettempdir())

    @classmethod
    def from_environment(cls, environment: Mapping[str, str]) -> "StoreSettings":
        """Read STORE_ATTEMPTS, STORE_TIMEOUT_SECONDS, MODEL_CACHE_DIR and AWS's own variables."""
        names = {
            "STORE_ATTEMPTS": "attempts",
            "STORE_TIMEOUT_SECONDS": "timeout_seconds",
            "MODEL_CACHE_DIR": "cache_dir",
        }
        aws = {key: environment[name] for name, key in _AWS.items() if environment.get(name)}
        return _parse(cls, names, environment, aws=aws)


class Settings(BaseModel):
    """How the server listens, which model it answers from, what it logs. Fields with a unit end in it."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    host: Annotated[str, Field(min_length=1)] = "0.0.0.0"
    port: Annotated[int, Field(ge=0, le=65535)] = 8000
    management_port: Annotated[int, Field(ge=0, le=65535)] | None = None
    model_uri: Annotated[str, Field(min_length=1)]
    model_sha256: Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")] | None = None
    model_mode: Literal["pinned", "follow"] = "pinned"
    poll_seconds: Annotated[float, Field(gt=0, le=86_400)] = 10.0
    image_digest: str | None = None
    access_log: Literal["off", "errors", "all"] = "errors"
    base_path: Annotated[str, Field(pattern=r"^(/[A-Za-z0-9._~-]+)*$")] = ""
    drain_seconds: Annotated[float, Field(ge=0, le=600)] = 20.0
    store: StoreSettings = StoreSettings()

    @classmethod
    def from_environment(cls, environment: Mapping[str, str]) -> "Settings":
        """Read the variables below and the store's, or raise SettingsError with all problems."""
        names = {
            "HOST": "host",
            "PORT": "port",
            "MANAGEMENT_PORT": "management_port",
            "MODEL_URI": "model_uri",
            "MODEL_SHA256": "model_sha256",
            "MODEL_MODE": "model_mode",
            "MODEL_POLL_SECONDS": "poll_seconds",
            "IMAGE_DIGEST": "image_digest",
            "ACCESS_LOG": "access_log",
            "BASE_PATH": "base_path",
            "DRAIN_SECONDS": "drain_seconds",
        }
        settings = _parse(cls, names, environment, store=StoreSettings.from_environment(environment))
        if settings.model_mode == "follow" and settings.model_sha256:
            raise SettingsError(
                "MODEL_SHA256 must be left out when MODEL_MODE is follow: the pointer names it."
            )
        return settings


def _parse(
    part: type[Part], names: Mapping[str, str], environment: Mapping[str, str], **given: object
) -> Part:
    # An empty variable counts as unset: task definitions cannot leave one out conditionally.
    values = {field: environment[name] for name, field in names.items() if environment.get(name)}
    try:
        return part.model_validate({**values, **given})
    except ValidationError as error:
        variables = {field: name for name, field in names.items()}
        problems = []
        for problem in error.errors(include_url=False):
            name = variables[str(problem["loc"][0])]
            got = f", got {environment[name]!r}" if environment.get(name) else ""
            problems.append(f"{name}: {problem['msg']}{got}.")
        raise SettingsError(" ".join(problems)) from None
