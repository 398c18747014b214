"""An environment with names, a certificate, WAF and logs: applied, asked by its host name, destroyed."""

import json
import subprocess

import httpx
import pytest

from tests.e2e.conftest import Clone

pytestmark = [pytest.mark.e2e, pytest.mark.usefixtures("attached")]

HOST = "films.example.com"
ZONE = "Z0123456789ABCDEFGHIJ"
BUCKET = "recommender-dev-access-logs-000000000000"


@pytest.fixture(scope="module")
def applied(clone: Clone) -> subprocess.CompletedProcess[str]:
    """The first apply of a fresh clone whose only service has a host and no default route."""
    clone.overrides += [
        f"dns={{zone_id: {ZONE}, zone_name: example.com}}",
        f"services.recommender.route.hosts=[{HOST}]",
        "alb.waf={rate_limit: 2000}",
        "alb.access_logs={}",
        "network.flow_logs={}",
    ]
    return clone.wrapper("apply", "dev", "--json")


def test_named_service_is_verified_at_its_host(
    clone: Clone, applied: subprocess.CompletedProcess[str]
) -> None:
    """Every check of the smoke test passes, though the load balancer answers only for this host name."""
    assert applied.returncode == 0, applied.stderr
    verdict = json.loads(applied.stdout)
    assert (verdict["ok"], verdict["url"]) == (True, clone.url)
    assert httpx.get(f"{clone.url}/?uid=20", headers={"Host": HOST}).status_code == 200
    assert clone.get("/?uid=20").status_code == 404


def test_outputs_lead_to_the_sandbox(clone: Clone, applied: object) -> None:
    """The host's own URL does not lead to the sandbox, but the one that `output` prints does."""
    outputs = json.loads(clone.wrapper("output", "dev", "--json").stdout)
    assert outputs["services"]["recommender"]["url"] == clone.url


def test_second_apply_changes_nothing(clone: Clone, applied: object) -> None:
    """Names, certificate, web ACL and logs are unchanged, like everything else."""
    again = clone.wrapper("apply", "dev", "--json")
    assert again.returncode == 0, again.stderr
    assert json.loads(again.stdout)["changes"] == 0


def test_destroy_takes_the_records_and_the_logs_along(clone: Clone, applied: object) -> None:
    """The records in an existing zone and the objects in the bucket were counted, and nothing is left."""
    aws = clone.aws()
    aws.s3.put_object(Bucket=BUCKET, Key="AWSLogs/000000000000/a.log.gz", Body=b"x")
    done = clone.wrapper("destroy", "dev", "--yes", "--json")
    assert done.returncode == 0, done.stderr
    report = json.loads(done.stdout)
    assert {"record", "certificate", "web ACL", "flow log", "bucket"} <= {
        each["kind"] for each in report["before"]
    }
    assert (report["ok"], report["left"]) == (True, [])
