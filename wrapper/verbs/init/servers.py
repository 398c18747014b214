"""Where well-known servers listen by default, by the program that starts them."""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Server:
    """`obeys`: $PORT, which every container gets, is its default. `health` is a path of the server itself.

    `is_loopback`: unless it gets an address, nobody outside the container reaches it.
    """

    port: int
    health: str | None = None
    obeys: bool = False
    is_loopback: bool = False


SERVERS: Mapping[str, Server] = {
    "bentoml": Server(port=3000, health="/readyz"),
    "daphne": Server(port=8000, is_loopback=True),
    "fastapi": Server(port=8000),
    "flask": Server(port=5000, is_loopback=True),
    # https://docs.gunicorn.org/en/stable/settings.html#bind: 0.0.0.0:$PORT if that is set.
    "gunicorn": Server(port=8000, obeys=True),
    "hypercorn": Server(port=8000, is_loopback=True),
    "mlserver": Server(port=8080, health="/v2/health/ready"),
    "streamlit": Server(port=8501, health="/_stcore/health"),
    "torchserve": Server(port=8080, health="/ping"),
    "uvicorn": Server(port=8000, is_loopback=True),
    "waitress-serve": Server(port=8080),
}
