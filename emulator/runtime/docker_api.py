"""A replacement for the module `docker`, which ministack imports: it calls our engine."""

import sys
from collections.abc import Mapping, Sequence
from types import ModuleType
from typing import Any

from emulator.runtime.container import Container
from emulator.runtime.engine import Engine
from emulator.runtime.health import Check
from emulator.runtime.image import CannotPull
from emulator.runtime.specification import Specification

_TASK = "com.amazonaws.ecs.task-arn"


class ImageNotFound(Exception):
    pass


class NotFound(Exception):
    pass


class APIError(Exception):
    pass


class PulledImage:
    """A pulled image; `id` is the manifest's digest, by docker-py's name."""

    def __init__(self, digest: str) -> None:
        self.id = digest

    def tag(self, repository: str, tag: str | None = None) -> bool:
        """Do nothing, and return success: the engine resolves every reference again."""
        return True


class Images:
    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def pull(self, image: str, **_: object) -> PulledImage:
        return PulledImage(self._engine.images.pull(image).digest)

    def get(self, image: str) -> PulledImage:
        try:
            return self.pull(image)
        except CannotPull as error:
            raise ImageNotFound(str(error)) from None

    def get_registry_data(self, image: str, **_: object) -> PulledImage:
        return PulledImage(self._engine.images.digest(image))


class Containers:
    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def run(
        self,
        image: str,
        *,
        name: str,
        environment: Mapping[str, str],
        labels: Mapping[str, str],
        command: Sequence[str] | None = None,
        entrypoint: Sequence[str] | None = None,
        working_dir: str | None = None,
        stop_seconds: float = 30,
        container_ports: Sequence[int] = (),
        memory_mib: int | None = None,
        health_check: Check | None = None,
        read_only: bool = False,
        tmp_in_memory: bool = False,
        mounts: Mapping[str, str] | None = None,
        user: str | None = None,
        **_: object,
    ) -> Container:
        """Start a container; the last seven arguments are our own, the others docker-py's."""
        return self._engine.run(
            Specification(
                image=image,
                task=labels.get(_TASK, name),
                name=name,
                environment=environment,
                labels=labels,
                entrypoint=entrypoint,
                command=command,
                working_folder=working_dir,
                ports=container_ports,
                stop_seconds=stop_seconds,
                memory_mib=memory_mib,
                health_check=health_check,
                read_only=read_only,
                tmp_in_memory=tmp_in_memory,
                mounts=mounts or {},
                user=user,
            )
        )

    def get(self, container_id: str) -> Container:
        found = self._engine.find(container_id)
        if found is None:
            raise NotFound(container_id)
        return found

    def list(self, **_: object) -> list[Container]:
        return self._engine.containers()


class DockerClient:
    def __init__(self, engine: Engine) -> None:
        self.images = Images(engine)
        self.containers = Containers(engine)

    def ping(self) -> bool:
        return True


def install(engine: Engine) -> None:
    """Let `import docker` find this module with the engine."""
    module, errors = ModuleType("docker"), ModuleType("docker.errors")
    client = DockerClient(engine)
    members: dict[str, Any] = {"from_env": lambda **_: client, "DockerClient": DockerClient, "errors": errors}
    vars(module).update(members)
    vars(errors).update(ImageNotFound=ImageNotFound, NotFound=NotFound, APIError=APIError)
    sys.modules.update({"docker": module, "docker.errors": errors})
