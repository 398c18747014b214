"""A plan of 2,000 resources: each view needs at most 3 s and 300 MB, and the Markdown fits a comment."""

import subprocess
import sys
from pathlib import Path

import pytest

from benchmarks.review_size import large_plan
from tests.wrapper.review.planned import environment
from wrapper.review import make_review, views
from wrapper.terraform.plan import read_plan

ROOT = Path(__file__).resolve().parents[3]


@pytest.mark.slow
def test_the_benchmark_stays_within_its_limits() -> None:
    """Each view is made in a process of its own, from the plan's JSON to the text."""
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks.review_size", "--rounds", "1"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "within the limits" in done.stdout


@pytest.mark.parametrize("count", [1, 40, 120, 400, 1500])
def test_markdown_stays_below_the_limit_at_every_size(count: int) -> None:
    """From a plan that fits to one that is mostly left out; folds are closed, and the worst findings kept."""
    review = make_review([read_plan(large_plan(count), stack="app")], environment=environment())
    text = views.markdown(review)
    assert len(text.encode()) < 65_536
    assert text.count("<details>") == text.count("</details>")
    assert text.count("```") % 2 == 0
    assert all(finding.rule in text for finding in review.findings[:1])
