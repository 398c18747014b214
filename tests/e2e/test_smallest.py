"""The smallest file of docs/environments.md deploys a service, and so does the output of `config` for it."""

import json
import subprocess
from contextlib import closing

import pytest
import yaml

from tests.e2e.conftest import Clone
from tests.wrapper.environment.test_defaults import smallest
from wrapper.image import Side, attestation, repository_at

pytestmark = pytest.mark.e2e

# The clone destroys this one in any case.
NAME = "dev"


@pytest.fixture(scope="module")
def applied(clone: Clone) -> subprocess.CompletedProcess[str]:
    """Apply the file from the page for the first time, with ports of its own."""
    (clone.root / "environments" / f"{NAME}.yaml").write_text(smallest())
    return clone.wrapper("apply", NAME, "--json")


def test_smallest_file_is_deployed_and_verified(
    clone: Clone, applied: subprocess.CompletedProcess[str]
) -> None:
    """Two tasks answer, and the file needs no other key."""
    assert applied.returncode == 0, applied.stderr
    verdict = json.loads(applied.stdout)
    assert (verdict["ok"], verdict["url"]) == (True, clone.url)
    assert clone.get("/?uid=20").status_code == 200
    assert "2/2 healthy" in clone.wrapper("status", NAME).stdout


def test_what_is_in_the_image_is_kept_and_attached(clone: Clone, applied: object) -> None:
    """The list of packages is in the state bucket with the release, and in the registry with the image."""
    aws = clone.aws(NAME)
    [bucket] = [each["Name"] for each in aws.s3.list_buckets()["Buckets"] if "-state-" in str(each["Name"])]
    release = json.loads(aws.s3.get_object(Bucket=bucket, Key="releases/000001.json")["Body"].read())
    [service] = release["services"].values()
    url, _, digest = service["image"].partition("@")
    bill, provenance = attestation.find(aws, bucket=bucket, digest=digest)
    assert "fastapi" in {each["name"] for each in json.loads(bill.content)["components"]}
    assert json.loads(provenance.content)["subject"][0]["digest"] == {"sha256": digest.partition(":")[2]}
    side = Side(aws, f"127.0.0.1:{clone.port}")
    with closing(repository_at(side, url)) as repository:
        listed = repository.tagged(digest.replace(":", "-")).manifests
        assert len([repository.manifest(each) for each in listed]) == 2


def test_its_defaults_written_out_change_nothing(clone: Clone, applied: object) -> None:
    """With the file that `config` prints, Terraform's plan is empty."""
    told = clone.wrapper("config", NAME)
    assert told.returncode == 0, told.stderr
    (clone.root / "environments" / f"{NAME}.yaml").write_text(told.stdout)
    again = clone.wrapper("apply", NAME, "--json")
    assert again.returncode == 0, again.stderr
    assert json.loads(again.stdout)["changes"] == 0


def test_a_file_that_no_apply_takes_is_destroyed(clone: Clone, applied: object) -> None:
    """Destroy works despite an unknown key, and despite a value that breaks a rule of the stacks."""
    file = clone.root / "environments" / f"{NAME}.yaml"
    data = yaml.safe_load(file.read_text())
    [service] = data["services"].values()
    service["route"] = {"hosts": ["Not A Host"]}
    file.write_text(yaml.safe_dump({**data, "netwrok": {}}))
    refused = clone.wrapper("apply", NAME)
    assert refused.returncode == 3, refused.stderr
    destroyed = clone.wrapper("destroy", NAME, "--yes")
    assert destroyed.returncode == 0, destroyed.stderr
    assert "netwrok: unknown key" in destroyed.stderr
    assert "nothing is left" in destroyed.stdout
    work = clone.root / ".wrapper" / NAME
    assert [path for path in work.rglob("*") if path.suffix in {".tfvars", ".tfplan"}] == []
