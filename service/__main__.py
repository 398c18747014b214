"""`python -m service`: listen at once, load the model meanwhile, answer until SIGTERM.

Until the model is loaded every answer is 503, so that a load balancer sends no users to this task yet.
Exit codes: 0 after SIGTERM, 1 if the model cannot be loaded or a port is in use, 2 for wrong settings.
"""

import os
import sys
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor

# BLAS reads these when numpy is imported. On one vCPU its threads gain nothing, and they delay every answer.
for _variable in ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ.setdefault(_variable, "1")

from service.errors import ServiceError, SettingsError  # noqa: E402
from service.loading import Current, load_first, supply  # noqa: E402
from service.log import configure, logger  # noqa: E402
from service.settings import Settings  # noqa: E402

_SWITCH_SECONDS = 0.0005


def main(environment: Mapping[str, str]) -> int:
    """Serve until SIGTERM, and return the exit code."""
    configure()
    try:
        settings = Settings.from_environment(environment)
    except SettingsError as error:
        logger.error("not_started", extra={"fields": {"error": error.code, "message": error.message}})
        return 2
    # A thread that reads a model or computes an answer holds Python's lock, and so delays the event loop, for
    # at most this long. (Python's default is 5 ms.)
    sys.setswitchinterval(_SWITCH_SECONDS)
    # The download begins here and continues while the web framework is imported (0.2 s).
    pool = ThreadPoolExecutor(1)
    first = pool.submit(load_first, settings)

    from service.app import create_app
    from service.front import ready_path
    from service.metrics import Metrics
    from service.protocol import BoundedProtocol
    from service.ready import ready_protocol
    from service.server import create_server, end_quietly_on_sigterm, listen, make_room_for_connections

    end_quietly_on_sigterm()
    make_room_for_connections()
    listeners = []
    for name, number in (("PORT", settings.port), ("MANAGEMENT_PORT", settings.management_port)):
        try:
            listeners += [] if number is None else [listen(settings.host, number)]
        except OSError as error:
            message = (
                f"HOST:{name} must be free to listen on, got {settings.host}:{number}: {error.strerror}."
            )
            logger.error("not_started", extra={"fields": {"error": "cannot_listen", "message": message}})
            return 1
    (host, port), *management = (listener.getsockname()[:2] for listener in listeners)
    management_port = management[0][1] if management else None
    failures: list[BaseException] = []

    def fail(error: BaseException) -> None:
        failures.append(error)
        server.should_exit = True
        code, bug = (error.code, None) if isinstance(error, ServiceError) else ("bug", error)
        fields = {"model_uri": settings.model_uri, "error": code, "message": str(error)}
        logger.error("model_not_loaded", exc_info=bug, extra={"fields": fields})

    current = Current()
    metrics = Metrics(current)
    app = create_app(
        settings,
        current,
        background=lambda: supply(settings, current, first, pool),
        on_failure=fail,
        management_port=management_port,
        metrics=metrics,
    )
    # Only the ASGI application can log every request; the protocol's short cut logs none.
    ready = ready_protocol(ready_path(current, metrics, base_path=settings.base_path))
    protocol = BoundedProtocol if settings.access_log == "all" else ready
    server = create_server(app, drain_seconds=settings.drain_seconds, protocol=protocol)
    fields = {"host": host, "port": port, "mode": settings.model_mode}
    if management_port is not None:
        fields["management_port"] = management_port
    logger.info("listening", extra={"fields": fields})
    server.run(sockets=listeners)
    logger.info("stopped")
    return 1 if failures else 0


if __name__ == "__main__":
    code = main(os.environ)
    sys.stdout.flush()
    # Not sys.exit, which would wait for a download that is under way.
    os._exit(code)
