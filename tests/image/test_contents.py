"""The content of the image: size, labels, the command, byte code."""

import json
import re
from typing import Any

import pytest

from tests.image.conftest import Model, Pulled, Start
from tests.image.container import Container, podman

pytestmark = pytest.mark.image

GOAL = 220e6
# python:3.13.15-slim-trixie in 2026-09, by github.com/docker-library/repo-info,
# repos/python/local/3.13-slim.md.
OFFICIAL_BASE = 126.25e6


@pytest.fixture(scope="module")
def config(pulled: Pulled) -> dict[str, Any]:
    """Return the image's configuration, as a task's host reads it."""
    found: list[dict[str, Any]] = json.loads(podman("image", "inspect", pulled.reference, store=pulled.store))
    return found[0]


def test_image_is_small(config: dict[str, Any], capsys: pytest.CaptureFixture[str]) -> None:
    """Its uncompressed size is limited, with the local base as well as with the official base's size."""
    base = int(podman("image", "inspect", "--format", "{{.Size}}", "python:3.13-slim"))
    size = config["Size"]
    added = size - base
    with capsys.disabled():
        print(
            f"\nserving image, uncompressed: {size / 1e6:.1f} MB = stand-in base {base / 1e6:.1f} + "
            f"{added / 1e6:.1f}; with the official base {(OFFICIAL_BASE + added) / 1e6:.1f}"
        )
    assert max(size, OFFICIAL_BASE + added) <= GOAL


def test_labels_tell_commit_and_time(config: dict[str, Any]) -> None:
    """The wrapper's labels, under the registries' usual names, replace the Dockerfile's placeholders."""
    labels = config["Labels"]
    assert re.fullmatch(r"[0-9a-f]{40}(-dirty)?", labels["org.opencontainers.image.revision"])
    assert re.fullmatch(r"20\d\d-\d\d-\d\dT[\d:]+\+00:00", labels["org.opencontainers.image.created"])
    assert labels["org.opencontainers.image.title"] == "recommender"


def test_command_needs_no_shell_and_can_be_replaced(config: dict[str, Any]) -> None:
    """It has the exec form and no entrypoint, so a task definition's command replaces all of it."""
    assert config["Config"]["Cmd"] == ["python", "-m", "service"]
    assert not config["Config"].get("Entrypoint")


def test_user_is_a_number_other_than_root(config: dict[str, Any]) -> None:
    """An orchestrator that refuses root can check a number without the image's /etc/passwd."""
    assert config["Config"]["User"] == "10001:10001"


def test_image_is_for_fargate_processors(config: dict[str, Any]) -> None:
    """It has the tasks' architecture, whatever the machine's own is."""
    assert (config["Os"], config["Architecture"]) == ("linux", "amd64")


def test_nothing_is_compiled_at_start(start: Start, model: Model) -> None:
    """Server, packages and the used part of the standard library are byte code already."""
    container = start(
        environment={"MODEL_URI": "/model", "PYTHONVERBOSE": "1"}, options=[model.mount]
    ).ready()
    assert container.get("/?uid=20")[0] == 200
    container.stop()
    lines = container.output().splitlines()
    assert any("service/__pycache__/app.cpython-313.pyc matches" in line for line in lines)
    # Python prints the source's name if it compiled one, and the .pyc in quotes if it loaded that.
    assert [line for line in lines if re.match(r"# code object from [^']", line)] == []


def test_image_holds_neither_pip_nor_sources_of_tests(server: Container) -> None:
    """The image contains what runs, and no more."""
    program = (
        "import importlib.util, pathlib, service; "
        "names = ['pip', 'pytest', 'boto3', 'wrapper', 'tests', 'implicit', 'scipy']; "
        "print([name for name in names if importlib.util.find_spec(name)], "
        "sorted(path.name for path in pathlib.Path('/app').iterdir()))"
    )
    assert server.python(program) == "[] ['service']"
