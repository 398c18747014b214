"""The environment files of `examples/`: short, and complete as they are."""

from pathlib import Path

import pytest
import yaml

from wrapper.environment import check

ROOT = Path(__file__).parents[3]
EXAMPLES = ROOT / "examples"
FILES = sorted(EXAMPLES.glob("*/environment.yaml"))


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.parent.name)
def test_each_is_an_environment_of_ten_to_twenty_lines(file: Path) -> None:
    """No value has to be filled in, and the folder contains what the file names."""
    text = file.read_text()
    assert 10 <= len(text.splitlines()) <= 20
    environment = check("pictures", text, directory=ROOT / "environments")
    [service] = environment.services.values()
    assert service.image.context == f"examples/{file.parent.name}"


def test_the_batch_goes_beside_any_of_them() -> None:
    """Its file has jobs alone."""
    jobs = yaml.safe_load((EXAMPLES / "batch" / "jobs.yaml").read_text())
    assert list(jobs) == ["jobs"]
    for file in FILES:
        both = yaml.safe_dump({**yaml.safe_load(file.read_text()), **jobs})
        [job] = check("pictures", both, directory=ROOT / "environments").jobs.values()
        assert [each.schedule is None for each in job.started_by] == [False, True]
    assert len(FILES) == 3
