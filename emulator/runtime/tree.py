"""An image's layers as a folder."""

import io
import tarfile
from pathlib import Path, PurePosixPath
from uuid import uuid4


def write(layers: list[bytes], tree: Path) -> None:
    """Unpack the layers into a draft that then takes the name, so that a tree is whole or not there.

    Raises ValueError for a layer that isn't a tar or that points out of the tree.
    """
    if tree.is_dir():
        return
    draft = tree.with_name(f"{tree.name}.{uuid4().hex[:8]}")
    draft.mkdir(parents=True)
    for layer in layers:
        try:
            with tarfile.open(fileobj=io.BytesIO(layer)) as archive:
                for member in archive:
                    _write_member(archive, member, draft)
        except tarfile.TarError as error:
            raise ValueError(str(error)) from None
    draft.rename(tree)


def _write_member(archive: tarfile.TarFile, member: tarfile.TarInfo, tree: Path) -> None:
    name = PurePosixPath(member.name)
    if name.is_absolute() or ".." in name.parts:
        raise ValueError(f"{member.name} points out of the image")
    path = tree / name
    if member.isdir():
        path.mkdir(parents=True, exist_ok=True)
    elif member.isfile():
        path.parent.mkdir(parents=True, exist_ok=True)
        content = archive.extractfile(member)
        path.write_bytes(content.read() if content else b"")
        path.chmod(member.mode & 0o777)
