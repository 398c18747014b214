"""The emulator's process: read the settings, patch ministack, then serve until a signal."""

import asyncio
import os
import signal

from emulator import eventual_consistency, gaps, roles, server, settings, signed
from emulator.alb import forwards
from emulator.alb.registry import TARGETS
from emulator.containers.client import Client
from emulator.containers.engine import ContainerEngine
from emulator.ecs.scheduler import Scheduler
from emulator.recording import RECORDING
from emulator.runtime import docker_api
from emulator.runtime.begin import end_with
from emulator.runtime.engine import Engine
from emulator.settings import Settings


def _engine(told: Settings) -> Engine:
    if told.engine is None:
        return Engine(told)
    return ContainerEngine(told, Client(told.engine, told.engine_environment))


def main() -> None:
    """Run the emulator until SIGTERM or SIGINT."""
    told = settings.from_environment()
    # A socket's path may have at most 107 characters, so sockets are opened relative to the folder.
    os.chdir(told.folder)
    if told.parent is not None:
        end_with(told.parent, signal.SIGTERM)
    engine = _engine(told)
    docker_api.install(engine)
    TARGETS.answers = None if engine.has_networks else engine.answers
    engine.hosts.names = lambda: [*forwards.own_names(), *forwards.hosts_of_rules()]
    gaps.registry.password(told.keys.registry_password)
    signed.skip_s3_verification()
    if told.is_patched:
        scheduler = Scheduler(engine, pace=told.pace)
        gaps.close_all(scheduler)
        gaps.quota.fargate_vcpus(told.most_vcpus)
        eventual_consistency.delay_lists(told.late_seconds)
        if told.is_recorded:
            RECORDING.open(told.recording)
            roles.record_all()
        scheduler.start()
    asyncio.run(server.serve(told, engine))


main()
