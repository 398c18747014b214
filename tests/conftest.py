"""What tests of several packages share."""

import gc
import os
import signal
from collections import Counter
from pathlib import Path

import pytest
from hypothesis import settings

from tests.terraform.roots import find_provider, make_once
from tests.wrapper.sandbox.stage import free_ports

# A test checks results, not speed: a busy machine makes no example wrong.
settings.register_profile("untimed", deadline=None)
settings.load_profile("untimed")


def pytest_configure() -> None:
    """Handle SIGINT: a shell ignores it in background jobs, and what the tests start would inherit that.

    Nothing that the collection makes is garbage.
    """
    signal.signal(signal.SIGINT, signal.default_int_handler)
    gc.disable()


@pytest.hookimpl(trylast=True)  # after unrequested tests are deselected
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Start with the files that may take longest, so that no process ends with one of them alone."""
    tests = Counter(item.path for item in items)
    seconds: Counter[Path] = Counter()
    for item in items:
        for mark in item.iter_markers("timeout"):
            seconds[item.path] = max(seconds[item.path], mark.args[0])
    items.sort(key=lambda item: (seconds[item.path], tests[item.path]), reverse=True)


def pytest_collection_finish() -> None:
    """Exclude what all tests share from garbage collection, which took a twelfth of their time."""
    gc.freeze()
    gc.enable()
    gc.set_threshold(50_000, 20, 100)


def pytest_unconfigure() -> None:
    """Free nothing one by one in a process that ends: pytest collects garbage once more, for seconds."""
    gc.freeze()


@pytest.fixture
def unused_port() -> int:
    return free_ports().port


@pytest.fixture(scope="session")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder that all processes of this run have in common."""
    own = tmp_path_factory.getbasetemp()
    folder = (own.parent if "PYTEST_XDIST_WORKER" in os.environ else own) / "shared"
    folder.mkdir(exist_ok=True)
    return folder


@pytest.fixture(scope="session")
def provider(shared: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The executable of the AWS provider version that the stacks have locked."""
    found = make_once(shared / "provider", lambda: bytes(find_provider(tmp_path_factory.mktemp("provider"))))
    return Path(os.fsdecode(found))
