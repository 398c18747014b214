"""The container's life: answers, the end, and each failure."""

import pytest

from tests.image.conftest import Model, Pulled, Start
from tests.image.container import Container
from tests.service.s3 import S3

pytestmark = pytest.mark.image


def test_pulled_image_answers(start: Start, pulled: Pulled, s3: S3, model: Model) -> None:
    """The image that was pulled by digest recommends, and reports its own digest and model."""
    environment = {
        **s3.environment,
        "MODEL_URI": "s3://models/test/1",
        "MODEL_SHA256": model.sha256,
        "IMAGE_DIGEST": pulled.digest,
    }
    container = start(environment=environment).ready()
    status, body = container.get("/?uid=20")
    assert (status, body["success"], body["uid"], body["model"]) == (200, True, "20", "test/1")
    assert len(body["response"]) == 10
    assert container.get("/?uid=100000")[0] == 404
    health = container.get("/health")[1]
    assert (health["image"], health["model"], health["model_sha256"]) == (
        pulled.digest,
        "test/1",
        model.sha256,
    )


def test_sigterm_ends_it_well(server: Container) -> None:
    """It ends with exit code 0 before ECS would kill it, and the last line says so."""
    assert server.stop() == 0
    assert [line["event"] for line in server.log()] == ["model_loaded", "listening", "stopped"]


def test_missing_model_is_told(start: Start) -> None:
    """There is a non-zero exit code and one JSON line, which the roll-out shows."""
    container = start(environment={"MODEL_URI": "/model"})
    assert container.wait() == 1
    errors = [line for line in container.log() if line["level"] == "error"]
    assert [(line["event"], line["error"], line["model_uri"]) for line in errors] == [
        ("model_not_loaded", "model_not_found", "/model")
    ]


def test_missing_settings_are_told(start: Start) -> None:
    """Without MODEL_URI the exit code is 2."""
    container = start()
    assert container.wait() == 2
    assert "MODEL_URI" in container.log()[-1]["message"]


def test_too_little_memory_is_137(start: Start, model: Model) -> None:
    """A kill by the kernel gives 128 + 9, as ECS reports it, without a last line."""
    little = ["--memory=16m", "--memory-swap=16m"]
    container = start(environment={"MODEL_URI": "/model"}, options=[model.mount, *little])
    assert container.wait() == 137
    assert container.output() == ""


def test_command_can_be_replaced(start: Start) -> None:
    """A task definition's command runs in place of the server."""
    container = start("python", "-c", "import service; print('{}')")
    assert container.wait() == 0
    assert container.log() == [{}]
