"""How a sandbox runs an environment's images if the file doesn't say."""

from pathlib import Path

import pytest

from wrapper.delivery.sources import runtime_of, warnings
from wrapper.environment import Environment, check

PLAIN = 'FROM python\nCOPY app.py .\nRUN pip install flask && python app.py\nCMD ["python", "app.py"]\n'
BUILT = PLAIN.replace("COPY", "RUN apt-get install -y libgomp1\nCOPY")
BASES = "FROM tensorflow/serving\nCOPY app.py /models/\n"


def environment(root: Path, dockerfile: str, runtime: str = "") -> Environment:
    folder = root / "app"
    folder.mkdir()
    (folder / "app.py").write_text("")
    (folder / "Dockerfile").write_text(dockerfile)
    said = f"sandbox: {{runtime: {runtime}}}\n" if runtime else ""
    text = f"project: shop\ntarget: sandbox\n{said}services:\n  web:\n    image: {{context: {folder}}}\n"
    return check("dev", text, directory=root / "environments")


@pytest.mark.parametrize(
    ("dockerfile", "runtime", "expected"),
    [
        (PLAIN, "", "process"),
        (BUILT, "", "auto"),
        (PLAIN.replace("COPY", "ADD https://x.example/y /\nCOPY"), "", "auto"),
        (BASES, "", "auto"),
        (BUILT, "process", "process"),
        (PLAIN, "container", "container"),
    ],
)
def test_what_decides(tmp_path: Path, dockerfile: str, runtime: str, expected: str) -> None:
    """The file decides; otherwise an engine is needed if processes would lack something."""
    assert runtime_of(environment(tmp_path, dockerfile, runtime), root=tmp_path) == expected


def test_what_is_missing_is_named_by_service_and_line(tmp_path: Path) -> None:
    """The message has the alternative."""
    assert warnings(environment(tmp_path, BUILT), root=tmp_path) == {
        "web": "web runs without what only a container has: Dockerfile:2: RUN apt-get install -y libgomp1. "
        "`sandbox.runtime: container` builds all of it."
    }


def test_image_that_goes_without_nothing_is_not_named(tmp_path: Path) -> None:
    """Packages of pip and files that Python writes are available."""
    assert warnings(environment(tmp_path, PLAIN), root=tmp_path) == {}
