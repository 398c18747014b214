"""The examples in the modules' READMEs, which together make an application."""

import re
import shutil
from pathlib import Path

from tests.terraform.roots import OFFLINE, TERRAFORM, Root, planned

EXAMPLE = re.compile(r"^```hcl\n(.*?)^```", re.MULTILINE | re.DOTALL)


def test_examples_plan_together(work: Path, offline: dict[str, str]) -> None:
    """Each README has one example, good as it stands; they take what the others hand out."""
    root = work / "examples" / "terraform" / "examples" / "all"
    shutil.copytree(TERRAFORM / "modules", root.parents[1] / "modules")
    root.mkdir(parents=True)
    (root / "offline.tf").write_text(OFFLINE)
    for module in sorted((TERRAFORM / "modules").iterdir()):
        [example] = EXAMPLE.findall((module / "README.md").read_text())
        (root / f"{module.name}.tf").write_text(example)
    plan = Root(root, offline).plan({})
    assert len(planned(plan, "aws_ecs_service")) == len(planned(plan, "aws_lb")) == 1
