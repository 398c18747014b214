"""Run a `RUN python ...` once per content: in the image's environment, on a copy of its files, isolated."""

import hashlib
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path, PurePosixPath
from uuid import uuid4

import wrapper
from wrapper.errors import ArtifactError
from wrapper.image.dockerfile import CONTAINERS, Content, Files, Making
from wrapper.image.packages.environment import Environments, alone
from wrapper.image.packages.requirements import content_of, key_of

_RUNTIME = Path(wrapper.__file__).resolve().parent.parent / "emulator" / "runtime"
_ALONE = [sys.executable, "-I", "-S"]
_LAST_LINES = 20
_MOST_CHARACTERS = 60
_BYTE_CODE = "__pycache__"


class NotMade(Exception):
    """The RUN has not been run yet."""


class Maker:
    """Runs the `RUN python ...` of one context's stages; the results are in a folder, by content."""

    def __init__(
        self, context: Path, folder: Path, environments: Environments, *, progress: Callable[[str], None]
    ) -> None:
        self._context = context
        self._folder = folder
        self._environments = environments
        self._progress = progress

    def find(self, making: Making) -> Files:
        """Return the files of an earlier run; raises NotMade."""
        place = self._place(making)
        if not (place / "made").is_file():
            raise NotMade
        tree = place / "tree"
        return {PurePosixPath("/", path.relative_to(tree)): PurePosixPath(path) for path in _files(tree)}

    def make(self, making: Making) -> Files:
        """Run it unless it has run before, and return its files. Raises ArtifactError with the last lines."""
        place = self._place(making)
        place.parent.mkdir(parents=True, exist_ok=True)
        with alone(place.with_suffix(".lock")):
            try:
                return self.find(making)
            except NotMade:
                self._run(making, place)
        return self.find(making)

    def _place(self, making: Making) -> Path:
        files = {str(path): self._fingerprint(content) for path, content in making.files.items()}
        told = {
            "python": [sys.version_info.major, sys.version_info.minor],
            "packages": key_of(making.packages, self._context),
            "words": making.words,
            "text": making.text,
            "environment": dict(making.environment),
            "folder": str(making.folder),
            "files": files,
        }
        return self._folder / hashlib.sha256(json.dumps(told, sort_keys=True).encode()).hexdigest()[:32]

    def _fingerprint(self, content: Content) -> str:
        if not isinstance(content, bytes) and (link := self._context / content).is_symlink():
            return f"link {link.readlink()}"
        return hashlib.sha256(content_of(content, self._context)).hexdigest()

    def _run(self, making: Making, place: Path) -> None:
        _, environment = self._environments.ensure(making.packages, self._context)
        self._progress(f"running {_short(making)} ({making.where})")
        shutil.rmtree(place, ignore_errors=True)
        draft = place.with_name(f"{place.name}.{uuid4().hex[:8]}")
        try:
            (draft / "tmp").mkdir(parents=True)
            tree = draft / "root"
            self._write(making.files, tree)
            (tree / str(making.folder).lstrip("/")).mkdir(parents=True, exist_ok=True)
            beginning = self._beginning(tree)
            before = _states(tree)
            self._python(making, [*beginning, str(environment / "bin" / "python")], draft, tree)
            made = [path for path, state in _states(tree).items() if before.get(path) != state]
            for path in made:
                kept = place / "tree" / path
                kept.parent.mkdir(parents=True, exist_ok=True)
                (tree / path).rename(kept)
            place.mkdir(exist_ok=True)
            (place / "made").touch()
        finally:
            shutil.rmtree(draft, ignore_errors=True)

    def _write(self, files: Files, tree: Path) -> None:
        for path, content in files.items():
            place = tree / str(path).lstrip("/")
            place.parent.mkdir(parents=True, exist_ok=True)
            source = None if isinstance(content, bytes) else self._context / content
            if source is None or not source.is_symlink():
                place.write_bytes(content_of(content, self._context))
                place.chmod(0o755 if source and source.stat().st_mode & 0o100 else 0o644)
            else:
                place.symlink_to(source.readlink())

    def _python(self, making: Making, python: list[str], draft: Path, tree: Path) -> None:
        own = {
            **making.environment,
            "PATH": f"{Path(python[-1]).parent}:{os.defpath}",
            "HOME": str(draft / "tmp"),
            "TMPDIR": str(draft / "tmp"),
        }
        begun = tree / str(making.folder).lstrip("/")
        done = subprocess.run(
            [*python, *making.words[1:]],
            cwd=begun,
            env=own,
            input=making.text,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
            check=False,
        )
        if done.returncode and not making.may_fail:
            last = done.stdout.splitlines()[-_LAST_LINES:]
            raise ArtifactError(
                "\n  ".join(
                    [
                        f"{making.where}: {_short(making)} failed with exit code {done.returncode}:",
                        *last,
                    ]
                ),
                fix=f"correct it (it has no network here), or {CONTAINERS}",
            )

    def _beginning(self, tree: Path) -> list[str]:
        """Return the command that starts a process without network and with the tree as its root, if it can.

        The tree's mount points for this machine's files stay empty: only the process sees the mounts.
        """
        needed = [sys.prefix, sys.base_prefix, str(self._folder.parent), str(tree)]
        subprocess.run([*_ALONE, str(_RUNTIME / "root.py"), str(tree), *needed], check=True)
        begin = [*_ALONE, str(_RUNTIME / "begin.py"), str(os.getpid())]
        words = [*begin, "new", str(tree), sys.executable, "-I", "-S", "-c", ""]
        is_possible = subprocess.run(words, cwd=tree, capture_output=True, check=False).returncode == 0
        return [*begin, "new", str(tree)] if is_possible else [*begin, "-", "-"]


def _short(making: Making) -> str:
    text = " ".join(" ".join(making.words).split())
    return text if len(text) <= _MOST_CHARACTERS else f"{text[:_MOST_CHARACTERS].rstrip()} …"


def _states(tree: Path) -> Mapping[Path, tuple[object, ...]]:
    """Return each file's time, size and inode, which a write changes, by path in the tree."""
    bound = set(tree.with_name(f"{tree.name}.mounts").read_text().splitlines())
    found = {}
    for path in _files(tree):
        name = path.relative_to(tree)
        state = path.lstat()
        if f"/{name}" not in bound:
            found[name] = (state.st_mtime_ns, state.st_size, state.st_ino)
    return found


def _files(tree: Path) -> Iterator[Path]:
    """Yield files and links, without byte code."""
    for folder, folders, names in os.walk(tree):
        folders[:] = [name for name in folders if name != _BYTE_CODE and not Path(folder, name).is_symlink()]
        yield from (Path(folder, name) for name in names)
