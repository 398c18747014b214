"""The build context: its files after .dockerignore, and a hash of their content."""

import hashlib
import os
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from wrapper.errors import ArtifactError

_WILD = frozenset("*?[")


@dataclass(frozen=True, kw_only=True)
class Pattern:
    """One line of .dockerignore; `keeps` is the leading `!`."""

    text: str
    keeps: bool

    def matches(self, path: PurePosixPath) -> bool:
        """Return whether the line names the path or a folder above it."""
        compiled = _regex(self.text)
        return any(compiled.fullmatch(str(part)) for part in (path, *path.parents[:-1]))

    def may_match_below(self, folder: PurePosixPath) -> bool:
        """Return whether the line could match a path inside the folder."""
        segments = self.text.split("/")
        for segment, name in zip(segments, folder.parts, strict=False):
            if _WILD & set(segment):
                return True
            if segment != name:
                return False
        return len(segments) > len(folder.parts)


def parse_dockerignore(text: str) -> tuple[Pattern, ...]:
    """Read .dockerignore as Docker does (docs.docker.com/build/concepts/context)."""
    patterns = []
    for line in text.splitlines():
        if line.startswith("#") or not line.strip():
            continue
        keeps = line.strip().startswith("!")
        name = str(PurePosixPath("/", line.strip().lstrip("!").strip())).lstrip("/")
        if name:
            patterns.append(Pattern(text=name, keeps=keeps))
    return tuple(patterns)


def context_files(context: Path, dockerfile: str) -> list[PurePosixPath]:
    """Return the files that a build sees, sorted, relative to the context. The Dockerfile is always one."""
    _require_file(context / dockerfile)
    patterns = parse_dockerignore(_dockerignore(context, dockerfile))
    found = {PurePosixPath(dockerfile), *_walk(context, PurePosixPath(), patterns)}
    return sorted(found, key=str)


def content_hash(context: Path, dockerfile: str, target: str | None) -> str:
    """Return 64 hex digits that change with the Dockerfile, the target or any file's path, bytes or x bit.

    Owners, times and the clone's folder are not part of the hash, so that it is the same on all machines.
    """
    digest = hashlib.sha256(f"dockerfile {dockerfile}\0target {target or ''}\0".encode())
    for name in context_files(context, dockerfile):
        kind, content = _content(context / name)
        digest.update(f"{name}\0{kind} {len(content)}\0".encode())
        digest.update(content)
    return digest.hexdigest()


def _content(path: Path) -> tuple[str, bytes]:
    if path.is_symlink():
        return "link", os.fsencode(path.readlink())
    kind = "executable" if path.stat().st_mode & 0o100 else "file"
    return kind, path.read_bytes()


def _dockerignore(context: Path, dockerfile: str) -> str:
    """Return the ignore file's text; one named after the Dockerfile goes first, as in BuildKit."""
    own = context / f"{dockerfile}.dockerignore"
    path = own if own.is_file() else context / ".dockerignore"
    return path.read_text(encoding="utf-8") if path.is_file() else ""


def _walk(context: Path, folder: PurePosixPath, patterns: tuple[Pattern, ...]) -> Iterator[PurePosixPath]:
    for entry in os.scandir(context / folder):
        path = folder / entry.name
        ignored = _is_ignored(path, patterns)
        if entry.is_dir(follow_symlinks=False):
            # Skip ignored folders: a virtual environment has thousands of files.
            if not ignored or any(pattern.keeps and pattern.may_match_below(path) for pattern in patterns):
                yield from _walk(context, path, patterns)
        elif not ignored and (entry.is_symlink() or entry.is_file()):
            yield path


def _is_ignored(path: PurePosixPath, patterns: tuple[Pattern, ...]) -> bool:
    """Return whether a path is ignored: the last line that matches decides."""
    deciding = next((pattern for pattern in reversed(patterns) if pattern.matches(path)), None)
    return deciding is not None and not deciding.keeps


def _regex(pattern: str) -> re.Pattern[str]:
    return re.compile("".join(_translate(pattern)))  # re keeps its own cache


def _translate(pattern: str) -> Iterator[str]:
    words = re.compile(r"(\*\*/)|(\*\*)|(\*)|(\?)|(\[[^\]]+\])|\\(.)|(.)")
    for folders, rest, star, one, group, escaped, plain in words.findall(pattern):
        if folders:
            yield "(?:.*/)?"
        elif rest:
            yield ".*"
        elif star:
            yield "[^/]*"
        elif one:
            yield "[^/]"
        else:
            yield group or re.escape(escaped or plain)


def _require_file(path: Path) -> None:
    if not path.is_file():
        raise ArtifactError(
            f"{path} is missing: it must be a Dockerfile.",
            fix="correct image.context and image.dockerfile in the environment file",
        )
