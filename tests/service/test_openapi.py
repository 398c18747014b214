"""For any request, the service's answer is one that its own OpenAPI document describes."""

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.service.test_process import Service

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def service(artifact: Path) -> Iterator[Service]:
    running = Service({"MODEL_URI": str(artifact), "MANAGEMENT_PORT": "0"})
    try:
        yield running.ready()
    finally:
        running.close()


def test_every_answer_is_one_that_the_document_describes(service: Service, tmp_path: Path) -> None:
    """No input gives a 5xx, and each error has the documented form and status."""
    fuzz: list[str | Path] = [
        *(
            Path(sys.executable).with_name("st"),
            "run",
            f"http://127.0.0.1:{service.management_port}/openapi.json",
        ),
        *("--checks", "all", "--max-examples", "100", "--seed", "1", "--no-color"),
    ]
    fuzzed = subprocess.run(fuzz, cwd=tmp_path, capture_output=True, text=True, timeout=300, check=False)
    assert fuzzed.returncode == 0, fuzzed.stdout + fuzzed.stderr
    assert "passed" in fuzzed.stdout
