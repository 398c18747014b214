"""Process images of Dockerfiles in all the forms that people have published."""

from pathlib import Path, PurePosixPath
from typing import Any

import pytest
import yaml

from wrapper.errors import ArtifactError
from wrapper.image.dockerfile import CONTAINERS, Files, Making, read

SHAPES: list[dict[str, Any]] = yaml.safe_load(Path(__file__).with_name("dockerfiles.yaml").read_text("utf-8"))
CONTEXT = [
    PurePosixPath(name)
    for name in (
        *("app.py", "main.py", "train.py", "setup.py", "requirements.txt", "pyproject.toml", "uv.lock"),
        *("start.sh", "app/main.py", "model/model.pkl", "web/package.json"),
    )
]


def told(paths: Any) -> list[str]:
    return sorted(map(str, paths))


@pytest.mark.parametrize("shape", SHAPES, ids=[each["source"].split(",")[0] for each in SHAPES])
def test_shape(shape: dict[str, Any]) -> None:
    """It works as in Docker, or it is refused with its line, or the message names what is missing."""
    made: list[Making] = []

    def make(making: Making) -> Files:
        made.append(making)
        return {}

    given: dict[str, Any] = {"name": "Dockerfile", "target": None, "context": CONTEXT, "make": make}
    if "refused" in shape:
        with pytest.raises(ArtifactError) as caught:
            read(shape["dockerfile"], **given)
        assert caught.value.message == shape["refused"]
        assert CONTAINERS in str(caught.value.fix)
        return
    stage = read(shape["dockerfile"], **given)
    assert set(shape.get("holds", ())) <= set(map(str, stage.files))
    contents = {str(path): each.decode() for path, each in stage.files.items() if isinstance(each, bytes)}
    assert contents == shape.get("contents", {})
    assert [*stage.entrypoint, *stage.command] == shape["runs"]
    assert [list(each.installing.words) for each in stage.packages] == shape.get("packages", [])
    assert [list(each.words) for each in made] == shape.get("made", [])
    assert told(stage.executable) == told(shape.get("executable", ()))
    assert told(stage.folders) == told(shape.get("folders", ()))
    assert told(stage.environments) == told(shape.get("environments", ()))
    expected = shape.get("without", [])
    assert len(stage.skipped) == len(expected)
    assert all(line.startswith(begin) for line, begin in zip(stage.skipped, expected, strict=True))
