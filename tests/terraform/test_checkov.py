"""Skipped checks of checkov: each has its reason where it is skipped."""

import re

import pytest

from tests.terraform.roots import TERRAFORM

ROOT = TERRAFORM.parent
SKIP = re.compile(r"checkov:skip=(.*)")
FILES = [ROOT / "Dockerfile", *sorted(path for path in TERRAFORM.glob("**/*.tf") if not path.is_symlink())]


def skips() -> list[tuple[str, str]]:
    found = ((path, SKIP.findall(path.read_text())) for path in FILES)
    return [(str(path.relative_to(ROOT)), skip) for path, each in found for skip in each]


@pytest.mark.parametrize(("path", "skip"), skips())
def test_every_skip_has_its_reason(path: str, skip: str) -> None:
    """A check is skipped for one resource, by id, with a sentence of at least four words."""
    ids, _, reason = skip.partition(":")
    assert re.fullmatch(r"CKV2?_[A-Z]+_\d+(,CKV2?_[A-Z]+_\d+)*", ids), path
    assert len(reason.split()) >= 4, path


def test_nothing_is_skipped_for_all() -> None:
    """The configuration skips no check and no file."""
    settings = (ROOT / ".checkov.yaml").read_text()
    assert not re.search(r"^(skip-check|skip-path|soft-fail|check|baseline)", settings, re.MULTILINE)


def test_skips_are_looked_for_everywhere() -> None:
    """The test reads every HCL file, also through a link."""
    read = {path.resolve() for path in FILES}
    assert {path.resolve() for path in TERRAFORM.rglob("*.tf")} == {
        path for path in read if path.suffix == ".tf"
    }
