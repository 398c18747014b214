"""The image from Dockerfile to container: built and pushed by the wrapper, pulled by its digest."""

import hashlib
import itertools
import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest

from service.artifact import write_artifact
from tests.image.container import Container, podman
from tests.image.registry import Registry, ecr, free_port, registry
from tests.service.models import arguments, make_source
from tests.service.s3 import S3, serve
from wrapper import image
from wrapper.aws.client import Aws
from wrapper.environment import Image as Source
from wrapper.image import Engine
from wrapper.image.container_engine import find_engine
from wrapper.image.engine import build_command, run_engine

ROOT = Path(__file__).parents[2]
SERVE = Source(context=".", dockerfile="Dockerfile", target="serve")
Start = Callable[..., Container]


@dataclass(frozen=True, kw_only=True)
class Pulled:
    """An image in a store that held nothing before."""

    reference: str
    digest: str
    store: Path


@dataclass(frozen=True, kw_only=True)
class Model:
    directory: Path
    sha256: str

    @property
    def mount(self) -> str:
        return f"--volume={self.directory}:/model:ro"


@pytest.fixture(scope="session", autouse=True)
def prepared() -> None:
    """Fail if Podman or the base is missing: a skipped test would leave the image untested."""
    if "IMAGE_STORE" not in os.environ:
        pytest.fail("tests/image must be run by .ci/image, which prepares Podman and a base, got neither.")


@pytest.fixture(scope="session")
def engine() -> Engine:
    found = find_engine()
    assert found is not None
    return found


@pytest.fixture(scope="session")
def local_registry(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Registry]:
    with registry(tmp_path_factory.mktemp("registry")) as served:
        yield served


@pytest.fixture(scope="session")
def aws(local_registry: Registry) -> Iterator[Aws]:
    with ecr(local_registry) as endpoint:
        yield Aws(region="eu-west-1", endpoint_url=endpoint)


@pytest.fixture(scope="session")
def repository(local_registry: Registry) -> str:
    return f"{local_registry.name}/recommender-ci/recommender"


@pytest.fixture(scope="session")
def published(aws: Aws, repository: str, engine: Engine) -> image.Image:
    """Build and push the serving stage, by the code that a deployment runs."""
    return image.publish(
        aws,
        repository_url=repository,
        image=SERVE,
        root=ROOT,
        engine=engine,
        sandbox_registry=None,
        progress=print,
    )


@pytest.fixture(scope="session")
def pulled(published: image.Image, tmp_path_factory: pytest.TempPathFactory) -> Pulled:
    """Pull by digest into an empty store, as a task's host does."""
    store = Path(os.environ["IMAGE_STORE"]).parent / "pulled"
    podman("pull", "--quiet", published.reference, store=store)
    return Pulled(reference=published.reference, digest=published.digest, store=store)


@pytest.fixture(scope="session")
def trainer(engine: Engine) -> str:
    """Build the training stage."""
    name = "localhost/recommender:train"
    words = build_command(
        engine, context=ROOT, dockerfile="Dockerfile", target="train", reference=name, labels={}
    )
    run_engine(words, doing="building the training stage", progress=print)
    return name


@pytest.fixture(scope="session")
def model(tmp_path_factory: pytest.TempPathFactory) -> Model:
    """Write a small model; its folder can be mounted and read by any user."""
    directory = tmp_path_factory.mktemp("model") / "1"
    write_artifact(directory, **arguments(make_source(users=50, items=30)))
    return Model(
        directory=directory, sha256=hashlib.sha256((directory / "manifest.json").read_bytes()).hexdigest()
    )


@pytest.fixture
def s3(model: Model) -> Iterator[S3]:
    """Serve the model from s3://models/test/1."""
    with serve() as bucket:
        for path in model.directory.iterdir():
            bucket.objects[f"models/test/1/{path.name}"] = path.read_bytes()
        yield bucket


@pytest.fixture(scope="session")
def addresses() -> Iterator[str]:
    """Loopback addresses that are probably unused, one for each container."""
    return (f"127.93.{number // 250}.{number % 250 + 1}" for number in itertools.count())


@pytest.fixture
def start(pulled: Pulled, addresses: Iterator[str]) -> Iterator[Start]:
    """Start containers of the pulled image, and stop them after the test."""
    started: list[Container] = []

    def start(
        *command: str, environment: Mapping[str, str] | None = None, options: Sequence[str] = ()
    ) -> Container:
        host = next(addresses)
        container = Container(
            pulled.reference,
            *command,
            store=pulled.store,
            host=host,
            port=free_port(host),
            environment=environment or {},
            options=options,
        )
        started.append(container)
        return container

    yield start
    for container in started:
        container.close()


@pytest.fixture
def server(start: Start, model: Model) -> Container:
    """Serve the small model from a folder, with the image's own command."""
    return start(environment={"MODEL_URI": "/model"}, options=[model.mount]).ready()
