"""Real parts for the service's tests: a model on disk, the application, an S3 on loopback."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from starlette.types import ASGIApp

from service.app import create_app
from service.artifact import write_artifact
from service.loading import Current, install, load
from service.model import Model
from service.settings import Settings, StoreSettings
from service.store import open_store
from tests.service.models import Source, arguments, make_source
from tests.service.s3 import S3, serve


@pytest.fixture(scope="session")
def source() -> Source:
    return make_source()


@pytest.fixture(scope="session")
def artifact(source: Source, tmp_path_factory: pytest.TempPathFactory) -> Path:
    directory = tmp_path_factory.mktemp("models") / "test" / "1"
    write_artifact(directory, **arguments(source))
    return directory


@pytest.fixture(scope="session")
def model(artifact: Path) -> Model:
    return load(open_store(str(artifact), StoreSettings()))


@pytest.fixture(scope="session")
def settings(artifact: Path) -> Settings:
    return Settings(model_uri=str(artifact), image_digest="sha256:" + "1" * 64)


@pytest.fixture(scope="session")
def current(model: Model) -> Current:
    current = Current()
    install(current, model)
    return current


@pytest.fixture(scope="session")
def app(settings: Settings, current: Current) -> ASGIApp:
    # The port on which `asgi.send` calls.
    return create_app(settings, current, management_port=80)


@pytest.fixture
def s3() -> Iterator[S3]:
    with serve() as s3:
        yield s3
