"""Start, find and stop the emulator of one environment."""

import os
import shutil
import sys
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

from wrapper.errors import PreconditionError
from wrapper.image.container_engine import Engine, engine_for_tasks
from wrapper.sandbox import keys, launch, ports, proc, record, venv
from wrapper.sandbox.engine_client import environment_of, remove_containers
from wrapper.sandbox.environment import Environment
from wrapper.sandbox.locks import held, inherited, is_alone, is_held, join, leave, tried
from wrapper.sandbox.place import Place
from wrapper.sandbox.record import Sandbox
from wrapper.sandbox.settings import Settings

_STOP_SECONDS = 10
# A killed process holds its locks for a moment after it is no longer listed.
_ENDING_SECONDS = 2.0
# The kernel may take long to free a killed process's memory and files on a busy machine.
_DYING_SECONDS = 60.0


def up(
    environment: Environment,
    *,
    root: Path,
    progress: Callable[[str], None],
    ends_with_us: bool = False,
    runtime: str | None = None,
) -> Sandbox:
    """Return the environment's running sandbox; start it if necessary, with `runtime` if the file has none.

    It outlives this process, unless `ends_with_us`; then it ends with the calling thread. Raises
    PreconditionError if a port is taken, the clone can't be written to, or the emulator doesn't start.
    """
    place = Place(root=root, environment=environment.name)
    _make_folder(place)
    with held(place.lock):
        parent = os.getpid() if ends_with_us else None
        wanted = environment.sandbox.runtime or runtime or "process"
        running = _answering(place) or _start(environment, place, progress, parent, wanted)
        join(place.users)
    _require_same(environment, running)
    return running


def find(environment: Environment, *, root: Path) -> Sandbox | None:
    """Return the environment's running sandbox; None if none runs. Cleans up after a crashed one.

    Raises PreconditionError if it runs in another namespace, with neither its process nor its ports visible.
    """
    place = Place(root=root, environment=environment.name)
    running = _running(place)
    if running is None and place.record.exists():
        with tried(place.lock) as free:
            if free and _running(place) is None:
                _clear(place)
    if running:
        _require_reached(place, running)
        join(place.users)
        running = _running(place)  # its last user may have stopped it meanwhile
    return running


def down(environment: Environment, *, root: Path, if_alone: bool = False) -> bool:
    """Stop the sandbox and all its tasks; return whether anything was stopped.

    With `if_alone` it is not stopped while other commands use it.
    """
    place = Place(root=root, environment=environment.name)
    if not place.folder.is_dir():
        return False
    with held(place.lock):
        running = _running(place)
        if if_alone and not is_alone(place.users):
            return False
        if running and not _is_seen(running):
            raise _elsewhere(running)
        if running:
            proc.end([running.pid], seconds=_STOP_SECONDS)
        stopped = _clear(place) > 0 or running is not None
        leave(place.users)
    return stopped


def _start(
    environment: Environment,
    place: Place,
    progress: Callable[[str], None],
    parent: int | None,
    runtime: str,
) -> Sandbox:
    _clear(place)
    python = venv.ensure(place.venv, root=place.root, progress=progress)
    engine = engine_for_tasks(runtime)
    # The lock makes sure that the second of two starts on one port gets an error that names the first.
    with held(place.work / "ports.lock"):
        _require_ports(environment, place)
        try:
            return _launch(environment, place, python, engine, progress, parent)
        except PreconditionError:
            _require_ports(environment, place)  # a program may have taken one meanwhile
            raise


def _require_ports(environment: Environment, place: Place) -> None:
    told = environment.sandbox
    ports.require_free(environment.name, told.port, told.alb_port, work=place.work)


def _launch(
    environment: Environment,
    place: Place,
    python: Path,
    engine: Engine | None,
    progress: Callable[[str], None],
    parent: int | None,
) -> Sandbox:
    settings = Settings(
        mark=record.mark_of(place.folder),
        keys=keys.make(place.credentials),
        folder=place.state,
        port=environment.sandbox.port,
        alb_port=environment.sandbox.alb_port,
        region=environment.region,
        account_id=environment.account_id,
        task_path=f"{Path(sys.executable).parent}:{os.defpath}",
        packages=place.packages,
        engine=engine.executable if engine else None,
        engine_environment=environment_of() if engine else {},
        is_recorded=environment.sandbox.record,
        parent=parent,
    )
    (place.state / "tmp").mkdir(parents=True)
    progress("starting the emulator")
    with inherited(place.alive):
        pid = launch.start(python, settings, log=place.log)
    started = Sandbox(
        environment=environment.name,
        pid=pid,
        mark=settings.mark,
        port=settings.port,
        alb_port=settings.alb_port,
        region=settings.region,
        account_id=settings.account_id,
        started_at=datetime.now(UTC),
        log=place.log,
        engine=engine,
        has_networks=launch.identity(settings.endpoint_url).get("has_networks", False),
        file=environment.file if environment.file != environment.name else None,
    )
    record.write(place.record, started)
    return started


def _running(place: Place) -> Sandbox | None:
    recorded = record.read(place.record)
    if recorded is None or _is_seen(recorded) or _is_elsewhere(place, recorded):
        return recorded
    return None


def _is_seen(recorded: Sandbox) -> bool:
    """Return whether the emulator's process is visible: a later process with the same id lacks its mark."""
    return proc.mark_of(recorded.pid) == recorded.mark


def _is_elsewhere(place: Place, recorded: Sandbox) -> bool:
    """Return whether it runs in another pid namespace: its file is locked, and it is not about to end."""
    begin = time.monotonic()
    while is_held(place.alive):
        limit = _DYING_SECONDS if proc.is_dying(recorded.pid) else _ENDING_SECONDS
        if time.monotonic() - begin > limit or launch.answers(recorded.endpoint_url, recorded.mark):
            return True
        time.sleep(0.05)
    return False


def _require_reached(place: Place, running: Sandbox) -> None:
    """Raise PreconditionError if the sandbox runs in another namespace and its ports can't be reached.

    A sandbox that was visible before may have ended since.
    """
    is_reached = _is_seen(running) or launch.answers(running.endpoint_url, running.mark)
    if not is_reached and _is_elsewhere(place, running):
        raise _elsewhere(running)


def _elsewhere(running: Sandbox) -> PreconditionError:
    return PreconditionError(
        f"the sandbox of {running.environment} must be reachable from here, got one in another pid "
        "namespace, such as a container's.",
        fix="run this command where the sandbox was started",
    )


def _answering(place: Place) -> Sandbox | None:
    """Return the running sandbox; None if it is about to end. Raises PreconditionError if it hangs."""
    running = _running(place)
    if running is None or launch.answers(running.endpoint_url, running.mark):
        return running
    _require_reached(place, running)
    if not proc.wait_gone([running.pid], seconds=1):
        return None
    raise PreconditionError(
        f"the sandbox of {running.environment} must answer at {running.endpoint_url}, got nothing.",
        fix=f"`python -m wrapper sandbox down {running.called}`, which also deletes its resources",
    )


def _clear(place: Place) -> int:
    """Stop the processes with this sandbox's mark, delete its files, and return how many processes it had."""
    leftovers = proc.marked(f"{place.folder}#")
    proc.end(leftovers, seconds=_STOP_SECONDS)
    recorded = record.read(place.record)
    if recorded and recorded.engine:
        remove_containers(recorded.engine, place.state)
    record.remove(place.record)
    place.credentials.unlink(missing_ok=True)
    shutil.rmtree(place.state, ignore_errors=True)
    return len(leftovers)


def _make_folder(place: Place) -> None:
    try:
        place.folder.mkdir(parents=True, exist_ok=True)
        place.folder.chmod(0o700)  # it contains keys, and the sockets through which tasks reach the AWS API
        writable = os.access(place.folder, os.W_OK)
    except OSError:
        writable = False
    if not writable:
        raise PreconditionError(
            f"{place.folder} must be writable, got no access.", fix="clone into a folder that you own"
        )


def _require_same(environment: Environment, running: Sandbox) -> None:
    wanted: dict[str, tuple[object, object]] = {
        "sandbox.port": (environment.sandbox.port, running.port),
        "sandbox.alb_port": (environment.sandbox.alb_port, running.alb_port),
        "region": (environment.region, running.region),
        "account_id": (environment.account_id, running.account_id),
    }
    if environment.sandbox.runtime not in ("auto", None):
        runs = "container" if running.engine else "process"
        wanted["sandbox.runtime"] = (environment.sandbox.runtime, runs)
    for key, (value, current) in wanted.items():
        if value != current:
            raise PreconditionError(
                f"{key} must be {current} while the sandbox runs, got {value}.",
                fix=f"`python -m wrapper sandbox down {environment.called}` first; it deletes its resources",
            )
