"""The path of a newcomer: a folder of their own, `init`, `apply`, and the first apply is a PASS."""

import json
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
import yaml

from tests.e2e.conftest import ROOT, Clone, make_clone

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(1000)]

PAGE = (ROOT / "docs" / "your-own-model.md").read_text("utf-8")
NAME = "mine"


def written(name: str) -> str:
    """Return a file as the page shows it."""
    found = re.search(rf"^`{re.escape(name)}`:?\n\n```\w*\n(.*?)^```$", PAGE, re.M | re.S)
    assert found, name
    return found[1]


@pytest.fixture(scope="module")
def clone(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Clone]:
    """A clone without the recommender and its environments, beside the folder that the page describes."""
    base = tmp_path_factory.mktemp("stranger")
    (base / "clone").mkdir()
    made = make_clone(base / "clone")
    for path in (made.root / "environments").iterdir():
        path.unlink()
    (made.root / "Dockerfile").unlink()
    (base / "iris").mkdir()
    for name in ("Dockerfile", "requirements.txt", "train.py", "app.py"):
        (base / "iris" / name).write_text(written(name))
    try:
        yield made
    finally:
        made.wrapper("sandbox", "down", NAME)


@pytest.fixture(scope="module")
def file(clone: Clone) -> Path:
    """Return the file that `init` writes."""
    told = clone.run("-m", "wrapper", "init", NAME, "--service", "iris=../iris")
    assert told.returncode == 0, told.stderr
    return clone.root / "environments" / f"{NAME}.yaml"


@pytest.fixture(scope="module")
def applied(clone: Clone, file: Path, attached: None) -> subprocess.CompletedProcess[str]:
    return clone.wrapper("apply", NAME, "--json")


def test_a_dozen_lines_are_a_pass_at_the_first_try(
    clone: Clone, file: Path, applied: subprocess.CompletedProcess[str]
) -> None:
    """It has its own packages, its Dockerfile trains its own model, and it listens on 0.0.0.0:8080."""
    assert len(file.read_text().splitlines()) <= 12
    assert applied.returncode == 0, applied.stderr
    assert json.loads(applied.stdout)["ok"]
    answer = httpx.post(f"{clone.url}/predict", json={"petal": [4.7, 1.4]}, timeout=5)
    assert (answer.status_code, answer.json()["label"]) == (200, "versicolor")


def test_what_its_users_ask_is_verified(clone: Clone, file: Path, applied: object) -> None:
    """The page's own smoke test passes for a right answer, and fails for a wrong one."""
    smoke = yaml.safe_load(written("smoke"))["smoke"]
    environment = yaml.safe_load(file.read_text())
    environment["services"]["iris"]["smoke"] = smoke
    file.write_text(yaml.safe_dump(environment))
    assert clone.wrapper("smoke", NAME).returncode == 0
    smoke["requests"][-1]["expect"] = {"label": "setosa"}
    file.write_text(yaml.safe_dump(environment))
    wrong = clone.wrapper("smoke", NAME)
    assert wrong.returncode == 7
    assert "label must be 'setosa', got 'versicolor'" in wrong.stderr


ASK = """
import time, urllib.request
while True:
    try: print("beside", urllib.request.urlopen("http://127.0.0.1:8080/healthz").status, flush=True); break
    except OSError: time.sleep(0.1)
"""


def test_two_services_on_one_port_roll_out_with_sidecars(clone: Clone, file: Path, applied: object) -> None:
    """Old and new tasks of both listen on 0.0.0.0:8080, and each one's sidecar reaches it on localhost."""
    told = clone.run("-m", "wrapper", "add", NAME, "other=../iris")
    assert told.returncode == 0, told.stderr
    environment = yaml.safe_load(file.read_text())
    for service in environment["services"].values():
        service["sidecars"] = {"asker": {"command": ["python", "-c", ASK], "essential": False}}
        service["smoke"] = yaml.safe_load(written("smoke"))["smoke"]
    for label in ("one", "two"):
        for service in environment["services"].values():
            service["environment"] = {"LABEL": label}
        file.write_text(yaml.safe_dump(environment))
        rolled_out = clone.wrapper("apply", NAME, "--json")
        assert rolled_out.returncode == 0, rolled_out.stderr
    for name in ("iris", "other"):
        assert "beside 200" in clone.wrapper("logs", NAME, name).stdout
    host = {"Host": "other.localhost"}
    answer = httpx.post(f"{clone.url}/predict", json={"petal": [1.4, 0.2]}, headers=host, timeout=5)
    assert answer.json()["label"] == "setosa"
