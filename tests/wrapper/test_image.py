"""Images: their content, the arguments of each engine command, and when nothing is built."""

import stat
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest

from wrapper.errors import ArtifactError, PreconditionError
from wrapper.image.container_engine import CHOICE, Engine, find_engine
from wrapper.image.context import content_hash, context_files, parse_dockerignore
from wrapper.image.engine import build_command, login_command, push_command, run_engine

DOCKER = Engine(name="docker", executable="docker", version="28.2.2")


def quiet(_: str) -> None:
    """A console without progress."""


@pytest.fixture
def context(tmp_path: Path) -> Path:
    """A small build context with files that don't belong in an image."""
    files = {
        "Dockerfile": "FROM scratch\nCOPY service service\n",
        ".dockerignore": "*\n!service\n**/__pycache__\n",
        "service/app.py": "app",
        "service/__pycache__/app.pyc": "compiled",
        "service/train/fit.py": "fit",
        "notes/todo.txt": "later",
    }
    for name, text in files.items():
        path = tmp_path / "context" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return tmp_path / "context"


def files_with(context: Path, ignore: str) -> list[str]:
    (context / ".dockerignore").write_text(ignore)
    return [str(path) for path in context_files(context, "Dockerfile")]


def hash_of(context: Path, target: str | None = "serve") -> str:
    return content_hash(context, "Dockerfile", target)


def test_context_is_what_dockerignore_leaves(context: Path) -> None:
    """The Dockerfile is always part of the context, the rest by .dockerignore."""
    found = [str(path) for path in context_files(context, "Dockerfile")]
    assert found == ["Dockerfile", "service/app.py", "service/train/fit.py"]


@pytest.mark.parametrize(
    ("ignore", "left"),
    [
        ("service\nnotes", []),
        ("/service/\nnotes\n", []),
        ("# a comment\n\nservice\nnotes/*.txt\n", []),
        ("*/*.txt\nservice", []),
        ("**/*.p*\nnotes", []),
        ("service/t?ain\nservice/__pycache__\nnotes", ["service/app.py"]),
        ("service/[a-t]*\nservice/__pycache__\nnotes", []),
        ("**\n!service/app.py", ["service/app.py"]),
        ("*\n!*/app.py", ["service/app.py"]),
        ("*\n!service/**\n**/*.pyc", ["service/app.py", "service/train/fit.py"]),
        ("notes\nservice\n!service\n*/*/*", ["service/app.py"]),
    ],
)
def test_dockerignore_is_read_as_docker_reads_it(context: Path, ignore: str, left: list[str]) -> None:
    """A folder's name includes its files, exceptions are kept, and the last match decides."""
    found = files_with(context, f".dockerignore\n{ignore}")
    assert [name for name in found if name not in {"Dockerfile", ".dockerignore"}] == left


def test_dockerignore_named_after_the_dockerfile_goes_first(context: Path) -> None:
    """As in BuildKit, Dockerfile.dockerignore replaces .dockerignore."""
    (context / "Dockerfile.dockerignore").write_text("*\n!notes\n")
    found = [str(path) for path in context_files(context, "Dockerfile")]
    assert found == ["Dockerfile", "notes/todo.txt"]


def test_dockerignore_pattern_may_be_an_exception() -> None:
    """A leading exclamation mark keeps what earlier lines ignore."""
    assert [(line.text, line.keeps) for line in parse_dockerignore("a/./b/\n! c")] == [
        ("a/b", False),
        ("c", True),
    ]


def test_context_without_dockerfile_is_refused(tmp_path: Path) -> None:
    """The message names the missing Dockerfile, with the keys to correct."""
    with pytest.raises(ArtifactError, match="is missing: it must be a Dockerfile") as caught:
        context_files(tmp_path, "Dockerfile")
    assert "image.dockerfile" in str(caught.value.fix)


def test_hash_is_the_same_in_another_clone(context: Path, tmp_path: Path) -> None:
    """Place, times and order of creation don't count."""
    other = tmp_path / "elsewhere"
    for path in sorted(context.rglob("*"), reverse=True):
        if path.is_file():
            copy = other / path.relative_to(context)
            copy.parent.mkdir(parents=True, exist_ok=True)
            copy.write_bytes(path.read_bytes())
    assert hash_of(other) == hash_of(context)
    assert len(hash_of(context)) == 64


@pytest.mark.parametrize("name", ["Dockerfile", "service/app.py", "service/new.py"])
def test_hash_changes_with_a_file(context: Path, name: str) -> None:
    """Any byte of the Dockerfile or the context counts, and so does a new file."""
    before = hash_of(context)
    (context / name).write_text("changed")
    assert hash_of(context) != before


def test_hash_changes_with_the_target(context: Path) -> None:
    """Another stage is another image."""
    assert hash_of(context, "serve") != hash_of(context, "train") != hash_of(context, None)


def test_hash_changes_with_the_execute_bit(context: Path) -> None:
    """A script that becomes executable is another image."""
    before = hash_of(context)
    (context / "service" / "app.py").chmod(0o755)
    assert hash_of(context) != before


def test_hash_changes_with_a_links_target(context: Path) -> None:
    """A link counts by its target, even if that does not exist."""
    link = context / "service" / "link"
    link.symlink_to("app.py")
    before = hash_of(context)
    link.unlink()
    link.symlink_to("gone.py")
    assert hash_of(context) != before


def test_hash_ignores_ignored_files(context: Path) -> None:
    """Files that no build sees make no other image."""
    before = hash_of(context)
    (context / "notes" / "todo.txt").write_text("now")
    assert hash_of(context) == before


def test_hash_tells_where_a_file_ends(context: Path) -> None:
    """The same bytes divided into other files are other content."""
    (context / "service" / "app.py").write_text("ab")
    (context / "service" / "b.py").write_text("c")
    before = hash_of(context)
    (context / "service" / "app.py").write_text("a")
    (context / "service" / "b.py").write_text("bc")
    assert hash_of(context) != before


def test_build_command() -> None:
    """The image is built for Fargate's architecture, from one stage, with its labels."""
    command = build_command(
        DOCKER,
        context=Path("/clone"),
        dockerfile="Dockerfile",
        target="serve",
        reference="registry/films:src-1",
        labels={"a": "b"},
    )
    assert " ".join(command) == (
        "docker build --platform linux/amd64 --file /clone/Dockerfile --target serve --label a=b "
        "--tag registry/films:src-1 /clone"
    )


def test_build_command_without_target() -> None:
    """Without a target the last stage is built."""
    command = build_command(
        DOCKER, context=Path(), dockerfile="d/Dockerfile", target=None, reference="films:1", labels={}
    )
    expected = "docker build --platform linux/amd64 --file d/Dockerfile --tag films:1 ."
    assert " ".join(command) == expected


def test_build_command_for_arm() -> None:
    """The image is for the architecture of its tasks."""
    command = build_command(
        DOCKER,
        context=Path(),
        dockerfile="Dockerfile",
        target=None,
        reference="films:1",
        labels={},
        architecture="arm64",
    )
    assert command[:4] == ["docker", "build", "--platform", "linux/arm64"]


def test_login_command_holds_no_password() -> None:
    """The password is read from standard input."""
    assert login_command(DOCKER, registry="registry") == [
        *("docker", "login", "--username", "AWS", "--password-stdin", "registry")
    ]


def test_push_command() -> None:
    """A push names only the tag."""
    assert push_command(DOCKER, reference="registry/films:1") == ["docker", "push", "registry/films:1"]


def engines(folder: Path, scripts: Mapping[str, str], choice: str = "") -> Mapping[str, str]:
    """Install shell scripts as the only programs on PATH."""
    folder.mkdir(exist_ok=True)
    for name, script in scripts.items():
        path = folder / name
        path.write_text(f"#!/bin/sh\n{script}\n")
        path.chmod(path.stat().st_mode | stat.S_IXUSR)
    return {"PATH": str(folder), CHOICE: choice}


def test_find_engine_takes_the_one_that_answers(tmp_path: Path) -> None:
    """A client whose daemon is down doesn't count."""
    environ = engines(tmp_path / "bin", {"docker": "exit 1", "podman": "echo 5.4.2"})
    engine = find_engine(environ)
    assert engine == Engine(name="podman", executable=str(tmp_path / "bin" / "podman"), version="5.4.2")


def test_find_engine_without_any_is_none(tmp_path: Path) -> None:
    """A machine without engines is no error by itself."""
    assert find_engine(engines(tmp_path / "bin", {})) is None


def test_find_engine_may_be_told_none(tmp_path: Path) -> None:
    """With `none` there is no engine, although one would answer."""
    assert find_engine(engines(tmp_path / "bin", {"docker": "echo 28"}, "none")) is None


def test_find_engine_refuses_a_chosen_one_that_is_silent(tmp_path: Path) -> None:
    """An engine that is chosen by name must answer."""
    environ = engines(tmp_path / "bin", {"docker": "echo 28", "podman": "exit 125"}, "podman")
    with pytest.raises(PreconditionError, match="names podman, but podman does not answer"):
        find_engine(environ)


def test_find_engine_refuses_an_unknown_choice(tmp_path: Path) -> None:
    """The message has the possible choices."""
    with pytest.raises(PreconditionError, match="must be docker, podman or none, got 'dokcer'"):
        find_engine(engines(tmp_path / "bin", {}, "dokcer"))


def test_run_reports_every_line() -> None:
    """The engine's output, on either stream, is shown as progress."""
    lines: list[str] = []
    script = "import sys; print('one', flush=True); print('two', file=sys.stderr)"
    run_engine([sys.executable, "-c", script], doing="testing", progress=lines.append)
    assert lines == ["one", "two"]


def test_run_tells_a_failure_by_its_last_lines() -> None:
    """The error has the step, the command, its code and its last lines."""
    script = "print('a\\nb'); raise SystemExit(3)"
    with pytest.raises(ArtifactError, match=r"(?s)building failed with exit code 3: .* -c .*\n  a\n  b$"):
        run_engine([sys.executable, "-c", script], doing="building", progress=quiet)


def test_run_hands_over_standard_input() -> None:
    """It is how a password reaches the command."""
    lines: list[str] = []
    script = "print(input()[::-1])"
    run_engine([sys.executable, "-c", script], doing="testing", progress=lines.append, text_in="abc\n")
    assert lines == ["cba"]


def test_run_survives_a_command_that_does_not_read() -> None:
    """A command that ends without reading its input is judged by its exit code."""
    run_engine([sys.executable, "-c", ""], doing="testing", progress=quiet, text_in="x" * 1_000_000)
