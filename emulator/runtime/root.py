"""Prepare an image's tree as the root of processes: bind mounts add this machine's files that it lacks.

`root.py TREE NEEDED...` writes the list of mounts once, beside the tree; begin.py mounts them for each
process, in a mount namespace of its own. All other writes of a process go into the tree. NEEDED are paths of
this machine that must be visible, whatever the image contains.

It is run by its file name, and imports only the standard library.
"""

import os
import sys
from collections.abc import Container, Iterator, Sequence
from contextlib import suppress
from pathlib import Path

# Folders in which the files of the machine and the image are combined; any other folder is the image's own.
_SYSTEMS = frozenset(
    f"/{name}"
    for name in (
        *("bin", "boot", "dev", "etc", "home", "lib", "lib32", "lib64", "media", "mnt", "opt", "proc"),
        *("root", "run", "sbin", "srv", "sys", "tmp", "usr", "var"),
    )
)


def mounts_of(tree: Path) -> Path:
    """Return the file that lists what is mounted into a tree, one path a line."""
    return tree.with_name(f"{tree.name}.mounts")


def prepare(tree: Path, needed: Sequence[str], made: Sequence[str] = ()) -> None:
    """Create the mount points in the tree, and write the list; `made` are further folders for mounts.

    A second call, with other folders, keeps those of the first.
    """
    known = set(mounts_of(tree).read_text().splitlines()) if mounts_of(tree).exists() else set()
    for path in made:
        Path(f"{tree}{path}").mkdir(parents=True, exist_ok=True)
    paths = list(_bound(tree, "/", needed, {path for path in known if not holds(path, made)}))
    draft = mounts_of(tree).with_suffix(".new")
    draft.write_text("".join(f"{path}\n" for path in paths if "\n" not in path))
    draft.replace(mounts_of(tree))


def _bound(tree: Path, folder: str, needed: Sequence[str], known: Container[str]) -> Iterator[str]:
    """Yield this machine's paths that the image lacks, whole folders where possible."""
    is_systems = folder == "/" or f"/{folder.split('/')[1]}" in _SYSTEMS
    with suppress(PermissionError):
        for entry in sorted(os.scandir(folder), key=lambda each: each.name):
            place = Path(f"{tree}{entry.path}")
            if entry.path in known:
                yield entry.path
            elif not is_systems and not holds(entry.path, needed):
                continue
            elif not os.path.lexists(place):
                yield from _placed(entry, place)
            elif place.is_dir() and not place.is_symlink() and entry.is_dir():
                yield from _bound(tree, entry.path, needed, known)


def holds(folder: str, paths: Sequence[str]) -> bool:
    """Return whether one of the paths is the folder or inside it."""
    return any(f"{path}/".startswith(f"{folder}/") for path in paths)


def _placed(entry: "os.DirEntry[str]", place: Path) -> Iterator[str]:
    if entry.is_symlink():
        place.symlink_to(Path(entry.path).readlink())
        return
    if entry.is_dir():
        place.mkdir()
    else:
        place.touch()
    yield entry.path


if __name__ == "__main__":
    prepare(Path(sys.argv[1]), sys.argv[2:])
