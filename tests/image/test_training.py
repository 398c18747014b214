"""The training stage: one container trains a model, and another one serves it."""

import json
import os
from pathlib import Path

import pytest

from tests.image.conftest import Start
from tests.image.container import BOUNDS, PLACE, podman, tmp_of

pytestmark = pytest.mark.image


@pytest.fixture(scope="module")
def trained(trainer: str, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Train a model from the sample, without privileges, into a folder of the image's user."""
    out = tmp_path_factory.mktemp("models")
    os.chown(out, 10001, 10001)
    options = (*PLACE, *BOUNDS, *tmp_of(trainer), "--rm", f"--volume={out}:/models")
    words = ("--sample", "--out=/models/sample", "--name=sample", "--version=1")
    podman("run", *options, trainer, *words)
    return out / "sample"


def test_trained_model_is_served(trained: Path, start: Start) -> None:
    """The trainer needs no privileges either, and the server loads what it wrote."""
    options = [f"--volume={trained}:/model:ro"]
    container = start(environment={"MODEL_URI": "/model"}, options=options).ready()
    status, body = container.get("/?uid=20")
    assert (status, body["model"], len(body["response"])) == (200, "sample/1", 10)


def test_training_stage_begins_with_the_trainer(trainer: str) -> None:
    """Its arguments are the trainer's; its user is not root, and has a folder of its own on Fargate."""
    config = json.loads(podman("image", "inspect", trainer))[0]["Config"]
    assert config["Entrypoint"] == ["python", "-m", "service.train"]
    assert (config["User"], list(config["Volumes"])) == ("10001:10001", ["/tmp"])
