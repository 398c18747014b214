"""Which users the canary asks for: a share of the first column, always the same for one release."""

from pathlib import Path

import pytest

from wrapper import smoke
from wrapper.aws.client import Aws
from wrapper.environment import Canary, Columns
from wrapper.environment.release import ServiceRelease
from wrapper.errors import ConfigError

RELEASE = ServiceRelease(image=f"repo@sha256:{'a' * 64}", repository_arn=None, model=None, desired_count=2)
NEWER = ServiceRelease(image=f"repo@sha256:{'b' * 64}", repository_arn=None, model=None, desired_count=2)


def chosen(
    folder: Path,
    text: str,
    *,
    share: int = 100,
    release: ServiceRelease = RELEASE,
    columns: Columns = Columns(),  # noqa: B008
) -> list[str]:
    (folder / "users").write_text(text)
    canary, aws = Canary(uids="users", share=share), Aws(region="eu-west-1")
    return list(smoke.chosen(aws, canary, root=folder, release=release, columns=columns))


@pytest.mark.parametrize(
    "text",
    [
        "userId,movieId,rating,timestamp\n7,1,4.0,0\n7,2,3.0,0\n20,1,4.0,0\n",
        "7\t1\t4\n20\t1\t4\n",
        "20::1\n7::2\n",
    ],
)
def test_users_are_the_first_column(tmp_path: Path, text: str) -> None:
    """Each user is read once, with commas, tabs or colons, with a header or without."""
    assert chosen(tmp_path, text) == ["20", "7"]


@pytest.mark.parametrize(
    ("text", "columns"),
    [
        ("userId;movieId;rating\n7;1;4.0\n20;1;4.0\n", Columns()),
        ("\ufeffrating,isbn,user_id\n4.0,1,7\n4.0,1,20\n", Columns()),
        ("rating,isbn,who\n4.0,1,7\n4.0,1,20\n", Columns(user="who")),
        ("1,7,4.0\n1,20,4.0\n", Columns(header=False, user="2", item="1", rating="3")),
        ("userId,movieId,rating\n7,1,4\n8,1,0\n20,1,1\n9,1,3\n9,1,0\n", Columns()),
        ("user_id\n7\n20\n", Columns()),
        ("country;uid\nDE;7\nFR;20\n", Columns()),
        ("7\n20\n", Columns(user="who")),
    ],
)
def test_ratings_are_read_as_the_trainer_reads_them(tmp_path: Path, text: str, columns: Columns) -> None:
    """Separators, byte order marks, columns and users without likes are read alike; so are plain lists."""
    assert chosen(tmp_path, text, columns=columns) == ["20", "7"]


def test_ratings_that_the_trainer_refuses_are_refused(tmp_path: Path) -> None:
    """The message has the line, but no option of the trainer, which nobody can give here."""
    with pytest.raises(
        ConfigError, match=r"smoke\.canary\.uids must list users: users:3: rating must be a number, got 'x'"
    ):
        chosen(tmp_path, "userId,movieId,rating\n7,1,4\n20,1,x\n")


def test_share_is_of_the_users(tmp_path: Path) -> None:
    """Two percent of two hundred are four, and of ten one."""
    assert len(chosen(tmp_path, "\n".join(map(str, range(200))), share=2)) == 4
    assert len(chosen(tmp_path, "\n".join(map(str, range(10))), share=2)) == 1


def test_same_release_asks_for_the_same_users(tmp_path: Path) -> None:
    """A repeated verdict asks for the same users; another release has others."""
    text = "\n".join(map(str, range(500)))
    first = chosen(tmp_path, text, share=5)
    assert first == chosen(tmp_path, text, share=5)
    assert first != chosen(tmp_path, text, share=5, release=NEWER)


def test_empty_list_is_refused(tmp_path: Path) -> None:
    """A canary without users would prove nothing."""
    with pytest.raises(
        ConfigError, match=r"smoke\.canary\.uids must name at least 1 user, got none in users\."
    ):
        chosen(tmp_path, "userId,movieId\n")


def test_missing_list_is_refused(tmp_path: Path) -> None:
    """It was deleted after the environment was loaded."""
    canary = Canary(uids="gone", share=1)
    with pytest.raises(ConfigError, match="must be a readable file, got gone"):
        smoke.chosen(Aws(region="eu-west-1"), canary, root=tmp_path, release=RELEASE)
