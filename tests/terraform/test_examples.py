"""The examples in the modules' READMEs, which together make an application."""

import json
import re
import shutil
from pathlib import Path

from tests.terraform.examples import DIGEST
from tests.terraform.roots import OFFLINE, TERRAFORM, Root, only, planned

EXAMPLE = re.compile(r"^```hcl\n(.*?)^```", re.MULTILINE | re.DOTALL)


def test_examples_plan_together(copies: Path, offline: dict[str, str]) -> None:
    """Each README has one example, complete as it is; they use each other's outputs."""
    root = copies / "examples" / "terraform" / "examples" / "all"
    shutil.copytree(TERRAFORM / "modules", root.parents[1] / "modules")
    root.mkdir(parents=True)
    (root / "offline.tf").write_text(OFFLINE)
    for module in sorted((TERRAFORM / "modules").iterdir()):
        [example] = EXAMPLE.findall((module / "README.md").read_text())
        (root / f"{module.name}.tf").write_text(example)
    plan = Root(root, offline).plan({})
    assert len(planned(plan, "aws_ecs_service")) == len(planned(plan, "aws_lb")) == 1


def test_a_root_of_the_modules_alone_is_planned(copies: Path, offline: dict[str, str]) -> None:
    """It has at most 60 lines and no wrapper; its resources are complete, and the service has a rule."""
    example = TERRAFORM.parent / "examples" / "modules"
    assert sum(len(path.read_text().splitlines()) for path in example.glob("*.tf")) <= 60
    root = copies / "alone" / "examples" / "modules"
    shutil.copytree(example, root, ignore=shutil.ignore_patterns(".terraform*", "*.tfstate*"))
    shutil.copytree(TERRAFORM / "modules", copies / "alone" / "terraform" / "modules")
    (root / "offline_override.tf").write_text(OFFLINE)
    plan = Root(root, offline).plan(
        {"account_id": "123456789012", "image": f"registry.example.com/site@{DIGEST}"}
    )
    for kind in ("aws_ecs_service", "aws_lb", "aws_lb_listener_rule", "aws_lb_target_group"):
        assert len(planned(plan, kind)) == 1, kind
    [container] = json.loads(only(plan, "aws_ecs_task_definition")["container_definitions"])
    assert container["image"] == f"registry.example.com/site@{DIGEST}"
    assert [port["containerPort"] for port in container["portMappings"]] == [8080]


def test_inputs_of_what_it_composes_are_described_at_any_depth() -> None:
    """The module's own table describes each nested key; keys that the user names have no description."""
    text = (TERRAFORM.parent / "examples" / "modules" / "main.tf").read_text()
    composed = re.findall(r'source\s*= "../../terraform/modules/(\w+)"', text)
    assert len(composed) == 6
    silent = [
        f"{name}: {path}"
        for name in composed
        for path in re.findall(
            r"^\| `([^`]+)` \| .* \|  \|$",
            (TERRAFORM / "modules" / name / "README.md").read_text(),
            re.MULTILINE,
        )
    ]
    assert silent == []
