"""The days after an apply: status, logs, scaling, rollbacks by hand and after a failure, in this order."""

import json
import signal
import subprocess
import time
from typing import Any

import httpx
import pytest

from tests.e2e.conftest import Clone

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(900), pytest.mark.usefixtures("attached")]

SERVICE = "services.recommender"
# Enough rounds to distinguish good from bad.
QUICK = [f"{SERVICE}.smoke.attempts=3", f"{SERVICE}.rollout.drain_seconds=1"]
NEWER = f"{SERVICE}.model={{name: movielens, version: '7'}}"
BROKEN = f'{SERVICE}.command=["python", "-c", "raise SystemExit(3)"]'
WRONG = f'{SERVICE}.smoke.requests=[{{path: "/?uid=20", status: 404}}]'
AUTO = "rollback=auto"


@pytest.fixture(scope="module")
def first(clone: Clone) -> str:
    """Apply for the first time; return the model that it serves."""
    clone.overrides += QUICK
    applied = clone.wrapper("apply", "dev")
    assert applied.returncode == 0, applied.stderr
    assert "Record the release  release 1" in applied.stderr
    return str(clone.get("/health").json()["model"])


def releases(clone: Clone) -> list[dict[str, Any]]:
    answer = clone.wrapper("releases", "dev", "--json")
    assert answer.returncode == 0, answer.stderr
    found: list[dict[str, Any]] = json.loads(answer.stdout)
    return found


def test_an_apply_that_changes_nothing_makes_no_release(clone: Clone, first: str) -> None:
    """The only release is running; it has its author, and says that this copy has no commit."""
    again = clone.wrapper("apply", "dev")
    assert "release 1, as before" in again.stderr
    (only,) = releases(clone)
    assert (only["number"], only["running"], only["commit"]) == (1, True, None)
    assert "@" in only["who"]


def test_status_tells_what_runs(clone: Clone, first: str) -> None:
    """It shows two tasks, two targets, the model and the release."""
    seen = json.loads(clone.wrapper("status", "dev", "--json").stdout)
    assert (seen["ok"], seen["url"], seen["release"]["number"]) == (True, clone.url, 1)
    text = clone.wrapper("status", "dev").stdout
    for word in ("2/2 running", "2/2 healthy", first, clone.url):
        assert word in text


def test_logs_are_those_of_the_containers(clone: Clone, first: str) -> None:
    """There are lines of both tasks; a search for a text that no task wrote finds nothing."""
    said = [json.loads(line) for line in clone.wrapper("logs", "dev", "--json").stdout.splitlines()]
    assert len({line["task"] for line in said}) == 2
    assert clone.wrapper("logs", "dev", "recommender", "--grep", "nobody said this").stdout == ""


def test_scale_changes_the_number_and_terraform_agrees(clone: Clone, first: str) -> None:
    """Three tasks are healthy afterwards, and a plan does not want to remove one."""
    scaled = clone.wrapper("scale", "dev", "recommender", "3")
    assert scaled.returncode == 0, scaled.stderr
    assert "3/3 healthy" in clone.wrapper("status", "dev").stdout
    assert clone.wrapper("plan", "dev", "--detailed-exitcode").returncode == 0
    assert clone.wrapper("scale", "dev", "recommender", "2").returncode == 0


def test_what_is_paused_stays_so_until_it_is_resumed(clone: Clone, first: str) -> None:
    """No task answers, a plan is empty, an apply leaves it paused, and a resume brings both tasks back."""
    paused = clone.wrapper("pause", "dev", "--json")
    assert json.loads(paused.stdout) == [{"service": "recommender", "before": 2, "after": 0}]
    assert "paused" in clone.wrapper("status", "dev").stdout
    assert clone.wrapper("plan", "dev", "--detailed-exitcode").returncode == 0
    applied = clone.wrapper("apply", "dev")
    assert applied.returncode == 0, applied.stderr
    assert "without tasks now: recommender" in applied.stderr
    assert clone.get("/?uid=20").status_code == 503
    resumed = clone.wrapper("resume", "dev")
    assert resumed.stdout == "recommender: 2 tasks, 0 before\n"
    assert clone.get("/?uid=20").status_code == 200


def test_output_and_open_lead_to_the_answer(clone: Clone, first: str) -> None:
    """`output` gives a script the URL, and `open` gives a person a page that answers."""
    assert json.loads(clone.wrapper("output", "dev", "--json").stdout)["url"] == clone.url
    page = clone.wrapper("open", "dev").stdout.strip()
    assert httpx.get(page, timeout=5).status_code == 200


def test_smoke_alone_tells_good_from_bad(clone: Clone, first: str) -> None:
    """It ends with 0 for what apply verified, and with 7 and the check's name for something else."""
    assert clone.wrapper("smoke", "dev").returncode == 0
    bad = clone.wrapper("smoke", "dev", overrides=[WRONG])
    assert bad.returncode == 7
    assert "GET /?uid=20" in bad.stderr


@pytest.mark.parametrize("words", [("status", "dev", "--watch"), ("logs", "dev", "-f")])
def test_ctrl_c_ends_what_watches(clone: Clone, first: str, words: tuple[str, ...]) -> None:
    """The exit code is 130, without a message: this is the usual way to end them."""
    process = subprocess.Popen(
        clone.command(*words), cwd=clone.root, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    assert process.stdout.readline()
    process.send_signal(signal.SIGINT)
    _, told = process.communicate(timeout=60)
    assert process.returncode == 130
    assert told.strip() == ""


def test_a_newer_model_is_a_newer_release(clone: Clone, first: str) -> None:
    """A newly trained model is published and applied as release 2."""
    artifact = str(clone.root / "build" / "7")
    trained = clone.run(
        *("-m", "service.train", "--sample", "--seed", "7"),
        *("--out", artifact, "--name", "movielens", "--version", "7"),
    )
    assert trained.returncode == 0, trained.stderr
    assert clone.wrapper("model", "publish", "dev", artifact).returncode == 0
    assert clone.wrapper("apply", "dev", overrides=[NEWER]).returncode == 0
    answers = json.loads(clone.wrapper("model", "diff", "dev", "1", "movielens/7", "--json").stdout)
    assert f"{answers['old']['name']}/{answers['old']['version']}" == first
    assert answers["users"]["both"] == answers["users"]["old"] > 0
    assert [(each["number"], each["running"]) for each in releases(clone)] == [(2, True), (1, False)]


def test_an_unknown_release_is_told_with_the_nearest(clone: Clone, first: str) -> None:
    """Nothing is changed."""
    refused = clone.wrapper("rollback", "dev", "99")
    assert refused.returncode == 3
    assert "got 99; the nearest is 2" in refused.stderr


def test_rollback_brings_the_model_back_without_a_lost_request(clone: Clone, first: str) -> None:
    """The former model answers, every request meanwhile was answered, and it is recorded as a new release."""
    process = subprocess.Popen(
        clone.command("rollback", "dev", overrides=[NEWER]),
        cwd=clone.root,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    )
    answers = []
    while process.poll() is None:
        answers.append(clone.get("/?uid=20").status_code)
        time.sleep(0.02)
    _, told = process.communicate()
    assert process.returncode == 0, told
    assert set(answers) == {200}
    assert clone.get("/health").json()["model"] == first
    newest = releases(clone)[0]
    assert (newest["number"], newest["back_to"], newest["running"]) == (3, 1, True)


def test_a_failed_roll_out_goes_back_by_itself(clone: Clone, first: str) -> None:
    """With `rollback: auto` the last release runs again, verified; the exit code is the failure's."""
    failed = clone.wrapper("apply", "dev", overrides=[AUTO, BROKEN, NEWER])
    assert failed.returncode == 6, failed.stderr
    assert "Release 3 runs again and answers as it should." in failed.stderr
    assert "exit code 3" in failed.stderr
    assert clone.get("/health").json()["model"] == first
    assert [(each["number"], each["back_to"]) for each in releases(clone)[:2]] == [(4, 3), (3, 1)]


def test_a_bad_smoke_test_goes_back_by_itself(clone: Clone, first: str) -> None:
    """A version that runs but does not answer as declared is rolled back as well, and the exit code is 7."""
    failed = clone.wrapper("apply", "dev", overrides=[AUTO, WRONG, NEWER])
    assert failed.returncode == 7, failed.stderr
    assert "Release 4 runs again and answers as it should." in failed.stderr
    assert clone.get("/health").json()["model"] == first
