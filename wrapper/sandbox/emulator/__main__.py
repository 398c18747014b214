"""The emulator's process: settings, patches, then serve until a signal."""

import asyncio

from wrapper.sandbox.emulator import gaps, server, settings
from wrapper.sandbox.emulator.containers.client import Client
from wrapper.sandbox.emulator.containers.engine import ContainerEngine
from wrapper.sandbox.emulator.ecs.scheduler import Scheduler
from wrapper.sandbox.emulator.runtime import docker_api
from wrapper.sandbox.emulator.runtime.engine import Engine
from wrapper.sandbox.emulator.settings import Settings


def _engine(told: Settings) -> Engine:
    if told.engine is None:
        return Engine(told)
    return ContainerEngine(told, Client(told.engine, told.engine_environment))


def main() -> None:
    told = settings.from_environment()
    engine = _engine(told)
    docker_api.install(engine)
    if told.is_patched:
        scheduler = Scheduler(engine)
        gaps.close_all(scheduler)
        gaps.quota.fargate_vcpus(told.most_vcpus)
        scheduler.start()
    asyncio.run(server.serve(told, engine))


main()
