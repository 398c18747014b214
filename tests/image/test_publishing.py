"""The wrapper's own way from build to registry, with Podman and a registry that requires a password."""

from pathlib import Path

import pytest

from tests.image.conftest import ROOT, SERVE
from tests.image.container import podman
from tests.image.registry import Registry
from wrapper import image
from wrapper.aws.client import Aws
from wrapper.errors import ArtifactError
from wrapper.image import Engine
from wrapper.image.engine import login_command, push_command, run_engine

pytestmark = pytest.mark.image


def tag() -> str:
    """Return the tag of the clone's current content."""
    return f"src-{image.content_hash(ROOT, 'Dockerfile', 'serve')[:16]}"


@pytest.fixture
def logged_out(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Hide the session's password from Podman."""
    (tmp_path / "auth.json").write_text("{}")
    monkeypatch.setenv("REGISTRY_AUTH_FILE", str(tmp_path / "auth.json"))


def test_published_image_is_in_the_registry(
    published: image.Image, local_registry: Registry, repository: str
) -> None:
    """The registry contains, under its content's tag, the digest that goes into the task definition."""
    assert published.pushed
    assert published.kind == "built"
    assert published.digest == local_registry.digest("recommender-ci/recommender", tag())
    assert published.reference == f"{repository}@{published.digest}"


def test_same_content_is_not_built_again(
    published: image.Image, aws: Aws, repository: str, engine: Engine
) -> None:
    """The second time the wrapper asks only the registry."""
    lines: list[str] = []
    again = image.publish(
        aws,
        repository_url=repository,
        image=SERVE,
        root=ROOT,
        engine=engine,
        sandbox_registry=None,
        progress=lines.append,
    )
    assert (again.digest, again.pushed) == (published.digest, False)
    assert len(lines) == 1


@pytest.mark.usefixtures("logged_out")
def test_push_without_a_password_is_refused(published: image.Image, repository: str, engine: Engine) -> None:
    """The wrapper's error contains the registry's message."""
    name = f"{repository}:uninvited"
    podman("tag", f"{repository}:{tag()}", name)
    with pytest.raises(ArtifactError, match=r"(?s)pushing the image failed.*(authentication|unauthorized)"):
        run_engine(push_command(engine, reference=name), doing="pushing the image", progress=print)


@pytest.mark.usefixtures("logged_out")
def test_wrong_password_is_refused(local_registry: Registry, engine: Engine) -> None:
    """It is refused, and no message shows it."""
    words = login_command(engine, registry=local_registry.name)
    with pytest.raises(ArtifactError, match="signing in to the registry failed") as caught:
        run_engine(words, doing="signing in to the registry", progress=print, text_in="guessed")
    assert "guessed" not in str(caught.value)
