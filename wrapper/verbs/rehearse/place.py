"""The folder of a rehearsal, in the clone's .wrapper, for one process at a time."""

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
    """Create the folder again; raises LockedError while another process rehearses the environment.

    The emulator's programs are the clone's; nothing else of the clone is reached through the folder.
    """
    folder = root / ".wrapper" / "rehearsals" / name
    folder.parent.mkdir(parents=True, exist_ok=True)
    with tried(folder.with_suffix(".lock")) as free:
        if not free:
            raise LockedError(f"{name} must be rehearsed by one process at a time, got two.")
        shutil.rmtree(folder, ignore_errors=True)
        (folder / ".wrapper").mkdir(parents=True)
        programs = Place(root=root, environment=name).venv
        venv.ensure(programs, root=root, progress=console.note)
        (folder / ".wrapper" / programs.name).symlink_to(programs)
        # Images' parts are found by their content, and take minutes to build.
        for name in ("packages", "made"):
            (root / ".wrapper" / name).mkdir(exist_ok=True)
            (folder / ".wrapper" / name).symlink_to(root / ".wrapper" / name)
        (folder / "requirements").symlink_to(root / "requirements")
        yield folder
