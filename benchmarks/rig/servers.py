"""The compared servers: how each is started, asked and understood."""

import contextlib
import json
import shutil
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from benchmarks.rig import nginx
from benchmarks.rig.models import Bench
from benchmarks.rig.process import Process, free_port, started, wait
from benchmarks.rig.request import Request, ask

OURS = "service"
NGINX = "nginx, static file"
NAIVE = "FastAPI, naive"

Entries = Sequence[tuple[str, float]]


def _plain(uid: str) -> Request:
    return Request(path=f"/?uid={uid}")


def _at(path: str) -> Callable[[str], Request]:
    return lambda uid: Request(path=f"{path}?uid={uid}")


def _read_plain(body: Any) -> Entries:
    return [(item_id, score) for item_id, _, score in body["response"]]


@dataclass(frozen=True, kw_only=True)
class Server:
    """`command` gets port, bench and a folder for settings; `read` gets the decoded answer."""

    name: str
    command: Callable[[int, Bench, Path], Sequence[str]]
    request: Callable[[str], Request] = _plain
    read: Callable[[Any], Entries] = _read_plain
    environment: Mapping[str, str] = field(default_factory=dict)
    static: bool = False  # It sends everybody the same bytes, so there is nothing to compare with the model.
    workers: int = 1


@dataclass(frozen=True, kw_only=True)
class Up:
    """A server that answers."""

    server: Server
    process: Process
    port: int


@contextlib.contextmanager
def running(server: Server, bench: Bench, work: Path, *, core: int | None) -> Iterator[Up]:
    """Start a server, wait for its first answer, stop it in the end."""
    port = free_port()
    folder = work / "servers" / server.name.replace(" ", "-").replace(",", "")
    folder.mkdir(parents=True, exist_ok=True)
    environment = {
        "HOST": "127.0.0.1",
        "PORT": str(port),
        "MODEL_URI": str(bench.folder),
        "MODEL_FOLDER": str(bench.folder),
        **server.environment,
    }
    command = server.command(port, bench, folder)
    with started(command, environment=environment, core=core, log=folder / "log.txt") as process:
        first = server.request(bench.users(1)[0])
        wait(process, lambda: (reply := ask(port, first)) is not None and reply.status == 200)
        yield Up(server=server, process=process, port=port)


def _python(*words: str) -> list[str]:
    return [sys.executable, *words]


def _tool(name: str) -> str:
    """Return the path of a console script of this interpreter."""
    return str(Path(sys.executable).parent / name)


def _ours(port: int, bench: Bench, folder: Path) -> Sequence[str]:
    return _python("-m", "service")


def _uvicorn(port: int, bench: Bench, folder: Path) -> Sequence[str]:
    app = "benchmarks.peers.naive_fastapi:app"
    return _python("-m", "uvicorn", app, "--port", str(port), "--no-access-log", "--log-level", "warning")


def _two_uvicorns(port: int, bench: Bench, folder: Path) -> Sequence[str]:
    return [*_uvicorn(port, bench, folder), "--workers", "2"]


def _gunicorn(port: int, bench: Bench, folder: Path) -> Sequence[str]:
    options = ("--worker-class", "gthread", "--workers", "1", "--threads", "8", "--log-level", "warning")
    return _python(
        "-m", "gunicorn", "benchmarks.peers.naive_flask:app", "--bind", f"127.0.0.1:{port}", *options
    )


def _mlserver(port: int, bench: Bench, folder: Path) -> Sequence[str]:
    other_ports = {"grpc_port": free_port(), "metrics_port": free_port()}
    settings = {"host": "127.0.0.1", "http_port": port, "parallel_workers": 0, "debug": False, **other_ports}
    model = {"name": "bench", "implementation": "benchmarks.peers.mlserver_model.Recommender"}
    (folder / "settings.json").write_text(json.dumps(settings))
    (folder / "model-settings.json").write_text(json.dumps(model))
    return [_tool("mlserver"), "start", str(folder)]


def _bentoml(port: int, bench: Bench, folder: Path) -> Sequence[str]:
    service = "benchmarks.peers.bentoml_service:Recommender"
    return [_tool("bentoml"), "serve", service, "--host", "127.0.0.1", "--port", str(port)]


def _litserve(port: int, bench: Bench, folder: Path) -> Sequence[str]:
    return _python("-m", "benchmarks.peers.litserve_server", str(port))


def _posted(path: str) -> Callable[[str], Request]:
    headers = {"Content-Type": "application/json"}
    return lambda uid: Request(method="POST", path=path, body=json.dumps({"uid": uid}), headers=headers)


def _v2(uid: str) -> Request:
    tensor = {
        "name": "uid",
        "shape": [1, 1],
        "datatype": "BYTES",
        "data": [uid],
        "parameters": {"content_type": "str"},
    }
    headers = {"Content-Type": "application/json"}
    return Request(
        method="POST", path="/v2/models/bench/infer", body=json.dumps({"inputs": [tensor]}), headers=headers
    )


def _read_v2(body: Any) -> Entries:
    return _read_plain({"response": [json.loads(entry) for entry in body["outputs"][0]["data"]]})


_ALL = (
    Server(name=OURS, command=_ours),
    Server(name=NGINX, command=nginx.command, static=True),
    Server(name="nginx, open_file_cache", command=nginx.command_with_cache, static=True),
    Server(name=NAIVE, command=_uvicorn),
    Server(name="FastAPI, annotated", command=_uvicorn, request=_at("/annotated")),
    Server(name="FastAPI, threaded", command=_uvicorn, request=_at("/threaded")),
    Server(name="Flask + gunicorn", command=_gunicorn),
    Server(name="MLServer", command=_mlserver, request=_v2, read=_read_v2),
    Server(
        name="BentoML",
        command=_bentoml,
        request=_posted("/recommend"),
        environment={"BENTOML_DO_NOT_TRACK": "True"},
    ),
    Server(name="LitServe", command=_litserve, request=_posted("/predict")),
)
SERVERS = {server.name: server for server in _ALL}
NAIVE_BY_TWO = Server(name="FastAPI, naive, 2 workers", command=_two_uvicorns, workers=2)


def missing(server: Server) -> str | None:
    """Return what has to be installed before a server can be started, or None."""
    needs = {
        "nginx": ("nginx", "apt-get install nginx-light"),
        "Flask": (_tool("gunicorn"), "pip install -r requirements/bench.lock"),
        "MLServer": (_tool("mlserver"), "pip install -r requirements/bench.lock"),
        "BentoML": (_tool("bentoml"), "pip install -r requirements/bench.lock"),
        "LitServe": (_tool("litserve"), "pip install -r requirements/bench.lock"),
    }
    for name, (program, remedy) in needs.items():
        if server.name.startswith(name) and shutil.which(program) is None:
            return f"{server.name} left out: {Path(program).name} is not installed ({remedy})"
    return None
