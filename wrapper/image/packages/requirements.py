"""What a stage's RUNs install: the arguments of `pip install`, and the files that these read."""

import hashlib
import json
import re
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any

from wrapper.errors import ArtifactError
from wrapper.image.dockerfile import Content, Files, Installation, options

_LISTS = ("-r", "--requirement", "-c", "--constraint")
_LINKS = ("-f", "--find-links")
_NESTED = re.compile(r"^\s*(?:-r|-c|--requirement|--constraint)[\s=]+(\S+)", re.MULTILINE)
_CONSTRAINTS = "uv-lock-constraints.txt"
_EXTRA, _GROUP = "--extra", "--group"


@dataclass(frozen=True, kw_only=True)
class Wanted:
    """The arguments `words` of a `pip install` in `folder` of a tree with `files`; messages name `where`."""

    where: str
    words: tuple[str, ...]
    folder: PurePosixPath
    files: Mapping[PurePosixPath, bytes]

    @property
    def as_json(self) -> dict[str, Any]:
        """The arguments, and the files by sha256."""
        contents = {str(path): hashlib.sha256(content).hexdigest() for path, content in self.files.items()}
        return {"words": self.words, "folder": str(self.folder), "files": contents}


def key_of(packages: Sequence[Installation], context: Path) -> str:
    """Return 32 hex digits that change with the arguments and with the content of the files they read."""
    content = json.dumps([each.as_json for each in wanted_of(packages, context)], sort_keys=True)
    return hashlib.sha256(content.encode()).hexdigest()[:32]


def content_of(content: Content, context: Path) -> bytes:
    """Return the bytes of an image's file."""
    return content if isinstance(content, bytes) else (context / content).read_bytes()


def wanted_of(packages: Sequence[Installation], context: Path) -> list[Wanted]:
    """Return what each installation installs. Raises ArtifactError if a file is missing."""
    readers = {"names": _named, "sync": _synced}
    return [readers[each.installing.kind](each, context) for each in packages]


def _named(asked: Installation, context: Path) -> Wanted:
    reading = _Reading(asked, context)
    words = list(reading.words())
    return Wanted(where=asked.where, words=tuple(words), folder=asked.folder, files=reading.found)


class _Reading:
    """Reads the arguments of one `pip install`, and collects the files that they refer to."""

    def __init__(self, asked: Installation, context: Path) -> None:
        self._asked = asked
        self._context = context
        self.found: dict[PurePosixPath, bytes] = {}

    def words(self) -> Iterator[str]:
        """Yield arguments that can be run here; wheels of an earlier stage are built again."""
        asked = list(options(self._asked.installing.words))
        links = [
            self._path(value) for option, value in asked if option in _LINKS and value and "://" not in value
        ]
        for word, value in asked:
            if value is None:
                is_path = not word.startswith("-") and _is_path(word)
                is_there = not is_path or self._folder(self._path(word))
                if is_there and (word != "--no-index" or any(map(self._folder, links))):
                    yield word
            elif word in ("-e", "--editable"):
                self._folder(self._path(value))
                yield value  # not editable: the folder of an unpacked image may be deleted
            elif word not in _LINKS or "://" in value or self._folder(self._path(value)):
                if word in _LISTS and "://" not in value:
                    self._list(self._path(value))
                yield from (word, value)

    def _path(self, name: str) -> PurePosixPath:
        return _below(self._asked.folder, name)

    def _list(self, path: PurePosixPath) -> None:
        if path in self.found:
            return
        if path not in self._asked.files:
            raise ArtifactError(
                f"{self._asked.where}: {path} is missing: pip needs it, and no line copies it."
            )
        self.found[path] = content_of(self._asked.files[path], self._context)
        text = self.found[path].decode("utf-8", "replace")
        for nested in _NESTED.findall(text):
            self._list(_below(path.parent, nested))

    def _folder(self, folder: PurePosixPath) -> bool:
        base = PurePosixPath(str(folder).partition("[")[0])
        held = {path: each for path, each in self._asked.files.items() if base in (path, *path.parents)}
        self.found |= {
            path: content_of(each, self._context)
            for path, each in held.items()
            if _is_file(each, self._context)
        }
        return bool(held)


def _synced(asked: Installation, context: Path) -> Wanted:
    """Read `uv sync` as the project's dependencies, with its lock file as constraints."""
    project = _toml(asked.files, asked.folder / "pyproject.toml", context)
    if project is None:
        raise ArtifactError(f"{asked.where}: uv sync must have a pyproject.toml in {asked.folder}, got none.")
    words = asked.installing.words
    chosen = list(_dependencies(project, words))
    lock = _toml(asked.files, asked.folder / "uv.lock", context)
    files: dict[PurePosixPath, bytes] = {}
    if lock:
        files[asked.folder / _CONSTRAINTS] = _constraints(lock).encode()
        chosen += ["-c", _CONSTRAINTS]
    if "build-system" in project and not {"--no-install-project", "--no-install-workspace"} & set(words):
        chosen.append(".")
        below = {path: each for path, each in asked.files.items() if asked.folder in path.parents}
        files |= {path: content_of(each, context) for path, each in below.items() if _is_file(each, context)}
    return Wanted(where=asked.where, words=tuple(chosen), folder=asked.folder, files=files)


def _dependencies(project: Mapping[str, Any], words: Sequence[str]) -> Iterator[str]:
    said = project.get("project", {})
    yield from said.get("dependencies", ())
    extras, groups = said.get("optional-dependencies", {}), project.get("dependency-groups", {})
    asked = [(word, value) for word, value in options(words) if value is not None]
    chosen = [value for option, value in asked if option == _EXTRA] or (
        list(extras) if "--all-extras" in words else []
    )
    for name in chosen:
        yield from extras.get(name, ())
    for name in (value for option, value in asked if option == _GROUP):
        yield from (each for each in groups.get(name, ()) if isinstance(each, str))


def _constraints(lock: Mapping[str, Any]) -> str:
    versions: dict[str, list[str]] = {}
    for each in lock.get("package", ()):
        if "version" in each and "registry" in each.get("source", {}):
            versions.setdefault(each["name"], []).append(each["version"])
    # A package with several versions has one per platform, which pip chooses by itself.
    return "".join(f"{name}=={found[0]}\n" for name, found in versions.items() if len(found) == 1)


def _toml(files: Files, path: PurePosixPath, context: Path) -> dict[str, Any] | None:
    if path not in files:
        return None
    try:
        return tomllib.loads(content_of(files[path], context).decode())
    except (ValueError, UnicodeDecodeError) as error:
        raise ArtifactError(f"{path} must be TOML: {error}") from None


def _below(folder: PurePosixPath, name: str) -> PurePosixPath:
    parts: list[str] = []
    for part in (folder / name).parts[1:]:
        parts = parts[:-1] if part == ".." else [*parts, part]
    return PurePosixPath("/", *parts)


def _is_path(word: str) -> bool:
    is_archive = word.endswith((".whl", ".tar.gz", ".zip")) and "://" not in word
    return is_archive or word.startswith((".", "/", "~"))


def _is_file(content: Content, context: Path) -> bool:
    return isinstance(content, bytes) or (context / content).is_file()
