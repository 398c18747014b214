"""A stage's base and lock files, read from Dockerfiles."""

from pathlib import Path

import pytest

from wrapper.errors import ArtifactError
from wrapper.image.dockerfile import Origin, read_origin

ROOT = Path(__file__).parents[3]
DIGEST = f"sha256:{'a' * 64}"


def origin(text: str, target: str | None = None) -> Origin:
    return read_origin(text, name="Dockerfile", target=target)


@pytest.mark.parametrize("stage", ["serve", "train"])
def test_each_stage_of_ours_has_its_own_lock(stage: str) -> None:
    """The lock is installed in another stage, from which this one copies."""
    other = {"serve": "train", "train": "service"}[stage]
    lock = {"serve": "service", "train": "train"}[stage]
    found = origin((ROOT / "Dockerfile").read_text("utf-8"), stage)
    assert f"requirements/{lock}.lock" in found.copied
    assert f"requirements/{other}.lock" not in found.copied
    [base] = found.bases
    assert base.startswith("python:3.13-slim")


def test_the_last_stage_is_the_default() -> None:
    """As in Docker; a stage that is not used adds nothing."""
    text = "FROM a AS one\nCOPY one.lock .\nFROM b:2\nCOPY two.lock three.lock ./\n"
    assert origin(text) == Origin(bases=("b:2",), copied=("two.lock", "three.lock"))
    assert origin(text, "ONE") == Origin(bases=("a",), copied=("one.lock",))


def test_stages_are_followed_by_name_and_number() -> None:
    """A stage may be made from another one; images that are only copied from are found, too."""
    text = (
        f"ARG BASE=a@{DIGEST}\nFROM ${{BASE}} AS first\nCOPY first.lock .\n"
        "FROM first AS second\nCOPY second.lock .\n"
        "FROM scratch\nCOPY --from=1 /x /x\nCOPY --from=images.example.com/astral-sh/uv:1 /uv /uv\n"
    )
    assert origin(text) == Origin(
        bases=("images.example.com/astral-sh/uv:1", f"a@{DIGEST}"), copied=("second.lock", "first.lock")
    )


def test_what_is_no_file_of_the_context_is_passed_over() -> None:
    """An engine accepts both kinds, and it has built the image."""
    text = "FROM a\nADD https://example.com/x.tar /x\nCOPY web.lock .\n"
    assert origin(text) == Origin(bases=("a",), copied=("web.lock",))


def test_a_stage_that_is_not_there_is_told() -> None:
    """The message lists the existing stages."""
    with pytest.raises(ArtifactError, match="must name a stage"):
        origin("FROM a AS one\n", "two")
