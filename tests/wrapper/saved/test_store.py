"""A saved plan as files."""

import json
import os
from dataclasses import replace
from pathlib import Path

import pytest

from wrapper.delivery.contents import Contents
from wrapper.delivery.saved import Origin, Record, read, save, take
from wrapper.delivery.saved.record import FORMAT
from wrapper.environment import Limits
from wrapper.environment.release import JobRelease, ModelVersion, ServiceRelease
from wrapper.errors import ConfigError
from wrapper.image import Image
from wrapper.terraform import PlanFile
from wrapper.terraform.outputs import Bucket
from wrapper.terraform.plan import Summary
from wrapper.terraform.state import Position

DIGEST = f"sha256:{'a' * 64}"


def record() -> Record:
    model = ModelVersion(name="films", version="1", sha256="b" * 64)
    return Record(
        environment="dev",
        at="2026-01-02T03:04:05+00:00",
        origin=Origin(commit=None, inputs={"--set": "c" * 64}, versions={"terraform": "1.11.4"}),
        states={"foundation": Position(lineage="x", serial=1), "app": None},
        contents=Contents(
            images={"web": Image(reference=f"r@{DIGEST}", digest=DIGEST, kind="built", pushed=False)},
            releases={
                "web": ServiceRelease(
                    image=f"r@{DIGEST}",
                    repository_arn=None,
                    model=model,
                    desired_count=2,
                    limits=Limits(0, 0),
                )
            },
            jobs={"train": JobRelease(image=f"r@{DIGEST}", repository_arn="arn:r")},
            model_bucket=Bucket(name="films", arn="arn:aws:s3:::films"),
        ),
        allow={"data-loss": "moved"},
    )


def plans(folder: Path) -> list[PlanFile]:
    folder.mkdir(exist_ok=True)
    for stack in ("foundation", "app"):
        (folder / stack).write_bytes(stack.encode())
    return [
        PlanFile(stack=stack, path=folder / stack, has_changes=stack == "app", summary=Summary(add=2))
        for stack in ("foundation", "app")
    ]


def test_a_saved_plan_comes_back_as_it_was(tmp_path: Path) -> None:
    """The whole record can be read again, and each file by its path."""
    out = tmp_path / "out"
    written = save(out, record(), plans(tmp_path / "work"))
    assert read(out) == written
    found, problems = take(out, written, work=tmp_path / "own")
    assert problems == []
    assert [(each.stack, each.has_changes, each.path.read_bytes()) for each in found] == [
        ("foundation", False, b"foundation"),
        ("app", True, b"app"),
    ]


def test_a_plan_file_is_for_its_owner_alone(tmp_path: Path) -> None:
    """It contains secrets in plain text."""
    save(tmp_path / "out", record(), plans(tmp_path / "work"))
    assert (tmp_path / "out" / "app.tfplan").stat().st_mode & 0o077 == 0


def test_what_was_compared_is_what_is_applied(tmp_path: Path) -> None:
    """It is a private copy: replacing the saved file or a link afterwards changes nothing."""
    out, own = tmp_path / "out", tmp_path / "own"
    written = save(out, record(), plans(tmp_path / "work"))
    elsewhere = tmp_path / "elsewhere"
    elsewhere.write_bytes(b"before")
    (own / "app").mkdir(parents=True)
    (own / "app" / f"saved-{os.getpid()}.tfplan").symlink_to(elsewhere)
    found, _ = take(out, written, work=own)
    (out / "app.tfplan").write_bytes(b"another")
    [app] = [each.path for each in found if each.stack == "app"]
    assert app.read_bytes() == b"app"
    assert (app.stat().st_mode & 0o777, app.parent.stat().st_mode & 0o777) == (0o600, 0o700)
    assert elsewhere.read_bytes() == b"before"


def test_an_inexact_plan_leaves_no_file_that_could_be_applied(tmp_path: Path) -> None:
    """A file of an earlier plan is deleted, too."""
    save(tmp_path / "out", record(), plans(tmp_path / "work"))
    save(tmp_path / "out", replace(record(), inexact=("web: not built yet.",)), plans(tmp_path / "work"))
    assert [path.name for path in (tmp_path / "out").iterdir()] == ["plan.json"]


def test_a_file_that_is_another_or_gone_is_told(tmp_path: Path) -> None:
    """One message names both."""
    written = save(tmp_path / "out", record(), plans(tmp_path / "work"))
    (tmp_path / "out" / "app.tfplan").write_bytes(b"apq")
    (tmp_path / "out" / "foundation.tfplan").unlink()
    assert take(tmp_path / "out", written, work=tmp_path / "own")[1] == [
        "foundation.tfplan is missing in the folder.",
        "app.tfplan must be the file that was saved, got another.",
    ]


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (None, "plan.json must be what plan --out writes, got No such file or directory."),
        ("[", "plan.json must be what plan --out writes, got no JSON"),
        ("{}", "plan.json must be what plan --out writes, got environment: Field required."),
    ],
)
def test_something_else_is_no_saved_plan(tmp_path: Path, content: str | None, told: str) -> None:
    """The message names the file and its problem."""
    if content is not None:
        (tmp_path / "plan.json").write_text(content)
    with pytest.raises(ConfigError) as caught:
        read(tmp_path)
    assert told in caught.value.problems[0]


def test_a_record_of_a_later_format_is_refused(tmp_path: Path) -> None:
    """Its keys may have another meaning."""
    save(tmp_path, record(), plans(tmp_path / "work"))
    document = json.loads((tmp_path / "plan.json").read_text())
    (tmp_path / "plan.json").write_text(json.dumps(document | {"format": FORMAT + 1}))
    with pytest.raises(ConfigError, match=f"must have format {FORMAT}, got {FORMAT + 1}"):
        read(tmp_path)
