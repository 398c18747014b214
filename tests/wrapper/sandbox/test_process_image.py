import io
import json
import os
import shutil
import tarfile
from pathlib import Path
from typing import Any

import pytest

from emulator.runtime.tree import write as tree_of
from tests.wrapper.sandbox.stage import Stage
from wrapper.errors import ArtifactError
from wrapper.image import process_image
from wrapper.image.process_format import KIND
from wrapper.image.registry import Login

DOCKERFILE = """
FROM python:3.13-slim AS serve
ENV A=1
WORKDIR /app
COPY service ./service
ENTRYPOINT ["python", "-m", "service"]
"""


@pytest.fixture
def context(tmp_path: Path) -> Path:
    folder = tmp_path / "context"
    (folder / "service").mkdir(parents=True)
    (folder / "Dockerfile").write_text(DOCKERFILE)
    (folder / "service" / "__main__.py").write_text("print('hello')\n")
    (folder / "notes.md").write_text("not copied\n")
    return folder


def digest(context: Path) -> str:
    return process_image.build(context, "Dockerfile", None).digest


def test_same_sources_have_the_same_digest(context: Path, tmp_path: Path) -> None:
    """Neither the clone's place nor the files' times matter."""
    copy = tmp_path / "elsewhere"
    shutil.copytree(context, copy)
    os.utime(copy / "service" / "__main__.py", (1, 1))
    assert digest(context) == digest(copy)


def test_what_is_not_copied_does_not_matter(context: Path) -> None:
    """Only files of the stage are part of the image."""
    before = digest(context)
    (context / "notes.md").write_text("other words\n")
    assert digest(context) == before


def test_changed_file_changes_the_digest(context: Path) -> None:
    """Other content is another image."""
    before = digest(context)
    (context / "service" / "__main__.py").write_text("print('bye')\n")
    assert digest(context) != before


def test_changed_command_changes_the_digest(context: Path) -> None:
    """Another command is another image."""
    before = digest(context)
    (context / "Dockerfile").write_text(DOCKERFILE.replace("-m", "-um"))
    assert digest(context) != before


def test_executable_bit_is_kept(context: Path) -> None:
    """An executable file stays executable in the image."""
    (context / "service" / "__main__.py").chmod(0o755)
    layer = process_image.build(context, "Dockerfile", None).layer
    with tarfile.open(fileobj=io.BytesIO(layer)) as archive:
        assert {member.name: member.mode for member in archive} == {"app/service/__main__.py": 0o755}


def test_ignored_file_is_not_in_the_image(context: Path) -> None:
    """What .dockerignore excludes stays out."""
    (context / "service" / "junk.pyc").write_text("x")
    before = digest(context)
    (context / "service" / "junk.pyc").unlink()
    (context / ".dockerignore").write_text("**/*.pyc\n")
    without = digest(context)
    (context / "service" / "junk.pyc").write_text("x")
    assert digest(context) == without != before


def test_config_tells_what_runs(context: Path) -> None:
    """The image's configuration is the stage's, with the label of a process image."""
    config = json.loads(process_image.build(context, "Dockerfile", "serve").config)["config"]
    assert config["Entrypoint"] == ["python", "-m", "service"]
    assert (config["Env"], config["WorkingDir"]) == (["A=1"], "/app")
    assert KIND in config["Labels"]


def unpacked(context: Path) -> Path:
    """Unpack the packed image, as the sandbox does for a task."""
    tree = context.parent / "tree"
    tree_of([process_image.build(context, "Dockerfile", None).layer], tree)
    return tree


def test_links_stay_links(context: Path, tmp_path: Path) -> None:
    """Links to a file, a folder or nothing are kept; files outside the context are not in the image."""
    (tmp_path / "secret").write_text("content")
    service = context / "service"
    (service / "data").mkdir()
    (service / "data" / "a.txt").write_text("a")
    for name, said in {
        "file": "data/a.txt",
        "folder": "data",
        "nothing": "gone",
        "itself": "itself",
        "up": "../../secret",
        "far": str(tmp_path / "secret"),
        "absolute": "/app/service/data/a.txt",
    }.items():
        (service / name).symlink_to(said)
    layer = process_image.build(context, "Dockerfile", None).layer
    assert b"secret" not in layer.replace(b"../../secret", b"").replace(
        str(tmp_path / "secret").encode(), b""
    )
    there = unpacked(context) / "app" / "service"
    assert all((there / name).is_symlink() for name in ("file", "folder", "nothing", "up", "far", "absolute"))
    assert [(there / name).read_text() for name in ("file", "folder/a.txt", "absolute")] == ["a", "a", "a"]
    assert not any((there / name).exists() for name in ("nothing", "up", "far"))


def test_link_is_part_of_what_an_image_is(context: Path) -> None:
    """Another link makes another image; a target outside the context doesn't matter."""
    link = context / "service" / "link"
    link.symlink_to("one")
    before = digest(context)
    link.unlink()
    link.symlink_to("two")
    assert digest(context) != before


@pytest.mark.parametrize("said", ["service", "/service", "../../../service", "./notes/../service"])
def test_link_that_copy_names_stands_for_what_it_leads_to(context: Path, said: str) -> None:
    """As in Docker, it is followed inside the context, and never leaves it."""
    (context / "notes").mkdir()
    (context / "link").symlink_to(said)
    (context / "main").symlink_to("link/__main__.py")
    copies = "COPY link ./service\nCOPY main link/__main__.py ./named/\nCOPY ma*n ./matched/"
    (context / "Dockerfile").write_text(DOCKERFILE.replace("COPY service ./service", copies))
    app = unpacked(context) / "app"
    held = {str(path.relative_to(app)) for path in app.rglob("*") if path.is_file() and not path.is_symlink()}
    assert held == {"service/__main__.py", "named/main", "named/__main__.py", "matched/main"}


@pytest.mark.parametrize("said", ["../secret", "gone", "link"])
def test_link_that_copy_names_and_that_leads_nowhere(context: Path, tmp_path: Path, said: str) -> None:
    """Outside the context there is no file."""
    (tmp_path / "secret").write_text("secret")
    (context / "link").symlink_to(said)
    (context / "Dockerfile").write_text(DOCKERFILE.replace("COPY service ./service", "COPY link ."))
    with pytest.raises(ArtifactError, match="link is missing in the build context"):
        process_image.build(context, "Dockerfile", None)


def test_push_and_push_again(stage: Stage, context: Path) -> None:
    """The registry has the image by tag and digest; a second push sends nothing."""
    ecr = stage.client("ecr")
    ecr.create_repository(repositoryName="push/again", imageTagMutability="IMMUTABLE")
    image = process_image.build(context, "Dockerfile", None)
    place: Any = {"login": stage.login, "repository": "push/again", "tag": "one"}
    assert process_image.push(image, **place)
    found = ecr.describe_images(repositoryName="push/again", imageIds=[{"imageTag": "one"}])["imageDetails"]
    assert found[0]["imageDigest"] == image.digest
    assert not process_image.push(image, **place)


def test_push_to_an_immutable_tag(stage: Stage, context: Path) -> None:
    """The registry refuses a tag that names another image, in its own words."""
    stage.client("ecr").create_repository(repositoryName="push/other", imageTagMutability="IMMUTABLE")
    place: Any = {"login": stage.login, "repository": "push/other", "tag": "one"}
    process_image.push(process_image.build(context, "Dockerfile", None), **place)
    (context / "service" / "__main__.py").write_text("print('bye')\n")
    with pytest.raises(ArtifactError, match="tag 'one' is immutable"):
        process_image.push(process_image.build(context, "Dockerfile", None), **place)


def test_push_to_a_missing_repository(stage: Stage, context: Path) -> None:
    """The message names the missing repository."""
    image = process_image.build(context, "Dockerfile", None)
    with pytest.raises(ArtifactError, match="push/nowhere"):
        process_image.push(image, login=stage.login, repository="push/nowhere", tag="one")


def test_push_where_nobody_answers(context: Path) -> None:
    """A registry that doesn't answer gives one clear error."""
    image = process_image.build(context, "Dockerfile", None)
    with pytest.raises(ArtifactError, match=r"the registry at 127\.0\.0\.1:1 does not answer"):
        process_image.push(image, login=Login("127.0.0.1:1", "x"), repository="a", tag="one")
