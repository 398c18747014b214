"""What tests of several packages share."""

import gc
import os
import signal
from collections import Counter
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest
from hypothesis import settings

from tests.terraform.provider import running as running_provider
from tests.terraform.roots import (
    OfflineRoot,
    Root,
    Roots,
    copy_root,
    find_provider,
    make_once,
    terraform_variables,
)
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


@pytest.fixture(scope="session")
def copies(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of the stacks' and modules' copies that tests plan."""
    return tmp_path_factory.mktemp("terraform")


@pytest.fixture(scope="session")
def process_variables(copies: Path) -> dict[str, str]:
    """Return the variables of Terraform's processes, with this machine's mirror of providers."""
    return terraform_variables(copies)


@pytest.fixture(scope="session")
def offline(provider: Path, process_variables: dict[str, str], shared: Path) -> Iterator[dict[str, str]]:
    """Return the variables for Terraform processes that share one provider, which never asks AWS."""
    answers = shared / "answers"
    answers.mkdir(exist_ok=True)
    with running_provider(provider, process_variables, answers=answers) as variables:
        yield variables


@pytest.fixture(scope="session")
def roots(copies: Path, shared: Path, offline: dict[str, str]) -> Roots:
    """Return the root of a folder such as stacks/app or modules/vpc, initialised once: that takes seconds."""

    @cache
    def root(folder: str) -> Root:
        return OfflineRoot(copy_root(folder, copies), offline, shared)

    return root
