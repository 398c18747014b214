"""`init` and `add`: a short, valid file, existing text unchanged, and otherwise one clear error."""

import difflib
import json
import os
import pty
import re
from pathlib import Path

import pytest

from tests.sample import ENVIRONMENTS, copy_clone
from tests.wrapper import forks
from wrapper.environment import load, text
from wrapper.errors import ConfigError
from wrapper.verbs.init import Options, add, init

APP = 'app = FastAPI()\n@app.get("/healthz")\ndef health(): ...\n'
DOCKERFILE = (
    'FROM python:3.13-slim\nCOPY app.py .\nEXPOSE 8080\nCMD ["uvicorn", "app:app", "--host", "0.0.0.0"]\n'
)


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A clone without environments, beside a user's folder."""
    (tmp_path / "clone" / "environments").mkdir(parents=True)
    folder(tmp_path / "iris-app")
    return tmp_path / "clone"


def folder(path: Path) -> Path:
    path.mkdir()
    (path / "Dockerfile").write_text(DOCKERFILE)
    (path / "app.py").write_text(APP)
    return path


def options(root: Path, *services: str, **given: object) -> Options:
    named = [(name, str(root.parent / "iris-app")) for name in services or ("iris",)]
    return Options(services=named, **given)  # type: ignore[arg-type]


def test_a_file_of_a_dozen_lines_that_loads(root: Path) -> None:
    """All values in it are known: nothing has to be filled in."""
    written = init("mine", options(root), root=root)
    assert len(written.path.read_text().splitlines()) <= 12
    made = load("mine", directory=root / "environments")
    service = made.services["iris"]
    assert (made.project, made.target, service.port, service.health.path) == (
        "iris",
        "sandbox",
        8080,
        "/healthz",
    )
    assert [(each.path, each.status) for each in service.smoke.requests] == [("/healthz", 200)]
    assert written.found == [
        "iris: port 8080, from EXPOSE in Dockerfile",
        "iris: GET /healthz answers, from app.py",
    ]
    assert [path.name for path in (root / "environments").iterdir()] == ["mine.yaml"]


def test_on_aws_it_has_a_network_of_its_own(root: Path) -> None:
    """Account and region are required, both in one message; the range is the next free one."""
    with pytest.raises(ConfigError) as refused:
        init("live", options(root, target="aws"), root=root)
    assert [each.split()[0] for each in refused.value.problems] == ["--region", "--account-id"]
    given = {"target": "aws", "region": "eu-west-1", "account_id": "111111111111"}
    for name, cidr in (("live", "10.20.0.0/16"), ("late", "10.21.0.0/16")):
        init(name, options(root, **given), root=root)
        assert load(name, directory=root / "environments").network.cidr == cidr


def test_a_sandbox_has_ports_of_its_own(root: Path) -> None:
    """Both sandboxes can run at once."""
    for name, ports in (("one", (4566, 8080)), ("two", (4567, 8081)), ("three", (4568, 8082))):
        init(name, options(root), root=root)
        sandbox = load(name, directory=root / "environments").sandbox
        assert (sandbox.port, sandbox.alb_port) == ports


def test_further_services_have_names(root: Path) -> None:
    """The first one has the default route; names under localhost lead to this machine."""
    init("mine", options(root, "one", "two"), root=root)
    add("mine", options(root, "three"), root=root)
    add("mine", options(root, "four", host="four.example.com"), root=root)
    services = load("mine", directory=root / "environments").services
    hosts = [each.route.hosts for each in services.values()]
    assert hosts == [(), ("two.localhost",), ("three.localhost",), ("four.example.com",)]


@pytest.mark.parametrize("name", ["dev", "staging", "prod"])
def test_adding_changes_nothing_else(root: Path, name: str) -> None:
    """Comments, order, blank lines and quotes are unchanged, to the byte."""
    for part in ("Dockerfile", "service"):
        (root / part).symlink_to(ENVIRONMENTS.parents[2] / part)
    file = root / "environments" / f"{name}.yaml"
    before = (ENVIRONMENTS / f"{name}.yaml").read_text()
    file.write_text(before)
    file.chmod(0o640)
    add(name, options(root), root=root)
    changes = list(difflib.ndiff(before.splitlines(), file.read_text().splitlines()))
    assert {line[0] for line in changes} == {" ", "+"}
    assert next(line for line in changes if line[0] == "+") == "+   iris:"
    assert file.stat().st_mode & 0o777 == 0o640
    assert "iris" in load(name, directory=root / "environments").services


HEAD = "project: a\ntarget: sandbox\n"
A = "services:\n  a:\n    image: {context: ../iris-app}"


@pytest.mark.parametrize(
    "body",
    [
        f"{A} # last\n# of jobs\njobs: {{}}\n",
        f"{A}\n    # port: 1\n\n# end\n",
        "services:\n    a:\n        image:\n            context: ../iris-app\n",
        "services:\n  a: {image: {context: ../iris-app}}",
        f"{A}\n\nrollback: ask\n".replace("\n", "\r\n"),
        f"{A}\n    environment:\n      A: |\n        # text\n\n\nrollback: ask\n",
        f"{A}\n    command:\n    - a\n    - 'b\n      c'\nrollback: ask\n",
    ],
)
def test_the_new_service_comes_behind_the_last(root: Path, body: str) -> None:
    """This holds for any indentation of the block, and whatever follows it."""
    file = root / "environments" / "odd.yaml"
    before = HEAD.replace("\n", "\r\n" if "\r" in body else "\n") + body
    file.write_bytes(before.encode())
    add("odd", options(root), root=root)
    after = file.read_bytes().decode()
    assert list(load("odd", directory=root / "environments").services) == ["a", "iris"]
    lines = [line for line in difflib.ndiff(before.splitlines(), after.splitlines()) if line[0] == "-"]
    assert lines == []
    # The file has one kind of line break, as before.
    assert after.count("\r\n") == (after.count("\n") if "\r" in before else 0)


@pytest.mark.parametrize("block", ["services: {a: {image: {context: ../iris-app}}}", "services: {}"])
def test_what_cannot_be_added_to_is_told(root: Path, block: str) -> None:
    """A block in braces has no line after which one could be added."""
    (root / "environments" / "odd.yaml").write_text(f"{HEAD}{block}\n")
    with pytest.raises(ConfigError, match="must be a block with one key per line"):
        add("odd", options(root), root=root)
    assert (root / "environments" / "odd.yaml").read_text() == f"{HEAD}{block}\n"


def test_nothing_is_overwritten(root: Path) -> None:
    """This holds for a file, for a service, and for a file that somebody creates meanwhile."""
    init("mine", options(root), root=root)
    before = (root / "environments" / "mine.yaml").read_text()
    with pytest.raises(ConfigError, match="must not exist") as refused:
        init("mine", options(root), root=root)
    assert refused.value.fix is not None
    assert "wrapper add mine" in refused.value.fix
    with pytest.raises(ConfigError, match="iris must be a new name"):
        add("mine", options(root), root=root)
    assert (root / "environments" / "mine.yaml").read_text() == before


@pytest.mark.parametrize(
    ("name", "given", "said"),
    [
        ("mine", {"services": ()}, "--service is missing"),
        ("Mine", {}, "name must be lower-case letters"),
        (
            "mine",
            {"services": [("iris", "nowhere")]},
            "nowhere must be a folder with a Dockerfile, but is no folder",
        ),
        ("mine", {"services": [("iris", ".")]}, "must be a folder with a Dockerfile, but has none"),
        ("mine", {"services": [("a", "x"), ("b", "x")], "port": 1}, "must be used with one service"),
        ("mine", {"project": "Iris"}, "project must be lower-case"),
        ("mine", {"services": [("Iris", "APP")]}, "must be named by at most 20"),
    ],
)
def test_what_is_wrong_is_told_and_nothing_written(
    root: Path, monkeypatch: pytest.MonkeyPatch, name: str, given: dict[str, object], said: str
) -> None:
    """No invalid file is written."""
    monkeypatch.chdir(root)
    services = given.get("services", [("iris", "APP")])
    app = str(root.parent / "iris-app")
    named = [(each, app if path == "APP" else path) for each, path in services]  # type: ignore[attr-defined]
    with pytest.raises(ConfigError, match=re.escape(said)):
        init(name, Options(**{**given, "services": named}), root=root)  # type: ignore[arg-type]
    assert list((root / "environments").iterdir()) == []


def test_what_the_folder_does_not_tell_is_asked_for(root: Path) -> None:
    """It is given by an option, or asked for on a terminal."""
    (root.parent / "iris-app" / "Dockerfile").write_text("FROM scratch\nCMD ./server\n")
    (root.parent / "iris-app" / "app.py").unlink()
    with pytest.raises(ConfigError, match="--port is missing: neither iris's Dockerfile nor its sources"):
        init("mine", options(root), root=root)
    with pytest.raises(ConfigError, match="--health is missing"):
        init("mine", options(root, port=80), root=root)
    answers = {
        "Port that iris listens on": "81",
        "Path that answers 200 to a GET when iris is healthy": "/up",
    }
    init("mine", options(root), root=root, ask=answers.__getitem__)
    service = load("mine", directory=root / "environments").services["iris"]
    assert (service.port, service.health.path) == (81, "/up")


def test_a_folder_that_cannot_be_written_to(root: Path) -> None:
    """The message says so. Root may write to any folder, so here it is missing."""
    environments = root / "environments"
    environments.rmdir()
    with pytest.raises(ConfigError, match="must be writable"):
        init("mine", options(root), root=root)


def test_inserted_text_is_what_was_meant() -> None:
    """A block scalar keeps its own lines, including comments in it."""
    before = "a:\n  b: |\n    # text\n\nc: 1\n"
    assert text.inserted(before, "a", ["d: 2"]) == "a:\n  b: |\n    # text\n  d: 2\n\nc: 1\n"


@pytest.fixture(scope="module")
def clone(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A clone in which the command line runs, beside a user's folder."""
    base = tmp_path_factory.mktemp("stranger")
    folder(base / "iris")
    (base / "clone").mkdir()
    return copy_clone(base / "clone", "wrapper", "terraform", "requirements", "Dockerfile", "service")


def test_from_the_command_line(clone: Path) -> None:
    """Paths are relative to the current folder; a folder's name is the default name; results go to stdout."""
    told = forks.run(clone, "init", "here", "--service", "../iris", "--json")
    assert told.returncode == 0, told.stderr
    assert json.loads(told.stdout)["environment"] == "here"
    assert "context: ../iris" in (clone / "environments" / "here.yaml").read_text()
    assert "8081" in (clone / "environments" / "here.yaml").read_text()
    told = forks.run(clone, "add", "here", f"more={clone.parent / 'iris'}", "--port", "9000")
    assert told.returncode == 0, told.stderr
    assert "python -m wrapper apply here" in told.stdout
    assert forks.run(clone, "config", "here").returncode == 0
    missing = forks.run(clone, "init", "other")
    assert (missing.returncode, "--service is missing" in missing.stderr) == (3, True)


def test_on_a_terminal_it_asks(clone: Path) -> None:
    """It asks for a folder and a target, which it cannot know."""
    ours, theirs = pty.openpty()
    os.write(ours, b"../iris\nsandbox\n")
    told = forks.run(clone, "init", "asked", stdin=theirs)
    os.close(ours)
    os.close(theirs)
    assert told.returncode == 0, told.stderr
    assert "Folder with a Dockerfile" in told.stderr
    assert load("asked", directory=clone / "environments").target == "sandbox"
