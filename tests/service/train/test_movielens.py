"""Real ratings, if they are available: ml-latest-small in ../shared/data beside the clone."""

import json
from pathlib import Path

import pytest

from service.train.cli import main

RATINGS = Path(__file__).parents[4] / "shared" / "data" / "ml-latest-small" / "ratings.csv"


@pytest.mark.slow
@pytest.mark.skipif(not RATINGS.is_file(), reason="ml-latest-small is not in shared/data beside the clone")
def test_movielens_is_trained_well(tmp_path: Path) -> None:
    """NDCG@10 is at least 1.5 times popularity's, with real titles."""
    words = ["--ratings", str(RATINGS), "--out", str(tmp_path / "model"), "--name", "ml", "--version", "1"]
    assert main(words, {}) == 0
    manifest = json.loads((tmp_path / "model" / "manifest.json").read_text())
    metrics = manifest["metrics"]
    assert metrics["ndcg_at_10"] >= 1.5 * metrics["popularity"]["ndcg_at_10"]
    assert metrics["recall_at_10"] >= 1.5 * metrics["popularity"]["recall_at_10"]
    assert (manifest["users"], manifest["items"], manifest["top"]) == (671, 9066, 100)
    assert '["1","Toy Story (1995)"]' in (tmp_path / "model" / "items.jsonl").read_text().splitlines()
