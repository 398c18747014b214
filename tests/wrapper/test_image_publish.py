"""Publishing an image: built and pushed once per content, by a script as engine into a real registry."""

import stat
import sys
import uuid
from pathlib import Path

import pytest

from tests.wrapper.stack import environment
from wrapper import image
from wrapper.aws.client import Aws
from wrapper.environment import Image
from wrapper.errors import ArtifactError, PreconditionError
from wrapper.image.container_engine import CHOICE, Engine

SOURCE = Image(context=".", dockerfile="Dockerfile")
GIVEN = Image(reference=f"docker.io/library/films@sha256:{'a' * 64}")
# Records its arguments and its input; a push registers the image, as the real one does through /v2/.
ENGINE = """#!{python}
import pathlib, sys
import boto3
log = pathlib.Path({log!r})
words = sys.argv[1:]
typed = sys.stdin.read() if "--password-stdin" in words else ""
log.open("a").write(" ".join(words[:1] + [typed]).strip() + "\\n")
if words[0] == "push" and {registers!r}:
    name, _, tag = words[1].partition("/")[2].rpartition(":")
    ecr = boto3.client(
        "ecr", endpoint_url={endpoint!r}, region_name="eu-west-1",
        aws_access_key_id={keys[0]!r}, aws_secret_access_key={keys[1]!r},
    )
    ecr.put_image(repositoryName=name, imageTag=tag, imageManifest='{{"schemaVersion": 2}}')
"""


def quiet(_: str) -> None:
    """A console without progress."""


@pytest.fixture
def repository(aws: Aws) -> str:
    """The URL of an empty repository."""
    created = aws.ecr.create_repository(repositoryName=f"films-{uuid.uuid4().hex[:8]}/web")
    return created["repository"]["repositoryUri"]


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A clone with something to build."""
    folder = tmp_path / "clone"
    folder.mkdir()
    (folder / "Dockerfile").write_text('FROM scratch\nCOPY . /\nCMD ["/app"]\n')
    return folder


def engine_at(folder: Path, aws: Aws, *, registers: bool = True) -> Engine:
    path = folder / "engine"
    log = str(folder / "log")
    there = {"endpoint": aws.endpoint_url, "keys": aws.credentials}
    path.write_text(ENGINE.format(python=sys.executable, log=log, registers=registers, **there))
    path.chmod(path.stat().st_mode | stat.S_IXUSR)
    return Engine(name="docker", executable=str(path), version="1")


def publish(
    aws: Aws, repository: str, root: Path, engine: Engine | None, source: Image = SOURCE
) -> image.Image:
    return image.publish(
        aws,
        repository_url=repository,
        image=source,
        root=root,
        engine=engine,
        sandbox_registry=None,
        progress=quiet,
    )


def predict(
    aws: Aws | None, repository: str, root: Path, source: Image = SOURCE, *, process: bool = False
) -> image.Image:
    return image.predict(aws, repository_url=repository, image=source, root=root, process=process)


def publish_process_image(aws: Aws, repository: str, root: Path) -> image.Image:
    """Publish as in the sandbox: without an engine, into the emulator's own registry."""
    return image.publish(
        aws,
        repository_url=repository,
        image=SOURCE,
        root=root,
        engine=None,
        sandbox_registry=str(aws.endpoint_url).removeprefix("http://"),
        progress=quiet,
        work=root.with_name("work"),  # this context ignores no file
    )


@pytest.mark.slow
def test_publish_builds_signs_in_and_pushes(aws: Aws, repository: str, root: Path, tmp_path: Path) -> None:
    """New content is built, the password is on standard input, and the registry returns the digest."""
    published = publish(aws, repository, root, engine_at(tmp_path, aws))
    password = image.registry.login_of(aws, repository_url=repository).password
    assert (tmp_path / "log").read_text().splitlines() == ["build", f"login {password}", "push"]
    assert published.reference == f"{repository}@{published.digest}"
    assert (published.kind, published.pushed) == ("built", True)


@pytest.mark.slow
def test_publish_again_runs_nothing(aws: Aws, repository: str, root: Path, tmp_path: Path) -> None:
    """Unchanged content is neither built nor pushed, so it needs no engine either."""
    first = publish(aws, repository, root, engine_at(tmp_path, aws))
    again = publish(aws, repository, root, None)
    assert again.digest == first.digest
    assert again.remark == "container: unchanged"


@pytest.mark.slow
def test_image_for_other_processors_is_another(aws: Aws, repository: str, root: Path, tmp_path: Path) -> None:
    """An image for x86_64 is not used for arm64, whatever its content."""
    publish(aws, repository, root, engine_at(tmp_path, aws))
    source = SOURCE.model_copy(update={"architecture": "arm64"})
    assert publish(aws, repository, root, engine_at(tmp_path, aws), source).pushed


@pytest.mark.slow
def test_publish_of_changed_content_builds(aws: Aws, repository: str, root: Path, tmp_path: Path) -> None:
    """A changed file is a new image."""
    publish(aws, repository, root, engine_at(tmp_path, aws))
    (root / "app.py").write_text("new")
    assert publish(aws, repository, root, engine_at(tmp_path, aws)).pushed


@pytest.mark.slow
def test_publish_without_engine_says_what_to_do(aws: Aws, repository: str, root: Path) -> None:
    """With something to build and no engine the error is a precondition."""
    with pytest.raises(PreconditionError, match="needs Docker or Podman") as caught:
        publish(aws, repository, root, None)
    assert "image.reference" in str(caught.value.fix)


@pytest.mark.slow
def test_publish_does_not_believe_the_push(aws: Aws, repository: str, root: Path, tmp_path: Path) -> None:
    """A push that succeeds but leaves nothing in the registry is an error."""
    with pytest.raises(ArtifactError, match="is missing from the registry after the push"):
        publish(aws, repository, root, engine_at(tmp_path, aws, registers=False))


def test_publish_takes_a_reference_as_it_is(root: Path) -> None:
    """An image by reference is neither built nor looked up."""
    nowhere = Aws(region="eu-west-1", endpoint_url="http://127.0.0.1:1")
    taken = publish(nowhere, "", root, None, GIVEN)
    assert (taken.reference, taken.kind, taken.pushed) == (GIVEN.reference, "given", False)


def test_predict_without_a_sandbox_is_not_final(root: Path) -> None:
    """Before anything runs, the content's hash is used in place of the digest."""
    predicted = predict(None, "registry/films", root)
    assert predicted.reference.startswith("registry/films@sha256:")
    assert not predicted.published
    assert predicted.remark == "container: to be built"


@pytest.mark.slow
def test_predict_without_the_repository_is_not_final(aws: Aws, root: Path) -> None:
    """Before the foundation is applied, nothing is pushed."""
    assert not predict(aws, "registry/no-such-repository", root).published


@pytest.mark.slow
def test_predict_knows_what_is_pushed(aws: Aws, repository: str, root: Path, tmp_path: Path) -> None:
    """The digest of a published image is read from the registry."""
    published = publish(aws, repository, root, engine_at(tmp_path, aws))
    predicted = predict(aws, repository, root)
    assert (predicted.digest, predicted.published) == (published.digest, True)


@pytest.mark.slow
def test_publish_in_the_sandbox_needs_no_engine(aws: Aws, repository: str, root: Path) -> None:
    """The emulator gets a process image, and one line of the output says so."""
    published = publish_process_image(aws, repository, root)
    assert (published.kind, published.pushed) == ("process", True)
    assert published.remark == "process image, no container: pushed now"
    assert publish_process_image(aws, repository, root).remark == "process image, no container: unchanged"


@pytest.mark.slow
def test_predict_in_the_sandbox_knows_the_digest(aws: Aws, repository: str, root: Path) -> None:
    """A process image's digest is known before the push, even before the sandbox runs."""
    predicted = predict(None, repository, root, process=True)
    assert not predicted.published
    assert predicted.digest == publish_process_image(aws, repository, root).digest


def test_require_engine_on_aws_without_engine(monkeypatch: pytest.MonkeyPatch) -> None:
    """It is refused before anything is changed, with the service's name."""
    monkeypatch.setenv(CHOICE, "none")
    with pytest.raises(PreconditionError, match="building the image of web needs Docker or Podman"):
        image.require_engine(environment("test", target="aws"))


def test_require_engine_on_aws_with_a_reference(monkeypatch: pytest.MonkeyPatch) -> None:
    """With nothing to build, no engine is needed."""
    monkeypatch.setenv(CHOICE, "none")
    assert image.require_engine(environment("test", target="aws", source=GIVEN)) is None


def test_require_engine_in_the_sandbox(monkeypatch: pytest.MonkeyPatch) -> None:
    """The sandbox's process images need no engine."""
    monkeypatch.setenv(CHOICE, "none")
    assert image.require_engine(environment("test")) is None
