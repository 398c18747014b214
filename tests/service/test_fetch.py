"""The program that copies a model's files to a folder, for containers without S3 code."""

import hashlib
import json
from io import StringIO
from pathlib import Path

import pytest

from service.fetch import main
from tests.service.s3 import S3

FILES = {"model.pkl": b"pickled", "variables/data-00000": b"weights" * 1000, "empty": b""}


def publish(s3: S3, prefix: str = "bucket/models/iris/2", **changes: bytes) -> dict[str, str]:
    """Upload a model, with `changes` by file after its manifest; return a container's settings."""
    pins = {
        name: {"sha256": hashlib.sha256(content).hexdigest(), "bytes": len(content)}
        for name, content in FILES.items()
    }
    manifest = json.dumps({"name": "iris", "version": "2", "files": pins}).encode()
    there = {**FILES, **{name.replace("__", "."): content for name, content in changes.items()}}
    s3.objects |= {f"{prefix}/{name}": content for name, content in there.items()}
    s3.objects[f"{prefix}/manifest.json"] = manifest
    sha256 = hashlib.sha256(manifest).hexdigest()
    return {**s3.environment, "MODEL_URI": f"s3://{prefix}", "MODEL_SHA256": sha256}


def found(folder: Path) -> dict[str, bytes]:
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file() and path.name != "manifest.json"
    }


def test_files_are_where_they_were(s3: S3, tmp_path: Path) -> None:
    """Files are copied with their folders, even empty ones, together with the manifest that lists them."""
    told = publish(s3)
    assert main([str(tmp_path)], {**told, "MODEL_CACHE_DIR": "/nowhere"}) == 0
    assert found(tmp_path) == FILES
    assert hashlib.sha256((tmp_path / "manifest.json").read_bytes()).hexdigest() == told["MODEL_SHA256"]


def test_what_the_pointer_names_is_fetched(s3: S3, tmp_path: Path) -> None:
    """A task that starts later fetches a later version, without a deployment."""
    told = publish(s3)
    pointer = {"version": "2", "manifest_sha256": told.pop("MODEL_SHA256")}
    s3.objects["bucket/models/iris/current.json"] = json.dumps(pointer).encode()
    told |= {"MODEL_URI": "s3://bucket/models/iris", "MODEL_MODE": "follow"}
    assert main([str(tmp_path)], told) == 0
    assert found(tmp_path) == FILES


def test_other_content_is_refused(s3: S3, tmp_path: Path) -> None:
    """If somebody replaces a file by one of the same size, the container does not get it."""
    told = publish(s3, model__pkl=b"PICKLED")
    log = StringIO()
    assert main([str(tmp_path)], told, log) == 1
    assert "model.pkl must have the sha256" in log.getvalue()
    assert not (tmp_path / "manifest.json").exists()


def test_another_manifest_is_refused(s3: S3, tmp_path: Path) -> None:
    """The deployment sets the manifest's sha256."""
    log = StringIO()
    assert main([str(tmp_path)], {**publish(s3), "MODEL_SHA256": "0" * 64}, log) == 1
    assert "manifest.json must have the sha256 0000" in log.getvalue()


@pytest.mark.parametrize("path", ["../evil", "/etc/evil", "a//b", "manifest.json"])
def test_manifest_that_leads_elsewhere_is_refused(s3: S3, tmp_path: Path, path: str) -> None:
    """Nothing is written outside the folder, and never over the manifest."""
    pin = {"sha256": "0" * 64, "bytes": 1}
    s3.objects["bucket/m/1/manifest.json"] = json.dumps({"files": {path: pin}}).encode()
    log = StringIO()
    assert main([str(tmp_path)], {**s3.environment, "MODEL_URI": "s3://bucket/m/1"}, log) == 1
    assert "must be a path below the folder" in log.getvalue()
    assert list(tmp_path.iterdir()) == []


def test_folder_that_cannot_be_written_is_told(s3: S3, tmp_path: Path) -> None:
    """If a file is in its place, there is one line of error."""
    (tmp_path / "file").touch()
    log = StringIO()
    assert main([str(tmp_path / "file")], publish(s3), log) == 1
    assert f"{tmp_path / 'file'} must be a folder that can be written" in log.getvalue()


@pytest.mark.parametrize(
    ("words", "told", "message"),
    [
        ([], {"MODEL_URI": "s3://b/m"}, "fetch must get one folder, got 0 words"),
        (["/m"], {}, "MODEL_URI: Field required"),
    ],
)
def test_wrong_settings_are_told(words: list[str], told: dict[str, str], message: str) -> None:
    """The exit code is 2, like the server's."""
    log = StringIO()
    assert main(words, told, log) == 2
    assert message in log.getvalue()
