"""From environment variables to settings."""

from pathlib import Path

import pytest

from service.errors import SettingsError
from service.settings import Settings


def test_defaults_suit_a_container() -> None:
    """Only the model's variable is required."""
    settings = Settings.from_environment({"MODEL_URI": "s3://bucket/models/m/1"})
    assert (settings.host, settings.port, settings.model_mode) == ("0.0.0.0", 8000, "pinned")
    assert (settings.access_log, settings.model_sha256) == ("errors", None)


def test_every_variable_is_read() -> None:
    """Each has its name and type."""
    settings = Settings.from_environment(
        {
            "HOST": "127.0.0.1",
            "PORT": "9000",
            "MANAGEMENT_PORT": "9100",
            "MODEL_URI": "/models/m",
            "MODEL_MODE": "follow",
            "MODEL_POLL_SECONDS": "0.5",
            "MODEL_CACHE_DIR": "/cache",
            "IMAGE_DIGEST": "sha256:1",
            "ACCESS_LOG": "all",
            "BASE_PATH": "/movies",
            "DRAIN_SECONDS": "5",
            "STORE_ATTEMPTS": "2",
            "STORE_TIMEOUT_SECONDS": "1.5",
            "AWS_REGION": "eu-west-1",
            "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI": "/v2/x",
            "UNRELATED": "x",
        }
    )
    assert (settings.port, settings.poll_seconds, settings.base_path) == (9000, 0.5, "/movies")
    assert settings.management_port == 9100
    assert (settings.store.cache_dir, settings.store.attempts) == (Path("/cache"), 2)
    assert settings.store.aws == {
        "aws_region": "eu-west-1",
        "aws_container_credentials_relative_uri": "/v2/x",
    }


def test_empty_variable_counts_as_unset() -> None:
    """A task definition cannot leave a variable out, so an empty one is none."""
    assert Settings.from_environment({"MODEL_URI": "/m", "MODEL_SHA256": "", "PORT": ""}).port == 8000


@pytest.mark.parametrize(
    ("variable", "value", "message"),
    [
        ("MODEL_URI", "", "MODEL_URI: Field required"),
        ("PORT", "http", "PORT: Input should be a valid integer.*, got 'http'"),
        ("PORT", "70000", "PORT: Input should be less than or equal to 65535, got '70000'"),
        ("MODEL_SHA256", "abc", "MODEL_SHA256: String should match pattern"),
        ("MODEL_MODE", "chase", "MODEL_MODE: Input should be 'pinned' or 'follow', got 'chase'"),
        ("ACCESS_LOG", "yes", "ACCESS_LOG: Input should be 'off', 'errors' or 'all', got 'yes'"),
        ("BASE_PATH", "movies/", "BASE_PATH: String should match pattern"),
        ("MODEL_POLL_SECONDS", "0", "MODEL_POLL_SECONDS: Input should be greater than 0"),
        ("STORE_ATTEMPTS", "0", "STORE_ATTEMPTS: Input should be greater than or equal to 1"),
    ],
)
def test_wrong_variable_is_named(variable: str, value: str, message: str) -> None:
    """The message names the variable, the rule and the value."""
    with pytest.raises(SettingsError, match=message):
        Settings.from_environment({"MODEL_URI": "/m", variable: value})


def test_all_wrong_variables_are_told_at_once() -> None:
    """All problems are in one message, so one deployment shows all of them."""
    with pytest.raises(SettingsError, match=r"PORT: .* MODEL_MODE: "):
        Settings.from_environment({"MODEL_URI": "/m", "PORT": "x", "MODEL_MODE": "x"})


def test_follower_has_no_pinned_sha256() -> None:
    """The pointer contains the manifest's sha256; a second one could only contradict it."""
    with pytest.raises(SettingsError, match="MODEL_SHA256 must be left out"):
        Settings.from_environment({"MODEL_URI": "/m", "MODEL_MODE": "follow", "MODEL_SHA256": "0" * 64})
