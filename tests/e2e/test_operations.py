"""The days after the first apply: a version that does not start, a model, a lock, a status page."""

import json
import signal
import subprocess
from pathlib import Path

import httpx
import pytest

from tests.e2e.conftest import Clone

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(900), pytest.mark.usefixtures("attached")]

SERVICE = "services.recommender"


@pytest.fixture(scope="module")
def applied(clone: Clone, attached: None) -> None:
    """Apply an environment with few things to wait for."""
    clone.overrides += [f"{SERVICE}.smoke.attempts=3", f"{SERVICE}.rollout.drain_seconds=1"]
    first = clone.wrapper("apply", "dev")
    assert first.returncode == 0, first.stderr


def test_a_broken_roll_out_is_told_and_the_old_version_goes_on_answering(
    clone: Clone, applied: object
) -> None:
    """A container that exits with 3 gives exit code 6 and the cause, while the old tasks answer."""
    broken = f'{SERVICE}.command=["python", "-c", "print(\'no luck\'); raise SystemExit(3)"]'
    failed = clone.wrapper("apply", "dev", overrides=[broken])
    assert failed.returncode == 6, failed.stderr
    assert "exit code 3" in failed.stderr
    assert "no luck" in failed.stderr
    assert clone.get("/?uid=20").status_code == 200


def test_the_next_good_apply_repairs_it(clone: Clone, applied: object) -> None:
    """Nobody has to clean up by hand after a failed roll-out."""
    assert clone.wrapper("apply", "dev").returncode == 0


def test_a_published_model_is_served_by_its_version(clone: Clone, applied: object) -> None:
    """Train, publish and name the version: /health and the answers then come from that model."""
    artifact = clone.root / "build" / "movielens" / "7"
    trained = clone.run(
        *("-m", "service.train", "--sample", "--seed", "7"),
        *("--out", str(artifact), "--name", "movielens", "--version", "7"),
    )
    assert trained.returncode == 0, trained.stderr
    published = clone.wrapper("model", "publish", "dev", str(artifact), "--json")
    assert published.returncode == 0, published.stderr
    model = json.loads(published.stdout)
    assert (model["name"], model["version"], len(model["sha256"])) == ("movielens", "7", 64)
    version = [f"{SERVICE}.model={{name: movielens, version: '7'}}"]
    assert clone.wrapper("apply", "dev", overrides=version).returncode == 0
    assert clone.get("/health").json()["model"] == "movielens/7"
    assert clone.get("/?uid=20").json()["model"] == "movielens/7"


def test_the_status_is_a_page_from_a_file_and_from_a_server(
    clone: Clone, applied: object, tmp_path: Path
) -> None:
    """It contains the requests just made; the server runs until Ctrl-C."""
    for _ in range(5):
        assert clone.get("/?uid=20").status_code == 200
    file = tmp_path / "status.html"
    written = clone.wrapper("status", "dev", "--html", str(file))
    assert (written.returncode, written.stdout) == (0, f"{file}\n"), written.stderr
    text = file.read_text("utf-8")
    for part in ("2/2 healthy", "USD a month on AWS", "<b>Release", "Roll-out of recommender", "/s</title>"):
        assert part in text, part
    assert clone.wrapper("status", "dev", "--html", str(file), "--json").returncode == 2
    refused = clone.wrapper("status", "dev", "--html", str(tmp_path / "none" / "status.html"))
    assert refused.returncode == 3
    assert "must be a file that can be written" in refused.stderr
    with subprocess.Popen(
        clone.command("open", "dev", "--status"), cwd=clone.root, stdout=subprocess.PIPE, text=True
    ) as served:
        assert served.stdout
        url = served.stdout.readline().strip()
        answer = httpx.get(url, trust_env=False, timeout=30)
        served.send_signal(signal.SIGINT)
    assert "2/2 healthy" in answer.text
    assert "<script>" in answer.text
    assert served.returncode == 130


def test_a_damaged_model_is_not_published(clone: Clone, applied: object) -> None:
    """One changed byte is found before anything is uploaded, and the message names the file."""
    artifact = clone.root / "build" / "movielens" / "7"
    victim = max(artifact.iterdir(), key=lambda path: path.stat().st_size)
    content = bytearray(victim.read_bytes())
    content[-1] ^= 1
    victim.write_bytes(content)
    refused = clone.wrapper("model", "publish", "dev", str(artifact))
    assert refused.returncode == 5
    assert victim.name in refused.stderr


def test_malformed_ratings_are_told_by_file_and_line(clone: Clone, applied: object) -> None:
    """The trainer's own message is shown; what runs continues to run."""
    ratings = clone.root / "ratings.csv"
    ratings.write_text("userId,movieId,rating,timestamp\n1,1,4.0,1\n1,2,good,2\n")
    refused = clone.wrapper("apply", "dev", overrides=[f"{SERVICE}.model.ratings={ratings}"])
    assert refused.returncode == 5
    assert "ratings.csv:3:" in refused.stderr
    assert clone.get("/?uid=20").status_code == 200


def test_a_lock_that_a_dead_run_left_is_explained_and_cleared(
    clone: Clone, applied: object, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Apply says who holds the lock and since when, changes nothing, and names the command that clears it.

    A plan ignores the lock, because it only reads.
    """
    monkeypatch.setenv("WRAPPER_LOCK_SECONDS", "0")
    put_lock(clone, "app.tfstate.tflock")
    refused = clone.wrapper("apply", "dev", overrides=[f"{SERVICE}.scaling.max=5"])
    assert refused.returncode == 9
    assert "mallory@elsewhere" in refused.stderr
    assert "unlock dev" in refused.stderr
    assert clone.wrapper("plan", "dev").returncode == 0
    assert clone.wrapper("unlock", "dev", "--yes").returncode == 0
    assert clone.wrapper("apply", "dev").returncode == 0


def put_lock(clone: Clone, key: str) -> None:
    info = {
        "ID": "11111111-2222-3333-4444-555555555555",
        "Operation": "OperationTypeApply",
        "Who": "mallory@elsewhere",
        "Version": "1.11.4",
        "Created": "2026-01-02T03:04:05Z",
        "Path": f"recommender-dev-state-000000000000/{key.removesuffix('.tflock')}",
    }
    clone.aws().s3.put_object(
        Bucket="recommender-dev-state-000000000000", Key=key, Body=json.dumps(info).encode()
    )
