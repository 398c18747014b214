"""A registry on loopback that requires a password, and the part of ECR that the wrapper calls."""

import base64
import http.client
import json
import os
import secrets
import socket
import subprocess
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

USER = "AWS"  # ECR's only one
_TYPES = "application/vnd.oci.image.manifest.v1+json, application/vnd.docker.distribution.manifest.v2+json"
_SECONDS = 60


@dataclass(frozen=True, kw_only=True)
class Registry:
    port: int
    password: str

    @property
    def name(self) -> str:
        return f"127.0.0.1:{self.port}"

    def digest(self, repository: str, tag: str) -> str | None:
        """Return the digest of a tag, None without one."""
        token = base64.b64encode(f"{USER}:{self.password}".encode()).decode()
        headers = {"Authorization": f"Basic {token}", "Accept": _TYPES}
        status, found = self._head(f"/v2/{repository}/manifests/{tag}", headers)
        return found["Docker-Content-Digest"] if status == 200 else None

    def status(self) -> int:
        """Return the status that a client without a password gets; OSError while nothing listens."""
        return self._head("/v2/", {})[0]

    def _head(self, path: str, headers: dict[str, str]) -> tuple[int, http.client.HTTPMessage]:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=_SECONDS)
        try:
            connection.request("HEAD", path, headers=headers)
            response = connection.getresponse()
            return response.status, response.headers
        finally:
            connection.close()


@contextmanager
def registry(folder: Path) -> Iterator[Registry]:
    """Run Docker's registry from an empty folder."""
    served = Registry(port=free_port("127.0.0.1"), password=secrets.token_urlsafe())
    users = subprocess.run(
        ["htpasswd", "-niB", USER], input=served.password, capture_output=True, text=True, check=True
    )
    (folder / "users").write_text(users.stdout)
    # The registry reads YAML, which JSON is.
    config = {
        "version": 0.1,
        "log": {"level": "warn", "accesslog": {"disabled": True}},
        "storage": {"filesystem": {"rootdirectory": str(folder / "data")}},
        "http": {"addr": served.name},
        "auth": {"htpasswd": {"realm": "registry", "path": str(folder / "users")}},
    }
    (folder / "config.yml").write_text(json.dumps(config))
    # It reads every REGISTRY_… as one of its settings, even Podman's REGISTRY_AUTH_FILE.
    environment = {name: value for name, value in os.environ.items() if not name.startswith("REGISTRY_")}
    words = ["docker-registry", "serve", str(folder / "config.yml")]
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen(words, env=environment, stdout=log, stderr=subprocess.STDOUT)
        try:
            _wait(served, process, folder / "log")
            yield served
        finally:
            process.terminate()
            process.wait(_SECONDS)


@contextmanager
def ecr(behind: Registry) -> Iterator[str]:
    """Serve GetAuthorizationToken and DescribeImages for a registry; yields the endpoint's URL."""

    class Handler(_Ecr):
        registry = behind

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def free_port(host: str) -> int:
    with socket.create_server((host, 0)) as listener:
        port: int = listener.getsockname()[1]
    return port


def _wait(served: Registry, process: "subprocess.Popen[bytes]", log: Path) -> None:
    deadline = time.monotonic() + _SECONDS
    while True:
        try:
            assert served.status() == 401
            return
        except OSError:
            assert process.poll() is None, log.read_text()
            assert time.monotonic() < deadline, log.read_text()
            time.sleep(0.05)


class _Ecr(BaseHTTPRequestHandler):
    registry: Registry

    def do_POST(self) -> None:
        request = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        call = self.headers["X-Amz-Target"].rpartition(".")[2]
        status, body = {"DescribeImages": self._images, "GetAuthorizationToken": self._token}[call](request)
        content = json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/x-amz-json-1.1")
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def _images(self, request: Any) -> tuple[int, Any]:
        (image,) = request["imageIds"]
        digest = self.registry.digest(request["repositoryName"], image["imageTag"])
        if digest is None:
            return 400, {"__type": "ImageNotFoundException", "message": "There is no such tag."}
        return 200, {"imageDetails": [{"imageDigest": digest, "imageTags": [image["imageTag"]]}]}

    def _token(self, _: Any) -> tuple[int, Any]:
        token = base64.b64encode(f"{USER}:{self.registry.password}".encode()).decode()
        return 200, {"authorizationData": [{"authorizationToken": token}]}

    def log_message(self, format: str, *args: object) -> None:
        """Print nothing."""
