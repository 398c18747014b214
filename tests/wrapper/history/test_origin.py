"""The author and the commit of a release."""

import os
import subprocess
from pathlib import Path

import pytest

from wrapper.aws.client import Aws
from wrapper.aws.identity import who
from wrapper.environment.clone import NoAnswerError, ask, commit, commit_of


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    git(tmp_path, "init", "-q")
    (tmp_path / "a").write_text("1")
    git(tmp_path, "add", "a")
    git(tmp_path, "-c", "user.name=t", "-c", "user.email=t@example.test", "commit", "-qm", "First")
    return tmp_path


def git(folder: Path, *words: str) -> str:
    return subprocess.run(
        ["git", "-C", str(folder), *words], check=True, capture_output=True, text=True
    ).stdout.strip()


def test_a_clean_clone_has_its_commit(repository: Path) -> None:
    """The whole hash is kept, because a short one may become ambiguous."""
    assert commit(repository) == git(repository, "rev-parse", "HEAD")


def test_changed_files_are_told(repository: Path) -> None:
    """What was deployed is then not the commit's content."""
    (repository / "a").write_text("2")
    assert commit(repository) == git(repository, "rev-parse", "HEAD") + "-dirty"


def test_a_folder_inside_somebody_elses_repository_has_none(repository: Path) -> None:
    """An unpacked archive inside another repository must not get that repository's commit."""
    (repository / "inner").mkdir()
    assert commit(repository / "inner") is None


def test_a_folder_outside_of_the_clone_has_its_own(
    repository: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """An image of another folder has that folder's commit, not that of the deploying clone."""
    clone = tmp_path_factory.mktemp("clone")
    (repository / "app").mkdir()
    head = git(repository, "rev-parse", "HEAD")
    assert commit_of(repository / "app", root=repository) == head
    assert commit_of(repository, root=clone) == head
    assert commit_of(clone, root=repository) is None


def test_gits_variables_name_no_other_repository(
    repository: Path, tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A hook, or a tool that runs git, leaves git's variables set for its children."""
    other = tmp_path_factory.mktemp("other")
    git(other, "init", "-q")
    monkeypatch.setenv("GIT_DIR", str(other / ".git"))
    monkeypatch.setenv("GIT_WORK_TREE", str(other))
    told = commit(repository)
    monkeypatch.delenv("GIT_DIR")
    monkeypatch.delenv("GIT_WORK_TREE")
    assert told == git(repository, "rev-parse", "HEAD")


@pytest.mark.skipif(os.getuid() != 0, reason="only root may give a folder away")
def test_git_says_why_it_does_not_answer(repository: Path) -> None:
    """A folder of another owner has no commit, and the reason is git's message."""
    os.chown(repository, 12345, -1)
    assert commit(repository) is None
    with pytest.raises(NoAnswerError, match="dubious ownership"):
        ask(repository, "rev-parse", "HEAD")


def test_without_a_git_program_there_is_none(repository: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A deployment needs no git."""
    monkeypatch.setenv("PATH", str(repository / "nothing"))
    assert commit(repository) is None


def test_in_the_sandbox_it_is_the_user_of_this_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    """The emulator would return the same for everybody."""
    monkeypatch.setenv("LOGNAME", "ada")
    user, _, host = who(Aws(region="eu-west-1", endpoint_url="http://127.0.0.1:1")).partition("@")
    assert user == "ada"
    assert host
