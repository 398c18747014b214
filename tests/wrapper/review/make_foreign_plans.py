"""Make the plans in plans/foreign/ from other people's configurations in foreign/, without AWS.

Run `python -m tests.wrapper.review.make_foreign_plans` after a change of those; it takes a minute.
"""

import json
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from tests.terraform.roots import OFFLINE, terraform_variables
from tests.wrapper.review.make_plans import trimmed
from tests.wrapper.review.settled import OfflineStack

HERE = Path(__file__).parent
CONFIGURATIONS = HERE / "foreign"
TARGET = HERE / "plans" / "foreign"


def plans(work: Path) -> Iterator[tuple[str, Any]]:
    """Plan each configuration's first create, and a later change of one of them."""
    variables = terraform_variables(work)
    for folder in sorted(CONFIGURATIONS.iterdir()):
        copy = work / folder.name
        shutil.copytree(folder, copy)
        (copy / "offline.tf").write_text(OFFLINE, encoding="utf-8")
        stack = OfflineStack(copy, variables)
        yield folder.name, stack.plan("")
        if folder.name == "fleet":
            yield from later(stack)


def later(stack: OfflineStack) -> Iterator[tuple[str, Any]]:
    """Plan a larger instance with another password, and the destroy, on a state as after an apply."""
    stack.settle("", rounds=2)
    yield "fleet-changed", stack.plan('size = "t3.xlarge"\npassword = "foreign-password-2"\n')
    yield "fleet-destroy", stack.plan("", destroy=True)


def main() -> None:
    TARGET.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as work:
        for name, document in plans(Path(work)):
            text = json.dumps(trimmed(document), separators=(",", ":"), sort_keys=True)
            (TARGET / f"{name}.json").write_text(text + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
