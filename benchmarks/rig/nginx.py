"""nginx with one worker and one file of an answer's size: the yardstick of what a core can send."""

from collections.abc import Sequence
from pathlib import Path

from benchmarks.rig.models import Bench
from service.loading import load
from service.settings import StoreSettings
from service.store import open_store

_CONFIGURATION = """\
daemon off;
worker_processes 1;
pid {folder}/nginx.pid;
error_log {folder}/error.log warn;
events {{ worker_connections 1024; }}
http {{
  access_log off;
  sendfile on;
  tcp_nopush on;
  keepalive_requests 1000000000;
  default_type application/json;
  client_body_temp_path {folder}/body;
  proxy_temp_path {folder}/proxy;
  fastcgi_temp_path {folder}/fastcgi;
  uwsgi_temp_path {folder}/uwsgi;
  scgi_temp_path {folder}/scgi;
  {cache}
  server {{
    listen 127.0.0.1:{port} backlog=2048;
    root {folder};
    location = / {{ try_files /answer.json =404; }}
  }}
}}
"""


def command(port: int, bench: Bench, folder: Path) -> Sequence[str]:
    return _command(port, bench, folder, "")


def command_with_cache(port: int, bench: Bench, folder: Path) -> Sequence[str]:
    """Keep the file open between requests, which most configurations do not."""
    return _command(port, bench, folder, "open_file_cache max=100 inactive=60s;")


def _command(port: int, bench: Bench, folder: Path, cache: str) -> Sequence[str]:
    folder = folder.resolve()
    (folder / "answer.json").write_bytes(median_answer(bench))
    path = folder / "nginx.conf"
    path.write_text(_CONFIGURATION.format(folder=folder, port=port, cache=cache))
    return ["nginx", "-e", f"{folder}/error.log", "-c", str(path)]


def median_answer(bench: Bench) -> bytes:
    """Return the answer of median length among a hundred users'."""
    model = load(open_store(str(bench.folder), StoreSettings()))
    answers = [model.body(user.encode(), 10) or b"" for user in bench.users(100)]
    return sorted(answers, key=len)[len(answers) // 2]
