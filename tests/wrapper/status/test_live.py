"""The page on loopback: always current, and only for requests to that address."""

import httpx
import pytest

from wrapper.errors import PreconditionError
from wrapper.verbs.status_page import Renewed, serve


def get(url: str, **headers: str) -> httpx.Response:
    return httpx.get(url, headers=headers, trust_env=False)


def test_it_is_made_anew_when_it_is_old() -> None:
    """Many readers at once share one."""
    now, made = [0.0], []

    def make() -> str:
        made.append(now[0])
        return f"page {len(made)}"

    page = Renewed(make, seconds=2, clock=lambda: now[0])
    with serve(page) as url:
        assert [get(url).text for _ in range(3)] == ["page 1"] * 3
        now[0] = 2.0
        answer = get(url)
    assert answer.text == "page 2"
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    assert answer.headers["cache-control"] == "no-store"
    assert "access-control-allow-origin" not in answer.headers


def test_what_cannot_be_made_is_said() -> None:
    """The sandbox may have stopped, credentials may have expired; the next refresh tries again."""
    answers: list[PreconditionError | str] = [PreconditionError("AWS must answer, got nothing."), "page"]

    def make() -> str:
        answer = answers.pop(0)
        if isinstance(answer, PreconditionError):
            raise answer
        return answer

    with serve(make) as url:
        failed, good = get(url), get(url)
    assert (failed.status_code, failed.text) == (503, "AWS must answer, got nothing.")
    assert (good.status_code, good.text) == (200, "page")


@pytest.mark.parametrize("host", ["evil.example", "evil.example:80", "127.0.0.1"])
def test_a_name_that_leads_here_is_refused(host: str) -> None:
    """Another page may make its own name lead to 127.0.0.1, but it can read nothing."""
    with serve(lambda: "page") as url:
        answer = get(url, Host=host)
    assert answer.status_code == 403
    assert "The Host header must be 127.0.0.1:" in answer.text


def test_there_is_one_page() -> None:
    """It serves no other file, and accepts no data."""
    with serve(lambda: "page") as url:
        assert get(f"{url}etc/passwd").status_code == 404
        assert httpx.post(url, trust_env=False).status_code == 501
    with pytest.raises(httpx.ConnectError):
        get(url)
