"""A task sees its image's files at their paths, its own packages, and this machine's programs."""

import os
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

from emulator.runtime import begin, root
from emulator.runtime.root import mounts_of, prepare
from tests.wrapper.sandbox.stage import Stage
from tests.wrapper.sandbox.test_networks import printed
from tests.wrapper.wheels import write_wheel

DOCKERFILE = """
FROM python:3.13-slim
COPY wheels /wheels
RUN pip install --no-index --find-links=/wheels tiny && python -m venv /opt/venv
WORKDIR /srv/app
COPY <<EOF /usr/src/deep/said
hello
EOF
COPY --chmod=755 <<EOF /entry.sh
#!/bin/sh
exec "$@"
EOF
ENTRYPOINT ["/entry.sh"]
"""
LOOK = """
import importlib.util, os, pathlib, tiny
print(tiny.VERSION, os.getcwd(), open('/usr/src/deep/said').read().strip(), os.path.exists('/usr/bin/env'))
print(importlib.util.find_spec('fastapi'), os.path.exists('/opt/venv/bin/python'))
pathlib.Path('/made/by/it').mkdir(parents=True)
"""


def test_task_finds_what_its_dockerfile_says(stage: Stage, log_group: str, tmp_path: Path) -> None:
    """Absolute paths work, also below folders of this machine, and so do its own packages, and no others."""
    write_wheel(tmp_path / "wheels")
    (tmp_path / "Dockerfile").write_text(DOCKERFILE)
    options = {"awslogs-group": log_group, "awslogs-region": "eu-west-1", "awslogs-stream-prefix": "task"}
    look: dict[str, Any] = {
        "name": "look",
        "image": stage.push(tmp_path, with_packages=True),
        "command": ["python", "-c", LOOK],
        "logConfiguration": {"logDriver": "awslogs", "options": options},
    }
    task = stage.run(stage.register(look))
    assert printed(stage, log_group, task, "look") == ["1.0 /srv/app hello True", "None True"]
    assert not Path("/made").exists()


def test_image_whose_packages_are_gone(stage: Stage, tmp_path: Path) -> None:
    """The task's error says so, and what to do."""
    (tmp_path / "Dockerfile").write_text('FROM python\nCMD ["python", "-V"]')
    image = stage.push(tmp_path, with_packages=True)
    shutil.rmtree(stage.root / ".wrapper" / "packages")
    task = stage.run(stage.register({"name": "app", "image": image}))
    assert "; apply again" in stage.task_in(task, "STOPPED")["stoppedReason"]


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    made = tmp_path / "tree"
    (made / "usr" / "src" / "app").mkdir(parents=True)
    (made / "app").mkdir()
    return made


def test_what_is_bound_is_as_high_up_as_can_be(tree: Path) -> None:
    """If both have a folder, its entries are bound one by one."""
    prepare(tree, [])
    bound = mounts_of(tree).read_text().splitlines()
    assert {"/etc", "/proc", "/usr/bin"} <= set(bound)
    assert not {"/usr", "/app", "/usr/src"} & set(bound)


def test_a_further_folder_leaves_the_rest_as_it_is(tree: Path) -> None:
    """A task's volume inside a folder that is bound as a whole is created beside that folder's entries."""
    prepare(tree, [])
    before = mounts_of(tree).read_text().splitlines()
    prepare(tree, [], ["/etc/mine"])
    after = mounts_of(tree).read_text().splitlines()
    assert "/etc" not in after
    assert "/etc/hosts" in after
    assert [path for path in before if path != "/etc"] == [
        path for path in after if not path.startswith("/etc")
    ]
    prepare(tree, [])
    assert mounts_of(tree).read_text().splitlines() == after


@pytest.mark.skipif(os.getuid() != 0, reason="only root can become somebody else")
def test_ordinary_user_has_an_images_root(tree: Path) -> None:
    """A user namespace gives the permission; nothing of it is visible outside."""
    (tree / "app" / "said").write_text("hello")
    for path in (tree, *tree.rglob("*")):
        os.chown(path, 65534, -1)
    os.chown(tree.parent, 65534, -1)
    for parent in tree.parents[1:-1]:
        parent.chmod(parent.stat().st_mode | 0o111)

    def run(program: str | None, *words: str) -> str:
        # The machine's own Python: other users may not be allowed to read the clone's.
        python = ["/usr/bin/python3", "-I", "-S", "-c", Path(str(program)).read_text()]
        done = subprocess.run(
            [*python, *words], user="nobody", cwd=tree / "app", stdout=subprocess.PIPE, check=True, text=True
        )
        return done.stdout

    run(root.__file__, str(tree))
    assert run(begin.__file__, "0", "new", str(tree), "cat", "/app/said", "said") == "hellohello"
    assert list((tree / "etc").iterdir()) == []
