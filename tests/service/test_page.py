"""docs/service.md names the settings, answers and errors of the service."""

import re
from http import HTTPStatus
from pathlib import Path

import pytest
from starlette.types import ASGIApp

from service.problems import problem
from tests.service.asgi import call

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "service.md").read_text("utf-8")
SETTINGS = (ROOT / "service" / "settings.py").read_text("utf-8")


def test_every_variable_is_on_the_page() -> None:
    """It lists exactly those that are read, without the variables of every AWS SDK."""
    read = {name for name in re.findall(r'"([A-Z_0-9]+)": "', SETTINGS) if not name.startswith("AWS_")}
    table = PAGE.partition("| variable |")[2].partition("\n\n")[0]
    rows = [row.split("|")[1] for row in table.splitlines() if row.startswith("| `")]
    assert {name for row in rows for name in re.findall(r"`([A-Z_0-9]+)`", row)} == read


def test_every_path_is_on_the_page(app: ASGIApp) -> None:
    """The page says which paths are on the management port."""
    paths = {*call(app, "/openapi.json").json["paths"], "/openapi.json"}
    assert set(re.findall(r"`(?:GET |POST )?(/[a-z0-9/.]*)(?:\?[^`]*)?`", PAGE)) >= paths


@pytest.mark.parametrize("status", [400, 404, 405, 408, 411, 413, 414, 422, 429, 431, 503])
def test_every_refusal_is_on_the_page(status: int) -> None:
    """It lists the error codes that a program compares."""
    word = re.search(r'"error":"(\w+)"', bytes(problem(status).body).decode())
    assert word
    assert word[1] != "http_error", HTTPStatus(status)
    assert re.search(rf"^\| {status} \| .*`{word[1]}`", PAGE, re.MULTILINE)
