"""Attestations of an image, checked by CycloneDX's schema and in-toto's own message types."""

import hashlib
import json
import subprocess
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest
from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator
from google.protobuf import json_format
from in_toto_attestation.predicates.provenance.v1 import provenance_pb2
from in_toto_attestation.v1 import statement_pb2
from in_toto_attestation.v1.statement import Statement
from packageurl import PackageURL

from wrapper.environment import Image as Source
from wrapper.image.attestation import PROVENANCE, SBOM, Build, attest

URL = "123456789012.dkr.ecr.eu-west-1.amazonaws.com/shop-prod/web"
HEX = "a" * 64
LOCK = """\
click==8.5.1 \\
    --hash=sha256:00
colorama==0.4.6 ; sys_platform == 'win32' \\
    --hash=sha256:00
Uvloop==0.22.1 ; sys_platform != 'win32' \\
    --hash=sha256:00
arm-only==1 ; platform_machine == 'aarch64'
"""


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A build context whose Dockerfile copies one lock file by name."""
    (tmp_path / "web.lock").write_text(LOCK)
    (tmp_path / "app.py").write_text("print(1)\n")
    (tmp_path / "Dockerfile").write_text(
        f'FROM python:3.13-slim@sha256:{HEX}\nCOPY web.lock app.py ./\nCMD ["python", "app.py"]\n'
    )
    return tmp_path


def documents(root: Path, environ: dict[str, str] | None = None, **changed: Any) -> dict[str, Any]:
    build = Build(
        source=Source(context=".", **changed),
        root=root,
        repository_url=URL,
        digest=f"sha256:{HEX}",
        builder="podman 5.4.2",
        started=datetime(2026, 11, 30, 1, 2, 3, tzinfo=timezone(timedelta(hours=1))),
        finished=datetime(2026, 11, 30, 0, 3, 0, tzinfo=UTC),
    )
    return {each.kind: json.loads(each.content) for each in attest(build, environ=environ or {})}


def test_the_bill_is_what_the_standard_says(root: Path) -> None:
    """It is valid by CycloneDX's own strict schema."""
    bill = documents(root)[SBOM]
    assert JsonStrictValidator(SchemaVersion.V1_6).validate_str(json.dumps(bill)) is None


def test_the_bill_lists_what_the_image_has(root: Path) -> None:
    """It has the locked packages for its platform, its base, and the image itself by its digest."""
    bill = documents(root)[SBOM]
    found = [PackageURL.from_string(each["purl"]) for each in bill["components"]]
    assert {(each.type, each.name, each.version) for each in found} == {
        ("docker", "python", f"sha256:{HEX}"),
        ("pypi", "click", "8.5.1"),
        ("pypi", "uvloop", "0.22.1"),
    }
    image = PackageURL.from_string(bill["metadata"]["component"]["purl"])
    assert (image.type, image.name, image.version) == ("oci", "web", f"sha256:{HEX}")
    [needs] = [each for each in bill["dependencies"] if "dependsOn" in each]
    assert len(needs["dependsOn"]) == 3


def test_other_processors_have_other_packages(root: Path) -> None:
    """Environment markers are evaluated for the image's platform, not for the building machine's."""
    names = {each["name"] for each in documents(root, architecture="arm64")[SBOM]["components"]}
    assert names == {"python", "Uvloop", "click", "arm-only"}


def test_an_image_without_a_lock_has_its_base(root: Path) -> None:
    """Packages that RUN installs in another way are unknown."""
    (root / "Dockerfile").write_text("FROM python:3.13-slim\nCOPY . .\n")
    [base] = documents(root)[SBOM]["components"]
    assert (base["name"], base["version"]) == ("python", "3.13-slim")


def test_the_provenance_is_what_the_standard_says(root: Path) -> None:
    """The message types of in-toto and SLSA accept it; they refuse unknown fields."""
    document = documents(root, GITHUB)[PROVENANCE]
    statement = json_format.Parse(json.dumps(document), statement_pb2.Statement())
    Statement.copy_from_pb(statement).validate()
    assert document["predicateType"] == "https://slsa.dev/provenance/v1"
    json_format.Parse(json.dumps(document["predicate"]), provenance_pb2.Provenance())


def test_the_provenance_tells_what_it_was_made_from(root: Path) -> None:
    """It has the digests of image, context, base and lock file, and the time in UTC."""
    document = documents(root)[PROVENANCE]
    assert document["subject"] == [{"name": URL, "digest": {"sha256": HEX}}]
    made = document["predicate"]["buildDefinition"]
    context, base, lock = made["resolvedDependencies"]
    assert context["name"] == "context"
    assert len(context["digest"]["sha256"]) == 64
    assert base == {"name": "base", "uri": "docker://python:3.13-slim", "digest": {"sha256": HEX}}
    assert lock == {"name": "web.lock", "digest": {"sha256": hashlib.sha256(LOCK.encode()).hexdigest()}}
    assert document["predicate"]["runDetails"] == {
        "builder": {"id": "urn:fargate-recommender:by-hand"},
        "metadata": {"startedOn": "2026-11-30T00:02:03Z", "finishedOn": "2026-11-30T00:03:00Z"},
    }


def test_the_provenance_names_the_commit(root: Path) -> None:
    """It says whether the built content differs from the commit."""
    for words in (["init", "-q"], ["add", "."], ["commit", "-qm", "x"]):
        names = ["-c", "user.name=a", "-c", "user.email=a@example.com"]
        subprocess.run(["git", "-C", str(root), *names, *words], check=True)
    commit = documents(root)[PROVENANCE]["predicate"]["buildDefinition"]["resolvedDependencies"][1]
    assert commit["name"] == "commit"
    assert len(commit["digest"]["gitCommit"]) == 40
    assert "annotations" not in commit
    (root / "app.py").write_text("print(2)\n")
    commit = documents(root)[PROVENANCE]["predicate"]["buildDefinition"]["resolvedDependencies"][1]
    assert commit["annotations"] == {"dirty": True}


GITHUB = {
    "GITHUB_SERVER_URL": "https://github.example",
    "GITHUB_REPOSITORY": "example/shop",
    "GITHUB_WORKFLOW_REF": "example/shop/.github/workflows/apply.yml@refs/heads/main",
    "GITHUB_RUN_ID": "7",
    "GITHUB_RUN_ATTEMPT": "2",
}


def test_a_workflow_is_the_builder(root: Path) -> None:
    """It has the workflow's file and ref, and the address of the run."""
    details = documents(root, GITHUB)[PROVENANCE]["predicate"]["runDetails"]
    assert details["builder"]["id"] == f"https://github.example/{GITHUB['GITHUB_WORKFLOW_REF']}"
    run = "https://github.example/example/shop/actions/runs/7/attempts/2"
    assert details["metadata"]["invocationId"] == run
