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
# A process that is being killed holds locks for longer than it can be seen.
_ENDING_SECONDS = 2.0
# While the kernel can be seen to take it apart, which takes as long as a busy machine needs.
_DYING_SECONDS = 60.0


def up(
    environment: Environment,
    *,
    root: Path,
    progress: Callable[[str], None],
    ends_with_us: bool = False,
    runtime: str | None = None,
) -> Sandbox:
    """Return the environment's running sandbox, started if need be, with `runtime` if the file has none.

    It outlives this process unless `ends_with_us`; then the thread that calls must live as long.
    Raises PreconditionError if a port is taken, the clone can't be written to, or the emulator doesn't start.
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
    """Return the environment's running sandbox. What a crashed one left behind is cleared away.

    Raises PreconditionError if it runs where neither its process nor its ports can be seen.
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
        running = _running(place)  # somebody may have stopped it for want of other users
    return running


def down(environment: Environment, *, root: Path, if_alone: bool = False) -> bool:
    """Stop the sandbox and every task it runs; return whether anything was stopped.

    With `if_alone` it continues for the other commands that work in it by now.
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
    # Of two that start on one port, the second gets an error that names the first.
    with held(place.work / "ports.lock"):
        _require_ports(environment, place)
        try:
            return _launch(environment, place, python, engine, progress, parent)
        except PreconditionError:
            _require_ports(environment, place)  # somebody may have taken one meanwhile
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
    """Say whether the emulator's process can be seen: one that got its number later has not its mark."""
    return proc.mark_of(recorded.pid) == recorded.mark


def _is_elsewhere(place: Place, recorded: Sandbox) -> bool:
    """Say whether it runs in another pid namespace: it has locked its file, and is not just ending."""
    begin = time.monotonic()
    while is_held(place.alive):
        limit = _DYING_SECONDS if proc.is_dying(recorded.pid) else _ENDING_SECONDS
        if time.monotonic() - begin > limit or launch.answers(recorded.endpoint_url, recorded.mark):
            return True
        time.sleep(0.05)
    return False


def _require_reached(place: Place, running: Sandbox) -> None:
    """Raise PreconditionError about a sandbox of another namespace whose ports can't be reached either.

    One that was seen before may have ended since.
    """
    is_reached = _is_seen(running) or launch.answers(running.endpoint_url, running.mark)
    if not is_reached and _is_elsewhere(place, running):
        raise _elsewhere(running)


def _elsewhere(running: Sandbox) -> PreconditionError:
    return PreconditionError(
        f"the sandbox of {running.environment} must be seen from here, got one that runs in another pid "
        "namespace, such as a container's.",
        fix="run this command where the sandbox was started",
    )


def _answering(place: Place) -> Sandbox | None:
    """Return the running sandbox; one that is just being killed doesn't count, one that hangs is an error."""
    running = _running(place)
    if running is None or launch.answers(running.endpoint_url, running.mark):
        return running
    _require_reached(place, running)
    if not proc.wait_gone([running.pid], seconds=1):
        return None
    raise PreconditionError(
        f"the sandbox of {running.environment} must answer at {running.endpoint_url}, got nothing.",
        fix=f"`python -m wrapper sandbox down {running.called}`; its resources go with it",
    )


def _clear(place: Place) -> int:
    """End what carries this sandbox's mark and forget the rest; return how many processes there were."""
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
        place.folder.chmod(0o700)  # it holds keys, and the sockets by which tasks reach AWS
        writable = os.access(place.folder, os.W_OK)
    except OSError:
        writable = False
    if not writable:
        raise PreconditionError(
            f"{place.folder} must be writable, got no access.", fix="clone into a folder of your own"
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
                fix=f"`python -m wrapper sandbox down {environment.called}` first; its resources go with it",
            )
