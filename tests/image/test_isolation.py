"""A container has no permission that serving does not need."""

import subprocess

import pytest

from tests.image.conftest import Model, Start
from tests.image.container import BOUNDS, PLACE, Container, podman, tmp_of
from tests.service.s3 import S3

pytestmark = pytest.mark.image

BASE = "python:3.13-slim"
FOLDERS = ("/", "/app", "/app/service", "/etc", "/opt/venv", "/run", "/usr", "/var/tmp")
WRITE = """
import os, sys
for folder in sys.argv[1:] or {folders!r}:
    try:
        with open(os.path.join(folder, "written"), "w") as file:
            file.write("x")
        print(folder, "written")
    except OSError as error:
        print(folder, os.strerror(error.errno))
"""


def test_process_is_nobody_with_no_privileges(server: Container) -> None:
    """Checked in the kernel's status: user, group, and capabilities that it has or could get."""
    status = server.status()
    assert status["Uid"].split() == ["10001"] * 4
    assert status["Gid"].split() == ["10001"] * 4
    assert "0" not in status["Groups"].split()
    assert {int(status[name], 16) for name in ("CapInh", "CapPrm", "CapEff", "CapBnd", "CapAmb")} == {0}
    assert status["NoNewPrivs"] == "1"


def test_root_file_system_is_read_only_even_for_root(server: Container) -> None:
    """Permissions of files alone would not stop root; the read-only mount does."""
    lines = server.python(WRITE.format(folders=FOLDERS), "--user=0:0").splitlines()
    assert lines == [f"{folder} Read-only file system" for folder in FOLDERS]


def test_tmp_can_be_written_to(server: Container) -> None:
    """It is the only place for a model from S3."""
    assert server.python(WRITE.format(folders=("/tmp",))) == "/tmp written"


def test_tmp_that_an_image_does_not_declare_is_root_s() -> None:
    """As on Fargate, so that this test fails if the VOLUME line is lost."""
    write = "open('/tmp/x', 'w')"
    with pytest.raises(subprocess.CalledProcessError) as caught:
        podman("run", "--rm", "--user=10001", *PLACE, *BOUNDS, *tmp_of(BASE), BASE, "python3", "-c", write)
    assert "Permission denied" in str(caught.value.stderr)


def test_mounted_tmp_keeps_the_image_s_mode(start: Start, s3: S3) -> None:
    """As in a task, a volume at /tmp can be written by the image's user, and a model fits."""
    environment = {**s3.environment, "MODEL_URI": "s3://models/test/1"}
    container = start(environment=environment, options=["--volume=/tmp"]).ready()
    tell = "import os; it = os.stat('/tmp'); print(oct(it.st_mode), os.path.ismount('/tmp'))"
    assert container.python(tell) == "0o41777 True"
    assert container.python(WRITE.format(folders=("/tmp",))) == "/tmp written"


def test_no_shell_is_needed(start: Start, model: Model) -> None:
    """The server runs where no shell can be executed."""
    hidden = [f"--volume=/dev/null:/usr/bin/{shell}:ro" for shell in ("dash", "bash")]
    container = start(environment={"MODEL_URI": "/model"}, options=[model.mount, *hidden]).ready()
    with pytest.raises(subprocess.CalledProcessError):
        container.python("import subprocess; subprocess.run('true', shell=True, check=True)")
    assert container.get("/?uid=20")[0] == 200
