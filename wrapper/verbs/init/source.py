"""What the source files of a service say about its port and its routes, for many frameworks."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from wrapper.image.context import context_files

_KINDS = frozenset({".py", ".js", ".mjs", ".cjs", ".ts", ".go", ".r", ".rb", ".java", ".kt", ".rs", ".php"})
# Far more files than a service has; more of them are data.
_MOST_FILES, _MOST_BYTES = 400, 256 * 1024
_HEALTH = (
    "/health",
    "/healthz",
    "/health/",
    "/ping",
    "/readyz",
    "/livez",
    "/ready",
    "/live",
    "/healthcheck",
    "/health_check",
    "/status",
    "/up",
    "/api/health",
    "/v1/health",
)
_APPLICATION = re.compile(
    r"(\w+)\s*(?::[^=\n]+)?=\s*(?:\w+\.)?(FastAPI|Flask|Quart|Starlette|express)\(([^)]*)"
)
_ROUTE = re.compile(r"@?(\w+)\.(get|post|route|api_route)\(\s*[\"'](/[^\"'\s]*)[\"']([^)\n]*)")
_PREFIX = re.compile(r"prefix\s*=\s*[\"']/|\.use\(\s*[\"']/\w")
_OBEYS = re.compile(
    r"(?:environ|getenv|process\.env|\bENV)[\s.(\[]*(?:get)?[\s(\[]*[\"']?PORT\b[\"'\])]*(?:\s*(?:,|\|\||\?\?|or)\s*"
    r"[\"']?(\d{2,5})\b)?"
)
_PORT = re.compile(
    r"(?:\bport\s*[=:]\s*(?:int\()?|\.listen\(\s*|Server\(\s*\(\s*[\"'][^\"']*[\"']\s*,\s*|ListenAndServe\(\s*\"[^\"]*:)"
    r"(\d{2,5})\b",
    re.IGNORECASE,
)
# These frameworks answer a GET of a POST route with 405, which shows that the route exists.
_STRICT = frozenset({"Flask", "Quart"})


@dataclass(frozen=True, kw_only=True)
class Route:
    """A path that answers a GET with this status, and the file that shows it."""

    path: str
    status: int
    where: str


@dataclass(frozen=True)
class Source:
    """Source files by name, without tests."""

    files: Mapping[str, str]

    @classmethod
    def of(cls, folder: Path, dockerfile: str) -> "Source":
        """Read the files that a build would get."""
        names = [name for name in context_files(folder, dockerfile) if _is_source(name)][:_MOST_FILES]
        found = {str(name): folder / name for name in names}
        return cls(
            {
                name: path.read_text("utf-8", "replace")
                for name, path in found.items()
                if path.is_file() and path.stat().st_size <= _MOST_BYTES
            }
        )

    def obeyed(self) -> tuple[int | None, str] | None:
        """Return the default of $PORT, None without one, and the file; None if no file reads $PORT."""
        for name, text in self.files.items():
            if match := _OBEYS.search(text):
                return (int(match[1]) if match[1] else None), name
        return None

    def port(self, command: Sequence[str]) -> tuple[int, str] | None:
        """Return the port in the file that the command starts, or in the only file that has one."""
        started = [name for name in self.files if any(word.endswith(name) for word in command)]
        for names in (started, self.files):
            found = [(int(match[1]), name) for name in names if (match := _PORT.search(self.files[name]))]
            if len({port for port, _ in found}) == 1:
                return found[0]
        return None

    def health(self) -> Route | None:
        """Return the route that is most likely the health check."""
        routes = list(self._routes())
        quoted = {path for _, path in self._quoted()} - {path for path, _, _, _ in routes}
        for path in _HEALTH:
            for route, gets, where, _ in routes:
                if route == path and gets:
                    return Route(path=path, status=200, where=where)
            if path in quoted:
                return Route(path=path, status=200, where=next(w for w, p in self._quoted() if p == path))
        return next(self._lesser(routes), None)

    def _lesser(self, routes: Sequence[tuple[str, bool, str, str]]) -> Iterator[Route]:
        for path, gets, where, _ in routes:
            if path == "/" and gets:
                yield Route(path="/", status=200, where=where)
        for name, text in self.files.items():
            applications = _APPLICATION.findall(text)
            if any(kind == "FastAPI" and "openapi_url" not in options for _, kind, options in applications):
                yield Route(path="/openapi.json", status=200, where=f"{name}, to which FastAPI adds it")
        for path, gets, where, kind in routes:
            if not gets and kind in _STRICT and "<" not in path:
                yield Route(path=path, status=405, where=f"{where}, which accepts only POST")
        for name, text in self.files.items():
            if "def do_GET" in text and not re.search(r"self\.path\s*[=!]=", text):
                yield Route(path="/", status=200, where=name)

    def _routes(self) -> Iterator[tuple[str, bool, str, str]]:
        """Yield path, whether it answers GET, file and framework of each route.

        None that a prefix may change.
        """
        is_moved = any(_PREFIX.search(text) for text in self.files.values())
        for where, text in self.files.items():
            owners = {name: kind for name, kind, _ in _APPLICATION.findall(text)}
            for owner, verb, path, rest in _ROUTE.findall(text):
                if owner in owners or not is_moved:
                    posts = verb == "post" or ("methods" in rest and "GET" not in rest)
                    yield path, not posts, where, owners.get(owner, "")

    def _quoted(self) -> Iterator[tuple[str, str]]:
        """Yield files and health paths that are in them otherwise: in a comparison or a table of routes."""
        for where, text in self.files.items():
            without = _ROUTE.sub("", text)
            for path in _HEALTH:
                if re.search(rf"[\"'`]{re.escape(path)}[\"'`]|@get\s+{re.escape(path)}\s", without):
                    yield where, path


def _is_source(name: PurePosixPath) -> bool:
    in_tests = any(part.startswith(("test", ".")) or part == "node_modules" for part in name.parts)
    return name.suffix.lower() in _KINDS and not in_tests
