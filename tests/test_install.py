"""requirements/install.py: an environment from a lock file, whatever pip's settings of the user are."""

import hashlib
import importlib.util
import os
import re
import stat
import subprocess
import sys
import tomllib
import zipfile
from collections.abc import Mapping
from pathlib import Path
from types import ModuleType

import pytest

ROOT = Path(__file__).resolve().parents[1]
SCRIPT = ROOT / "requirements" / "install.py"


def _module() -> ModuleType:
    spec = importlib.util.spec_from_file_location("install", SCRIPT)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


install = _module()


@pytest.fixture
def shelf(tmp_path: Path) -> Path:
    """A folder with one package, `parcel`."""
    shelf = tmp_path / "shelf"
    shelf.mkdir()
    with zipfile.ZipFile(shelf / "parcel-1.0-py3-none-any.whl", "w") as wheel:
        wheel.writestr("parcel.py", "")
        wheel.writestr("parcel-1.0.dist-info/METADATA", "Metadata-Version: 2.1\nName: parcel\nVersion: 1.0\n")
        wheel.writestr(
            "parcel-1.0.dist-info/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
        )
        wheel.writestr("parcel-1.0.dist-info/RECORD", "")
    return shelf


@pytest.fixture
def lock(tmp_path: Path, shelf: Path) -> Path:
    digest = hashlib.sha256((shelf / "parcel-1.0-py3-none-any.whl").read_bytes()).hexdigest()
    lock = tmp_path / "parcel.lock"
    lock.write_text(f"parcel==1.0 --hash=sha256:{digest}\n")
    return lock


@pytest.fixture
def home(tmp_path: Path, shelf: Path) -> Path:
    """A user whose pip has packages in one folder only, and installs to another place than environments."""
    configuration = tmp_path / "home" / ".config" / "pip" / "pip.conf"
    configuration.parent.mkdir(parents=True)
    configuration.write_text(
        f"[global]\nno-index = true\nfind-links =\n    {shelf}\nuser = true\n"
        f"[install]\ntarget = {tmp_path}/lost\n"
    )
    return tmp_path / "home"


def bare(home: Path, **more: str) -> dict[str, str]:
    """Return an environment without uv and without variables of pip."""
    return {"HOME": str(home), "PATH": "/usr/bin:/bin", "LC_ALL": "C.UTF-8", **more}


def run(folder: Path, lock: Path, environment: Mapping[str, str]) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, str(SCRIPT), str(folder), str(lock)]
    return subprocess.run(
        command, env=dict(environment), capture_output=True, text=True, timeout=120, check=False
    )


def has_parcel(folder: Path) -> bool:
    return bool(list(folder.glob("lib/python*/site-packages/parcel.py")))


def fake_uv(folder: Path, *lines: str) -> Path:
    """Create a program with this name, which is first on PATH before the system's."""
    folder.mkdir()
    program = folder / "uv"
    program.write_text("\n".join(["#!/bin/sh", *lines, ""]))
    program.chmod(program.stat().st_mode | stat.S_IXUSR)
    return folder


@pytest.mark.slow
def test_settings_for_users_do_not_count(tmp_path: Path, home: Path, lock: Path) -> None:
    """`user`, `target` and the like would install elsewhere; where packages come from is kept."""
    told = run(tmp_path / "env", lock, bare(home, PIP_USER="1", PIP_PREFIX="/nowhere", PIP_DRY_RUN="1"))
    assert told.returncode == 0, told.stderr
    assert has_parcel(tmp_path / "env")
    assert not (tmp_path / "lost").exists()
    assert re.fullmatch(
        rf"✓ Make {tmp_path}/env  [\d.]+ s\n(  \d+ s  .*\n)*✓ Install parcel.lock  by pip  [\d.]+ s\n",
        told.stderr,
    )


@pytest.mark.slow
def test_failing_uv_gives_way_to_pip(tmp_path: Path, home: Path, lock: Path) -> None:
    """Its last lines are printed; then pip is installed, which uv did not need."""
    programs = fake_uv(tmp_path / "programs", "echo 'no such index' >&2", "exit 2")
    told = run(tmp_path / "env", lock, bare(home, PATH=f"{programs}:/usr/bin:/bin"))
    assert told.returncode == 0, told.stderr
    assert "by pip, since uv failed: no such index" in told.stderr
    assert has_parcel(tmp_path / "env")


def test_uv_is_taken_where_there_is_one(tmp_path: Path, home: Path, shelf: Path, lock: Path) -> None:
    """It gets the environment, the lock with its hashes, and pip's settings of where packages come from."""
    programs = fake_uv(tmp_path / "programs", 'echo "$@" >"$HOME/words"', 'env >"$HOME/environment"')
    told = run(tmp_path / "env", lock, bare(home, PATH=f"{programs}:/usr/bin:/bin", PIP_CERT="/a/ca.pem"))
    assert "✓ Install parcel.lock  by uv" in told.stderr
    python = tmp_path / "env" / "bin" / "python"
    words = f"pip install --python {python} --require-hashes -r {lock}\n"
    assert (home / "words").read_text() == words
    given = dict(line.split("=", 1) for line in (home / "environment").read_text().splitlines())
    assert (given["UV_FIND_LINKS"], given["UV_NO_INDEX"], given["SSL_CERT_FILE"]) == (
        str(shelf),
        "true",
        "/a/ca.pem",
    )


def test_python_that_is_gone_is_replaced(tmp_path: Path, home: Path, lock: Path) -> None:
    """An environment stops working when its Python is removed."""
    programs = fake_uv(tmp_path / "programs", "exit 0")
    python = tmp_path / "env" / "bin" / "python"
    python.parent.mkdir(parents=True)
    python.symlink_to("/nowhere/python")
    run(tmp_path / "env", lock, bare(home, PATH=f"{programs}:/usr/bin:/bin"))
    assert subprocess.run([python, "-c", ""], check=False).returncode == 0


@pytest.mark.slow
def test_lock_that_can_not_be_installed(tmp_path: Path, home: Path, shelf: Path, lock: Path) -> None:
    """The message has the tool's own words, and what to check."""
    next(shelf.iterdir()).write_bytes(b"another file")
    told = run(tmp_path / "env", lock, bare(home))
    assert told.returncode == 1
    assert f"error: {lock} could not be installed into {tmp_path}/env:\n  " in told.stderr
    assert "parcel" in told.stderr.partition("error: ")[2]
    assert told.stderr.endswith("then run the same command again\n")


def test_wrong_usage_is_told(tmp_path: Path) -> None:
    """Without its two arguments it prints their names."""
    told = subprocess.run([sys.executable, SCRIPT], capture_output=True, text=True, check=False)
    assert (told.returncode, "install.py FOLDER LOCK" in told.stderr) == (1, True)


@pytest.fixture(autouse=True)
def nothing_of_this_machines(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(install, "_MACHINES", tmp_path / "no-such-file")


def configured(tmp_path: Path, **files: str) -> dict[str, str]:
    """Write configuration files by pip's name for each, and return the variables that lead to them."""
    places = {
        "everybody": tmp_path / "xdg" / "pip" / "pip.conf",
        "old": tmp_path / ".pip" / "pip.conf",
        "user": tmp_path / ".config" / "pip" / "pip.conf",
        "named": tmp_path / "named.conf",
    }
    for kind, text in files.items():
        places[kind].parent.mkdir(parents=True, exist_ok=True)
        places[kind].write_text(text)
    named = {"PIP_CONFIG_FILE": str(places["named"])} if "named" in files else {}
    return {"HOME": str(tmp_path), "XDG_CONFIG_DIRS": str(tmp_path / "xdg"), **named}


def index(tmp_path: Path, *, variables: Mapping[str, str] = {}, **files: str) -> str | None:
    found = install.settings({**configured(tmp_path, **files), **variables}).get("index-url")
    return None if found is None else str(found)


def test_nearer_settings_win(tmp_path: Path) -> None:
    """As in pip, each overrides the one before: everybody's, the user's, a command's section, a variable."""
    assert index(tmp_path, everybody="[global]\nindex-url = a") == "a"
    assert index(tmp_path, old="[global]\nindex_url = b") == "b"
    assert index(tmp_path, user="[global]\n--index-url = c") == "c"
    assert index(tmp_path, old="[install]\nindex-url = d") == "d"
    assert index(tmp_path, variables={"PIP_INDEX_URL": ""}) == "d"
    assert index(tmp_path, variables={"PIP_INDEX_URL": "e"}) == "e"


def test_named_file_stands_for_the_users(tmp_path: Path) -> None:
    """PIP_CONFIG_FILE replaces the user's files, and /dev/null means that none are read."""
    assert index(tmp_path, user="[global]\nindex-url = a", named="[global]\ncert = b") is None
    assert index(tmp_path, user="[global]\nindex-url = a", variables={"PIP_CONFIG_FILE": os.devnull}) is None


@pytest.mark.parametrize("text", ["index-url = a", "[global]\nindex-url", "\xff\xfe\x00"])
def test_broken_file_counts_as_none(tmp_path: Path, text: str) -> None:
    """pip itself gets a setting that makes it read none."""
    environment = configured(tmp_path)
    (tmp_path / ".config" / "pip").mkdir(parents=True)
    (tmp_path / ".config" / "pip" / "pip.conf").write_bytes(text.encode("latin-1"))
    assert "index-url" not in install.settings(environment)


def test_pip_gets_what_is_kept_and_reads_no_file(tmp_path: Path) -> None:
    """The settings of how packages are reached are passed as variables."""
    text = "[global]\nindex-url = a\nproxy = p\ntrusted-host = h\nuser = yes\n[install]\nprefix = x\n"
    given = install.for_pip({**configured(tmp_path, user=text), "PIP_ROOT": "/r", "PIP_RETRIES": "9"})
    assert {name: given[name] for name in given if name.startswith("PIP_")} == {
        "PIP_CONFIG_FILE": os.devnull,
        "PIP_DISABLE_PIP_VERSION_CHECK": "1",
        "PIP_INDEX_URL": "a",
        "PIP_PROXY": "p",
        "PIP_RETRIES": "9",
        "PIP_TRUSTED_HOST": "h",
    }


def test_uv_is_told_the_same_unless_it_knows_better(tmp_path: Path) -> None:
    """Several indexes are one variable, folders are separated by commas, and uv's own variables win."""
    text = "[global]\nextra-index-url =\n  a\n  b\nfind-links = c d\nproxy = p\nindex-url = i\n"
    given = install.for_uv({**configured(tmp_path, user=text), "UV_DEFAULT_INDEX": "own"})
    assert (given["UV_INDEX"], given["UV_FIND_LINKS"], given["HTTPS_PROXY"]) == ("a b", "c,d", "p")
    assert (given["UV_DEFAULT_INDEX"], given["UV_INDEX_STRATEGY"]) == ("own", "unsafe-best-match")


def pins(name: str) -> set[str]:
    """Return the lock's entries, each with its hashes."""
    text = (ROOT / "requirements" / f"{name}.lock").read_text()
    return set(re.split(r"\n(?=\S)", text.strip()))


def test_what_apply_needs_is_a_part_of_what_the_tests_need() -> None:
    """So `make test` adds to the environment of `make apply` and changes nothing in it."""
    assert pins("wrapper") < pins("dev")


@pytest.mark.parametrize("extra", ["wrapper", "service", "train"])
def test_what_apply_needs_is_whole(extra: str) -> None:
    """The sandbox's tasks and the training of its model use this environment, too."""
    wanted = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["optional-dependencies"][extra]
    locked = {pin.partition("==")[0] for pin in pins("wrapper")}
    assert {re.split(r"[<>=;\[ ]", line)[0] for line in wanted} <= locked
