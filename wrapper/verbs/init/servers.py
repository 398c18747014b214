"""Where well-known servers listen if nobody tells them, by the word that starts them, and what is theirs."""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Server:
    """`obeys` says that $PORT, which every container is told, is its default; `health` is a path of its own.

    `is_loopback` is a server that nobody outside of its container reaches unless it is told an address.
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
    # https://docs.gunicorn.org/en/stable/settings.html#bind: 0.0.0.0:$PORT where there is one.
    "gunicorn": Server(port=8000, obeys=True),
    "hypercorn": Server(port=8000, is_loopback=True),
    "mlserver": Server(port=8080, health="/v2/health/ready"),
    "streamlit": Server(port=8501, health="/_stcore/health"),
    "torchserve": Server(port=8080, health="/ping"),
    "uvicorn": Server(port=8000, is_loopback=True),
    "waitress-serve": Server(port=8080),
}
