"""Unpack an image's layers into a folder."""

import io
import os
import shutil
import tarfile
from pathlib import Path, PurePosixPath
from uuid import uuid4


def write(layers: list[bytes], tree: Path) -> None:
    """Unpack the layers into a temporary folder, then rename it, so that a tree is complete or missing.

    Raises ValueError for a layer that isn't a tar, is compressed, or has a path out of the tree.
    """
    if tree.is_dir():
        return
    draft = tree.with_name(f"{tree.name}.{uuid4().hex[:8]}")
    draft.mkdir(parents=True)
    try:
        for layer in layers:
            # A compressed layer could unpack to any size; those of process images are not compressed.
            with tarfile.open(fileobj=io.BytesIO(layer), mode="r:") as archive:
                for member in archive:
                    _write_member(archive, member, draft, most=len(layer))
        draft.rename(tree)
    except (tarfile.TarError, OSError, EOFError) as error:
        raise ValueError(str(error)) from None
    finally:
        shutil.rmtree(draft, ignore_errors=True)


def _write_member(archive: tarfile.TarFile, member: tarfile.TarInfo, tree: Path, *, most: int) -> None:
    name = PurePosixPath(member.name)
    if name.is_absolute() or ".." in name.parts:
        raise ValueError(f"{member.name} points out of the image")
    if member.size > most:
        raise ValueError(f"{member.name} must be no longer than its layer, got {member.size} bytes")
    if member.isdir():
        (tree / name).mkdir(parents=True, exist_ok=True)
        return
    (tree / name.parent).mkdir(parents=True, exist_ok=True)
    # No existing link points out of the tree, see `_inside`.
    folder = (tree / name.parent).resolve()
    path = folder / name.name
    if path.is_symlink():
        path.unlink()
    if member.issym():
        path.symlink_to(_inside(member.linkname, folder.relative_to(tree.resolve())))
    elif member.isfile():
        content = archive.extractfile(member)
        path.write_bytes(content.read() if content else b"")
        path.chmod(member.mode & 0o777)
    else:
        raise ValueError(f"{member.name} must be a file, a folder or a symbolic link")


def _inside(said: str, folder: Path) -> str:
    """Return a link's target with the tree as the root, so that it never leads out of it."""
    parts: list[str] = []
    for part in (PurePosixPath("/") / folder / said).parts[1:]:
        parts = parts[:-1] if part == ".." else [*parts, part]
    return os.path.relpath(PurePosixPath("/", *parts), PurePosixPath("/") / folder)
