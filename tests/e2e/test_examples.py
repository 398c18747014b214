"""All examples in one environment, which is a preview: deployed, asked, and destroyed."""

import json
import shutil
import subprocess
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
import yaml

from tests.e2e.conftest import ROOT, Clone
from tests.wrapper.sandbox.stage import eventually

pytestmark = pytest.mark.e2e

EXAMPLES = ROOT / "examples"
SERVICES = ("digits", "boost", "tabular")
# The keys with which the commands sign, and the sandbox's address.
NAME = "pr-12"
AS = ("examples", "--as", NAME)
needs_r = pytest.mark.skipif(
    shutil.which("Rscript") is None, reason="the batch example is R: apt-get install r-base-core"
)


def composed() -> dict[str, Any]:
    """Combine the examples' own files, without the batch job if R is missing."""
    files = [yaml.safe_load((EXAMPLES / name / "environment.yaml").read_text()) for name in SERVICES]
    services = {name: each for file in files for name, each in file["services"].items()}
    jobs = yaml.safe_load((EXAMPLES / "batch" / "jobs.yaml").read_text()) if shutil.which("Rscript") else {}
    return {**files[0], "services": services, **jobs}


@pytest.fixture(scope="module")
def made(clone: Clone) -> Iterator[Clone]:
    (clone.root / "environments" / "examples.yaml").write_text(yaml.safe_dump(composed()))
    # One task of each is enough to answer; the classifier has its two.
    clone.overrides += [f"services.{name}.scaling.min=1" for name in ("wine", "diabetes")]
    try:
        yield clone
    finally:
        clone.wrapper("sandbox", "down", *AS)


@pytest.fixture(scope="module")
def applied(made: Clone, attached: None) -> subprocess.CompletedProcess[str]:
    """Apply with the script that the workflow of previews calls; the job's secret is an existing one."""
    assert made.wrapper("sandbox", "up", *AS).returncode == 0
    made.aws(NAME).ssm.put_parameter(Name="report-token", Value="t0ken", Type="SecureString")
    return made.script(".ci/deliver", "up", "examples", "preview", "--as", NAME)


def post(clone: Clone, host: str | None, **body: Any) -> httpx.Response:
    return httpx.post(f"{clone.url}/predict", headers={"Host": host} if host else {}, timeout=10, **body)


def test_all_of_them_are_deployed_as_a_preview(
    made: Clone, applied: subprocess.CompletedProcess[str]
) -> None:
    """The first apply succeeds, under the preview's name alone."""
    assert applied.returncode == 0, applied.stderr
    assert "PASS" in applied.stdout
    assert made.url in (made.root / "preview" / "preview.md").read_text()
    clusters = made.aws(NAME).ecs.list_clusters()["clusterArns"]
    assert [arn.rpartition("/")[2] for arn in clusters] == [f"pictures-{NAME}"]
    told = json.loads(made.run("-m", "wrapper", "list", "examples", "--json").stdout)
    assert [(each["name"], each["since"] is not None, each["url"]) for each in told] == [
        ("examples", False, None),
        (NAME, True, made.url),
    ]


def test_a_picture_is_classified(made: Clone, applied: object) -> None:
    """`curl -F image=@digit.png` gets an answer by the host alone; a file that is no picture gets a 4xx."""
    picture = (EXAMPLES / "digits" / "digit.png").read_bytes()
    answer = post(made, "resnet.example.com", files={"image": ("digit.png", picture)})
    assert (answer.status_code, answer.json()) == (200, {"digit": 4})
    assert post(made, "resnet.example.com", files={"image": ("digit.png", b"no")}).status_code == 400


def test_a_second_model_answers_at_its_own_host(made: Clone, applied: object) -> None:
    """The load balancer routes by the host name to the boosted trees."""
    wine = {"alcohol": 12.37, "color_intensity": 1.95, "proline": 520}
    answer = post(made, "catboost.example.com", json=wine)
    assert (answer.status_code, answer.json()["grower"]) == (200, 1)


def test_a_model_file_from_the_store_answers_everything_else(made: Clone, applied: object) -> None:
    """The published file was verified and put beside the app; a row without a value is refused."""
    row = composed()["services"]["diabetes"]["smoke"]["requests"][0]["body"]
    answer = post(made, None, json={**row, "bmi": 30.1})
    assert answer.json() == {"progression": 194.9, "model": "diabetes/1"}
    del row["bmi"]
    assert post(made, None, json=row).json() == {"error": "the row must have bmi"}
    told = made.wrapper(
        *("model", "publish", "examples", "examples/tabular/model.json", "--as", NAME),
        *("--name", "diabetes", "--version", "2"),
    )
    assert told.returncode == 0, told.stderr
    assert told.stdout.startswith("diabetes/2 sha256 ")


@needs_r
def test_a_batch_script_runs_by_hand_on_a_schedule_and_on_an_upload(made: Clone, applied: object) -> None:
    """It gets its variables, its secret and its log, and the name of the uploaded file."""
    by_hand = made.wrapper("run", "examples", "report", "--as", NAME)
    assert by_hand.returncode == 0, by_hand.stderr
    assert "fuel wt: -3.878" in by_hand.stdout + by_hand.stderr
    aws = made.aws(NAME)
    [schedule] = aws.scheduler.list_schedules()["Schedules"]
    found = aws.scheduler.get_schedule(Name=schedule["Name"], GroupName=schedule["GroupName"])
    assert found["ScheduleExpression"] == "cron(0 6 ? * MON-FRI *)"
    bucket = f"pictures-{NAME}-models-000000000000"
    aws.s3.put_object(Bucket=bucket, Key="uploads/cars.csv", Body=b"mpg,wt\n")
    words = ("logs", "examples", "report", "--as", NAME, "--grep", "started by")
    eventually(
        lambda: f"started by s3://{bucket}/uploads/cars.csv" in made.wrapper(*words).stdout, seconds=60
    )


def test_it_is_destroyed_with_proof_and_its_file_stays(made: Clone, applied: object) -> None:
    """Nothing has the preview's name any more, and its sandbox is deleted, too."""
    destroyed = made.script(".ci/deliver", "down", "examples", "preview", "--as", NAME)
    assert destroyed.returncode == 0, destroyed.stderr
    assert "nothing is left" in destroyed.stdout
    [own] = json.loads(made.run("-m", "wrapper", "list", "examples", "--json").stdout)
    assert (own["name"], own["since"]) == ("examples", None)
