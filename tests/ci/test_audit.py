"""Known vulnerabilities of locked packages, found by pip-audit and a local server in place of OSV."""

import datetime
import importlib.util
import json
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from tests.ci.conftest import CI
from tests.serving import server_of

ROOT = CI.parent
HASH = "sha256:" + "0" * 64
TODAY = datetime.date(2026, 11, 30)
# In OSV's schema, https://ossf.github.io/osv-schema; the package is made up.
VULNERABILITY = {
    "schema_version": "1.7.3",
    "id": "GHSA-aaaa-bbbb-cccc",
    "aliases": ["CVE-2026-0001", "PYSEC-2026-1"],
    "summary": "Reads what it should not",
    "affected": [
        {
            "package": {"name": "leaky", "ecosystem": "PyPI"},
            "ranges": [{"type": "ECOSYSTEM", "events": [{"introduced": "0"}, {"fixed": "1.1"}]}],
        }
    ],
}


@dataclass
class Osv:
    url: str = ""
    asked: list[tuple[str, str]] = field(default_factory=list)
    fails: bool = False


@pytest.fixture
def osv(monkeypatch: pytest.MonkeyPatch) -> Iterator[Osv]:
    held = Osv()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            question = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            name, version = question["package"]["name"], question["version"]
            assert question["package"]["ecosystem"] == "PyPI"
            held.asked.append((name, version))
            answer = {"vulns": [VULNERABILITY]} if (name, version) == ("leaky", "1.0") else {}
            self.send_response(500 if held.fails else 200)
            self.end_headers()
            self.wfile.write(json.dumps(answer).encode())

        def log_message(self, *_: object) -> None:
            """Keep the tests' output clean."""

    with server_of(Handler) as port:
        held.url = f"http://127.0.0.1:{port}/v1/query"
        monkeypatch.setenv("PIP_AUDIT_OSV_URL", held.url)
        yield held


@pytest.fixture(scope="module")
def script() -> ModuleType:
    spec = importlib.util.spec_from_file_location("audit", CI / "audit.py")
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    sys.modules["audit"] = module  # where pydantic and dataclasses look for names
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def allowed(script: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return an empty list of allowed vulnerabilities."""
    path = tmp_path / "vulnerabilities.yaml"
    path.write_text("# nothing\n")
    monkeypatch.setattr(script, "ALLOWED", path)
    return path


def lock(folder: Path, *packages: str) -> str:
    file = folder / "web.lock"
    file.write_text("".join(f"{each} \\\n    --hash={HASH}\n" for each in packages))
    return str(file)


def test_a_vulnerable_package_fails(osv: Osv, script: ModuleType, allowed: Path, tmp_path: Path) -> None:
    """The message has the lock file, the vulnerability's names and the fix; OSV is asked once a package."""
    with pytest.raises(SystemExit) as told:
        script.main([lock(tmp_path, "sound==2.0", "leaky==1.0", "elsewhere==3 ; sys_platform == 'win32'")])
    assert str(told.value).startswith(
        "error: web.lock: leaky 1.0 has PYSEC-2026-1 CVE-2026-0001 GHSA-aaaa-bbbb-cccc, fixed in 1.1.\nfix: "
    )
    assert sorted(osv.asked) == [("leaky", "1.0"), ("sound", "2.0")]


def test_a_borne_vulnerability_passes(
    osv: Osv, script: ModuleType, allowed: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """It passes until its date, under any of its names."""
    allowed.write_text("- {package: leaky, id: CVE-2026-0001, until: 9999-12-31, why: it is not called}\n")
    script.main([lock(tmp_path, "leaky==1.0")])
    assert capsys.readouterr().out == "1 lock files: no known vulnerability, 1 borne.\n"


def test_nothing_audited_is_no_success(osv: Osv, script: ModuleType, allowed: Path, tmp_path: Path) -> None:
    """pip-audit itself ends with 0 if there is nothing to audit."""
    with pytest.raises(SystemExit, match=r"web\.lock must name at least one package"):
        script.main([lock(tmp_path, "elsewhere==3 ; sys_platform == 'win32'")])
    assert osv.asked == []


def test_a_service_that_is_down_is_no_success(
    osv: Osv, script: ModuleType, allowed: Path, tmp_path: Path
) -> None:
    """If OSV can't be asked, nobody knows whether a package is vulnerable."""
    osv.fails = True
    with pytest.raises(SystemExit, match=r"web\.lock must be audited, but pip-audit said: .*ServiceError"):
        script.main([lock(tmp_path, "sound==2.0")])
    assert osv.asked == [("sound", "2.0")]


def finding(script: ModuleType) -> Any:
    return script.Finding("web.lock", "leaky", "1.0", ("GHSA-aaaa-bbbb-cccc", "CVE-2026-0001"), ())


def entry(script: ModuleType, **changed: Any) -> Any:
    given = {"package": "leaky", "id": "CVE-2026-0001", "until": TODAY, "why": "not called", **changed}
    return script.Allowed(**given)


def test_the_last_day_still_counts(script: ModuleType) -> None:
    """An entry holds until the end of its day."""
    assert list(script.problems([finding(script)], [entry(script)], TODAY)) == []


def test_an_entry_that_has_expired_fails(script: ModuleType) -> None:
    """It fails even if the vulnerability is gone, so that the list stays short."""
    old = entry(script, until=TODAY - datetime.timedelta(days=1))
    expired = "vulnerabilities.yaml: leaky CVE-2026-0001 was borne until 2026-11-29, which is over."
    assert list(script.problems([], [old], TODAY)) == [expired]
    assert list(script.problems([finding(script)], [old], TODAY)) == [expired, str(finding(script))]


@pytest.mark.parametrize("changed", [{"package": "other"}, {"id": "CVE-2026-0002"}])
def test_an_entry_bears_one_vulnerability_of_one_package(script: ModuleType, changed: dict[str, str]) -> None:
    """It allows no other vulnerability of that package, and not that of another package with the same id."""
    assert list(script.problems([finding(script)], [entry(script, **changed)], TODAY)) == [
        "web.lock: leaky 1.0 has GHSA-aaaa-bbbb-cccc CVE-2026-0001, not fixed yet."
    ]


@pytest.mark.parametrize("text", ["- {package: leaky, id: X, why: soon}", "leaky", "- ["])
def test_an_entry_without_a_date_is_refused(script: ModuleType, allowed: Path, text: str) -> None:
    """Without a date it would never expire."""
    allowed.write_text(text)
    with pytest.raises(SystemExit, match=r"vulnerabilities\.yaml must list package, id, until and why"):
        script.read(allowed)


def test_the_list_in_the_clone_is_read(script: ModuleType) -> None:
    """Each entry of the real list has a date and a reason."""
    assert all(each.why for each in script.read(ROOT / "requirements" / "vulnerabilities.yaml"))


@pytest.mark.slow
def test_every_lock_can_be_audited(
    osv: Osv, script: ModuleType, allowed: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """An OSV that knows no vulnerability audits every lock file completely."""
    script.main([])
    assert "no known vulnerability." in capsys.readouterr().out
    assert len(set(osv.asked)) > 200
    assert "fastapi" in dict(osv.asked)
