"""A client for repositories of a registry, by its HTTP API (OCI distribution specification 1.1)."""

import hashlib
import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import IO, Any, Literal

import httpx

from wrapper.errors import ArtifactError

MANIFESTS = (
    "application/vnd.oci.image.manifest.v1+json",
    "application/vnd.oci.image.index.v1+json",
    "application/vnd.docker.distribution.manifest.v2+json",
    "application/vnd.docker.distribution.manifest.list.v2+json",
)
_SECONDS = 60
_CHUNK = 1 << 20
_DOCKER_HUB = "registry-1.docker.io"


@dataclass(frozen=True, kw_only=True)
class Manifest:
    """A manifest as the exact bytes of which `digest` is computed, as `sha256:<hex>`."""

    content: bytes
    media_type: str

    @property
    def digest(self) -> str:
        return f"sha256:{hashlib.sha256(self.content).hexdigest()}"

    @property
    def manifests(self) -> list[str]:
        """The digests of the manifests in an index, one for each platform."""
        return [each["digest"] for each in self._document.get("manifests", [])]

    @property
    def blobs(self) -> list[tuple[str, int]]:
        """The digest and the size in bytes of the config and of each layer."""
        config = self._document.get("config")
        parts = [*([config] if config else []), *self._document.get("layers", [])]
        return [(part["digest"], part["size"]) for part in parts]

    @property
    def _document(self) -> dict[str, Any]:
        document: dict[str, Any] = json.loads(self.content)
        return document


class Repository:
    """`base_url` is the registry's, `name` the repository's path in it. Without a password it is anonymous.

    Methods raise ArtifactError if the registry does not answer or refuses.
    """

    def __init__(self, base_url: str, name: str, *, user: str = "AWS", password: str | None = None) -> None:
        self.name = name
        self._base_url = base_url
        self._client = httpx.Client(
            base_url=f"{base_url}/v2/{name}/",
            auth=(user, password) if password else None,
            timeout=_SECONDS,
            # ECR redirects blobs to S3; httpx sends the password to the registry's own host only.
            follow_redirects=True,
            trust_env=not _is_loopback(base_url),
        )

    def close(self) -> None:
        self._client.close()

    def manifest(self, digest: str) -> Manifest:
        """Read a manifest and check that its bytes have the digest."""
        reply = self._send("GET", f"manifests/{digest}", headers={"Accept": ", ".join(MANIFESTS)})
        found = Manifest(content=reply.content, media_type=reply.headers.get("content-type", MANIFESTS[0]))
        if found.digest != digest:
            raise ArtifactError(f"{self.name} must send {digest}, got bytes of {found.digest}.")
        return found

    def tagged(self, tag: str) -> Manifest:
        """Read the manifest or index that a tag names now, anonymously."""
        reply = self._as_anybody("GET", f"manifests/{tag}")
        if not reply.is_success:
            raise self._refused(reply)
        found = Manifest(content=reply.content, media_type=reply.headers.get("content-type", MANIFESTS[0]))
        said = reply.headers.get("docker-content-digest", found.digest)
        if said != found.digest:
            raise ArtifactError(f"{self.name}:{tag} must be {said}, got bytes of {found.digest}.")
        return found

    def put_manifest(self, manifest: Manifest, name: str) -> bool:
        """Write a manifest under a tag or its digest; return whether the registry lists it as a referrer."""
        headers = {"Content-Type": manifest.media_type}
        reply = self._send("PUT", f"manifests/{name}", content=manifest.content, headers=headers)
        return "oci-subject" in reply.headers

    def has_manifest(self, name: str) -> bool:
        """Return whether a manifest exists under a tag or digest."""
        headers = {"Accept": ", ".join(MANIFESTS)}
        return self._request("HEAD", f"manifests/{name}", headers=headers).is_success

    def has_blob(self, digest: str) -> bool:
        """Return whether the repository has a blob with this digest."""
        return self._request("HEAD", f"blobs/{digest}").is_success

    def read_blob(self, digest: str, into: IO[bytes]) -> None:
        """Stream a blob into a file and check that it has the digest."""
        checksum = hashlib.sha256()
        with self._reaching(), self._client.stream("GET", f"blobs/{digest}") as reply:
            if not reply.is_success:
                reply.read()
                raise self._refused(reply)
            for chunk in reply.iter_bytes(_CHUNK):
                checksum.update(chunk)
                into.write(chunk)
        if f"sha256:{checksum.hexdigest()}" != digest:
            raise ArtifactError(f"{self.name} must send {digest}, got other bytes.")

    def write_blob(self, digest: str, content: IO[bytes]) -> None:
        """Upload a blob; the registry checks that it has the digest."""
        session = self._send("POST", "blobs/uploads/")
        place = session.url.join(session.headers["location"])
        headers = {"Content-Type": "application/octet-stream"}
        part = self._send("PATCH", str(place), content=_chunks(content), headers=headers)
        place = part.url.join(part.headers.get("location", str(place)))
        self._send("PUT", str(place.copy_merge_params({"digest": digest})))

    def ask(self, digest: str) -> Literal["there", "absent", "unknown"]:
        """Return whether the manifest exists, as far as anonymous users may know."""
        try:
            reply = self._as_anybody("HEAD", f"manifests/{digest}")
        except ArtifactError:
            return "unknown"
        if reply.is_success:
            return "there"
        return "absent" if reply.status_code == httpx.codes.NOT_FOUND else "unknown"

    def _as_anybody(self, method: str, path: str) -> httpx.Response:
        headers = {"Accept": ", ".join(MANIFESTS)}
        reply = self._request(method, path, headers=headers)
        if reply.status_code == httpx.codes.UNAUTHORIZED:
            token = self._anonymous_token(reply.headers.get("www-authenticate", ""))
            self._client.headers["Authorization"] = f"Bearer {token}"
            reply = self._request(method, path, headers=headers)
        return reply

    def _anonymous_token(self, challenge: str) -> str:
        """Return a token for anonymous pulls, by `Bearer realm=…,service=…,scope=…`; "" if there is none."""
        scheme, _, rest = challenge.partition(" ")
        pairs = (part.partition("=") for part in rest.split(","))
        values = {name.strip(): value.strip('"') for name, _, value in pairs}
        if scheme.lower() != "bearer" or "realm" not in values:
            return ""
        scope = {"service": values.get("service", ""), "scope": f"repository:{self.name}:pull"}
        with self._reaching():
            reply = httpx.get(values["realm"], params=scope, timeout=_SECONDS)
        if not reply.is_success:
            return ""
        answer = reply.json()
        return str(answer.get("token") or answer.get("access_token") or "")

    def _send(self, method: str, path: str, **options: Any) -> httpx.Response:
        reply = self._request(method, path, **options)
        if not reply.is_success:
            raise self._refused(reply)
        return reply

    def _request(self, method: str, path: str, **options: Any) -> httpx.Response:
        with self._reaching():
            return self._client.request(method, path, **options)

    @contextmanager
    def _reaching(self) -> Iterator[None]:
        try:
            yield
        except httpx.HTTPError as error:
            said = f"the registry at {self._base_url} does not answer: {error}"
            raise ArtifactError(said, fix="check the network and the proxy settings") from None

    def _refused(self, reply: httpx.Response) -> ArtifactError:
        request = reply.request
        return ArtifactError(
            f"the registry refused {request.method} {request.url.path} with {reply.status_code}: "
            f"{reply.text.strip()[:300] or 'no message'}"
        )


def ask(reference: str) -> Literal["there", "absent", "unknown"]:
    """Return whether `<repository>@<digest>` exists, as far as anonymous users may know."""
    repository = repository_of(reference)
    try:
        return repository.ask(reference.partition("@")[2])
    finally:
        repository.close()


def repository_of(reference: str) -> Repository:
    """Return the repository of `<repository>@<digest>`, for anonymous access."""
    url = reference.partition("@")[0]
    host, slash, path = url.partition("/")
    if not slash or not ("." in host or ":" in host or host == "localhost"):
        host, path = _DOCKER_HUB, url if slash else f"library/{url}"
    scheme = "http" if _is_loopback(f"http://{host}") else "https"
    return Repository(f"{scheme}://{host}", path)


def _is_loopback(base_url: str) -> bool:
    return httpx.URL(base_url).host in {"127.0.0.1", "localhost"}


def _chunks(content: IO[bytes]) -> Iterator[bytes]:
    while chunk := content.read(_CHUNK):
        yield chunk
