"""Process images have packages of their own, and what Python makes of them."""

import hashlib
import io
import json
import socket
import tarfile
from collections.abc import Callable
from importlib.metadata import version
from pathlib import Path, PurePosixPath

import pytest

from tests.wrapper.wheels import write_wheel
from wrapper.errors import ArtifactError
from wrapper.image import process_image
from wrapper.image.dockerfile import Stage, read
from wrapper.image.packages import is_held_by_clone, key_of
from wrapper.image.packages.requirements import wanted_of
from wrapper.image.process_format import PACKAGES, PLACES
from wrapper.image.process_image import ProcessImage, Workshop

DOCKERFILE = """
FROM python:3.13-slim AS build
WORKDIR /build
COPY requirements.txt .
COPY wheels /wheels
RUN python -m venv /opt/venv && /opt/venv/bin/pip install --no-index --find-links=/wheels -r requirements.txt
COPY train.py .
RUN LABEL=first python train.py
FROM python:3.13-slim
COPY --from=build /opt/venv /opt/venv
COPY --from=build /models /models
CMD ["/opt/venv/bin/python", "-m", "tiny"]
"""
TRAIN = """
import os, socket, tiny, uuid
with open("/models/model.txt", "w") as file:
    file.write(f"{tiny.VERSION} {os.environ['LABEL']} {os.getcwd()} {uuid.uuid4()}")
try:
    socket.create_connection(("127.0.0.1", int(open("port").read())), timeout=5)
except OSError as error:
    print(error, file=open("/models/reached", "w"))
"""


def context_in(folder: Path, dockerfile: str = DOCKERFILE, train: str = TRAIN) -> Path:
    write_wheel(folder / "wheels")
    (folder / "requirements.txt").write_text("# ours\ntiny\n")
    (folder / "Dockerfile").write_text(dockerfile)
    (folder / "train.py").write_text(f"import os\nos.makedirs('/models')\n{train}")
    return folder


def held(image: ProcessImage) -> dict[str, str]:
    with tarfile.open(fileobj=io.BytesIO(image.layer)) as archive:
        files = {member.name: archive.extractfile(member) for member in archive if member.isfile()}
        return {name: file.read().decode() for name, file in files.items() if file}


def labels(image: ProcessImage) -> dict[str, str]:
    found: dict[str, str] = json.loads(image.config)["config"]["Labels"]
    return found


@pytest.fixture(scope="module")
def workshop(tmp_path_factory: pytest.TempPathFactory) -> Workshop:
    return Workshop(folder=tmp_path_factory.mktemp("workshop"))


def build(context: Path, workshop: Workshop) -> ProcessImage:
    return process_image.build(context, "Dockerfile", None, workshop=workshop)


@pytest.mark.slow
def test_packages_and_what_python_makes_of_them(tmp_path: Path, workshop: Workshop) -> None:
    """They are made once for their content; the program finds its files and variables, and no network."""
    context = context_in(tmp_path)
    with socket.create_server(("127.0.0.1", 0)) as server:
        (context / "port").write_text(str(server.getsockname()[1]))
        dockerfile = DOCKERFILE.replace("COPY train.py .", "COPY train.py port ./")
        (context / "Dockerfile").write_text(dockerfile)
        assert process_image.predict(context, "Dockerfile", None, workshop=workshop) is None
        image = build(context, workshop)
    made = held(image)
    assert made["models/model.txt"].split()[:3] == ["1.0", "first", "/build"]
    assert "refused" in made["models/reached"]
    assert not {"opt", "usr", "etc"} & {name.split("/")[0] for name in made}
    environment = workshop.environments.folder_of(labels(image)[PACKAGES])
    assert list(environment.glob("lib/python3*/site-packages/tiny.py"))
    assert labels(image)[PLACES] == "/opt/venv"
    (context / "unread").write_text("of no consequence")
    assert build(context, workshop).digest == image.digest
    predicted = process_image.predict(context, "Dockerfile", None, workshop=workshop)
    assert predicted
    assert predicted.digest == image.digest
    (context / "train.py").write_text((context / "train.py").read_text() + "# another\n")
    assert held(build(context, workshop))["models/model.txt"] != made["models/model.txt"]


def test_what_fails_says_where_and_its_last_words(tmp_path: Path, workshop: Workshop) -> None:
    """The message has its line and the last output; nothing of it is kept."""
    text = 'FROM python\nCOPY train.py .\nRUN python train.py\nCMD ["x"]'
    context = context_in(tmp_path, text, "raise SystemExit('no data')")
    for _ in range(2):
        with pytest.raises(ArtifactError) as caught:
            build(context, workshop)
        assert caught.value.message == "Dockerfile:3: python train.py failed with exit code 1:\n  no data"
    assert "sandbox.runtime" in str(caught.value.fix)


def test_failure_with_another_command_instead_is_none(tmp_path: Path, workshop: Workshop) -> None:
    """The command after `||` runs instead."""
    text = 'FROM python\nCOPY train.py .\nRUN python train.py || echo skipped\nCMD ["x"]'
    image = build(context_in(tmp_path, text, "raise SystemExit(3)"), workshop)
    assert set(held(image)) == {"train.py"}


def test_stage_that_is_not_needed_makes_nothing(tmp_path: Path, workshop: Workshop) -> None:
    """BuildKit skips it, too."""
    text = 'FROM python AS idle\nRUN python -c "raise SystemExit(3)"\nFROM python\nCMD ["x"]'
    assert held(build(context_in(tmp_path, text), workshop)) == {}


def test_image_without_packages_has_none(tmp_path: Path, workshop: Workshop) -> None:
    """The clone's packages are not visible by accident."""
    image = build(context_in(tmp_path, 'FROM python\nCMD ["x"]'), workshop)
    environment = workshop.environments.folder_of(labels(image)[PACKAGES])
    assert [path.name for path in environment.glob("lib/python3*/site-packages/*")] == []


def test_heredoc_is_what_python_reads(tmp_path: Path, workshop: Workshop) -> None:
    """A script in the Dockerfile itself runs, and files in it are created."""
    text = "FROM python\nWORKDIR /app\nCOPY <<EOF name\nhello\nEOF\nRUN python3 <<EOF\n"
    text += 'open("said", "w").write(open("name").read())\nEOF\nCMD ["x"]'
    image = build(context_in(tmp_path, text), workshop)
    assert held(image) == {"app/name": "hello\n", "app/said": "hello\n"}


@pytest.mark.slow
def test_pip_that_fails_speaks_for_itself(tmp_path: Path, workshop: Workshop) -> None:
    """Its own message is shown, with the line of the Dockerfile and this Python's version."""
    text = 'FROM python\nCOPY wheels /w\nRUN pip install --no-index --find-links /w absent\nCMD ["x"]'
    with pytest.raises(ArtifactError, match=r"(?s)^Dockerfile:3: for Python 3\.\d+ pip says:.*absent"):
        build(context_in(tmp_path, text), workshop)


def stage(folder: Path, run: str, **files: str) -> Stage:
    for name, text in files.items():
        (folder / name.replace("_", ".")).write_text(text)
    context = [PurePosixPath(path.name) for path in folder.iterdir()]
    text = f'FROM python\nWORKDIR /app\nCOPY . .\nRUN {run}\nCMD ["x"]'
    return read(text, name="Dockerfile", target=None, context=context)


def words(folder: Path, run: str, **files: str) -> list[str]:
    [wanted] = wanted_of(stage(folder, run, **files).packages, folder)
    return list(wanted.words)


@pytest.mark.parametrize(
    ("run", "expected"),
    [
        ("pip install --user --no-cache-dir a 'b>=1'", ["a", "b>=1"]),
        ("pip3.12 --disable-pip-version-check install -Ur r.txt a", ["-Ur", "r.txt", "a"]),
        ("uv pip install --system --python /usr/bin/python a", ["a"]),
        ("python3 -m pip install --target=/packages a", ["a"]),
        ("pip install --no-index --find-links /gone a /gone/*.whl", ["a"]),
        ("pip install -e .", ["."]),
        (
            "pip install 'x @ git+https://host.example/x' https://host.example/y.tar.gz",
            ["x @ git+https://host.example/x", "https://host.example/y.tar.gz"],
        ),
    ],
)
def test_words_of_pip(tmp_path: Path, run: str, expected: list[str]) -> None:
    """The wrapper chooses where pip installs, and wheels of an earlier stage are made again."""
    assert words(tmp_path, run, r_txt="b\n") == expected


def test_lists_lead_to_lists(tmp_path: Path) -> None:
    """Files that requirements include are all part of the key, and no others are."""
    files = {"r_txt": "-r more.txt\n", "more_txt": "-c held.txt\nb\n", "held_txt": "b==1\n", "app_py": "1"}
    [wanted] = wanted_of(stage(tmp_path, "pip install -r r.txt", **files).packages, tmp_path)
    assert {path.name for path in wanted.files} == {"r.txt", "more.txt", "held.txt"}


def test_list_that_is_not_there(tmp_path: Path) -> None:
    """The message has its line."""
    with pytest.raises(ArtifactError) as caught:
        words(tmp_path, "pip install -r gone.txt", app_py="1")
    assert (
        caught.value.message == "Dockerfile:4: /app/gone.txt is missing: pip needs it, and no line copies it."
    )


PROJECT = """
[project]
name = "x"
dependencies = ["a>=1"]
optional-dependencies = {gpu = ["g"]}
[dependency-groups]
web = ["w"]
"""
LOCK = """
[[package]]
name = "a"
version = "1.5"
source = { registry = "https://index.example/simple" }
[[package]]
name = "x"
version = "0.1"
source = { virtual = "." }
"""


@pytest.mark.parametrize(
    ("run", "expected"),
    [
        ("uv sync --locked", ["a>=1", "-c", "uv-lock-constraints.txt"]),
        ("uv sync --extra gpu --group web", ["a>=1", "g", "w", "-c", "uv-lock-constraints.txt"]),
    ],
)
def test_project_of_uv(tmp_path: Path, run: str, expected: list[str]) -> None:
    """Its dependencies are installed, with the lock file's versions."""
    assert words(tmp_path, run, pyproject_toml=PROJECT, uv_lock=LOCK) == expected
    [wanted] = wanted_of(stage(tmp_path, run).packages, tmp_path)
    assert list(wanted.files.values()) == [b"a==1.5\n"]


def test_project_that_can_be_built_is_installed(tmp_path: Path) -> None:
    """An option can prevent it."""
    project = f"{PROJECT}\n[build-system]\nrequires = []\n"
    assert words(tmp_path, "uv sync", pyproject_toml=project)[-1] == "."
    assert words(tmp_path, "uv sync --no-install-project")[-1] == "a>=1"


@pytest.mark.parametrize(("project", "told"), [(None, "uv sync must have"), ("[", "must be TOML")])
def test_project_that_is_none(tmp_path: Path, project: str | None, told: str) -> None:
    """The message has the line."""
    with pytest.raises(ArtifactError, match=told):
        words(tmp_path, "uv sync", **({"pyproject_toml": project} if project else {"app_py": "1"}))


def locked(**versions: str) -> str:
    return "".join(
        f"{name}=={version} \\\n    --hash=sha256:{hashlib.sha256(name.encode()).hexdigest()}\n"
        for name, version in versions.items()
    )


@pytest.mark.parametrize(
    ("lock", "expected"),
    [
        (lambda: locked(numpy=version("numpy"), pydantic=version("pydantic")), True),
        (lambda: locked(numpy=version("numpy"), absent="1.0"), False),
        (lambda: locked(numpy="0.1"), False),
        (lambda: "numpy\n", False),
        (lambda: "# nothing\n", False),
    ],
)
def test_lock_that_the_clone_holds(tmp_path: Path, lock: Callable[[], str], expected: bool) -> None:
    """If the clone has each version with its hash, the image uses the clone's packages without a copy."""
    found = stage(tmp_path, "pip install --require-hashes -r lock.txt", lock_txt=lock())
    assert is_held_by_clone(found.packages, tmp_path) is expected


def test_key_is_of_words_and_of_what_they_read(tmp_path: Path) -> None:
    """Other files do not count, nor how a cache is used."""
    first = key_of(stage(tmp_path, "pip install -r r.txt", r_txt="a\n", app_py="1").packages, tmp_path)
    same = stage(tmp_path, "pip install --no-cache-dir -r r.txt", app_py="2")
    assert key_of(same.packages, tmp_path) == first
    other = stage(tmp_path, "pip install -r r.txt", r_txt="b\n")
    assert key_of(other.packages, tmp_path) != first
