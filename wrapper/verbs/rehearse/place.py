"""Where a rehearsal takes place: a folder of its own in the clone's .wrapper, of one process at a time."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from wrapper.console import Console
from wrapper.errors import LockedError
from wrapper.sandbox import venv
from wrapper.sandbox.locks import tried
from wrapper.sandbox.place import Place


@contextmanager
def place_of(root: Path, name: str, *, console: Console) -> Iterator[Path]:
    """Make the folder again; raises LockedError while another process rehearses the environment there.

    The emulator's programs are the clone's; nothing else of it is reached by way of the folder.
    """
    folder = root / ".wrapper" / "rehearsals" / name
    folder.parent.mkdir(parents=True, exist_ok=True)
    with tried(folder.with_suffix(".lock")) as free:
        if not free:
            raise LockedError(f"{name} must be rehearsed by one at a time, and another process is at it.")
        shutil.rmtree(folder, ignore_errors=True)
        (folder / ".wrapper").mkdir(parents=True)
        programs = Place(root=root, environment=name).venv
        venv.ensure(programs, root=root, progress=console.note)
        (folder / ".wrapper" / programs.name).symlink_to(programs)
        # What images are made of is found by its content, and costs minutes to make.
        for name in ("packages", "made"):
            (root / ".wrapper" / name).mkdir(exist_ok=True)
            (folder / ".wrapper" / name).symlink_to(root / ".wrapper" / name)
        (folder / "requirements").symlink_to(root / "requirements")
        yield folder
