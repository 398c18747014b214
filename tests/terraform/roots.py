"""Copies of the stacks and modules that Terraform can plan without AWS, by tftest."""

import fcntl
import json
import os
import pickle
import re
import shutil
import subprocess
from collections.abc import Callable, Iterable, Mapping, Sequence
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
import tftest

from wrapper.terraform.binary import find_executable
from wrapper.terraform.configuration import choose_source, process_variables, write_configuration
from wrapper.terraform.messages import Diagnostic
from wrapper.terraform.mirror import locked_providers
from wrapper.terraform.plan import read_plan
from wrapper.terraform.progress import Report
from wrapper.terraform.rules import strip

TERRAFORM = Path(__file__).parents[2] / "terraform"

# AWS is not asked: no credentials are read or checked, and no account is compared.
OFFLINE = """
provider "aws" {
  region                      = "eu-west-1"
  access_key                  = "offline"
  secret_key                  = "offline"
  allowed_account_ids         = null
  skip_credentials_validation = true
  skip_metadata_api_check     = true
  skip_region_validation      = true
  skip_requesting_account_id  = true
}
"""
# What needs a provider: a block of its own, or a value of such a block.
_PROVIDED = re.compile(
    r"^(data|module|provider|resource|terraform) |\b(aws_\w+|data|module)\.\w", re.MULTILINE
)
LOCAL_STATE = """
terraform {
  backend "local" {}
}
"""


class Root:
    """One folder of the copy, initialised; every plan begins with an empty state."""

    def __init__(self, folder: Path, variables: Mapping[str, str]) -> None:
        self.folder = folder
        self._terraform = tftest.TerraformTest(str(folder), env=dict(variables))
        # tftest's own clean-up would delete lock files.
        self._terraform.setup(cleanup_on_exit=False)

    def plan(self, values: Mapping[str, Any] | str) -> tftest.TerraformPlanOutput:
        try:
            return self._terraform.plan(output=True, tf_var_file=self._write(values))
        except tftest.TerraformTestError as error:
            pytest.fail(error.cmd_error)  # its own message contains the whole plan

    def accept(self, values: Mapping[str, Any] | str) -> str:
        """Plan without parsing it, which takes half the time; return Terraform's output."""
        try:
            return str(self._terraform.plan(tf_var_file=self._write(values)))
        except tftest.TerraformTestError as error:
            pytest.fail(error.cmd_error)

    def refuse(self, values: Mapping[str, Any]) -> str:
        """Plan what must be refused; return Terraform's errors as one line."""
        with pytest.raises(tftest.TerraformTestError) as refused:
            self._terraform.plan(tf_var_file=self._write(values))
        return " ".join(refused.value.cmd_error.split())

    def apply(self, values: Mapping[str, Any] | str) -> dict[str, Any]:
        """Apply; return the outputs."""
        try:
            self._terraform.apply(tf_var_file=self._write(values))
        except tftest.TerraformTestError as error:
            pytest.fail(error.cmd_error)
        outputs = self._terraform.output()
        return {name: outputs[name] for name in outputs}

    def destroy(self, values: Mapping[str, Any]) -> None:
        self._terraform.destroy(tf_var_file=self._write(values))

    def changes(self, values: Mapping[str, Any] | str) -> dict[str, list[str]]:
        """Plan; return the action for each address that is not unchanged."""
        return {
            address: change["change"]["actions"]
            for address, change in self.plan(values).resource_changes.items()
            if change["mode"] == "managed" and change["change"]["actions"] != ["no-op"]
        }

    def drift(self, values: Mapping[str, Any]) -> list[str]:
        """Refresh as `drift` does; return the lines that it would print."""
        file = self._write(values)
        self._terraform.execute_command(
            "plan", "-refresh-only", "-input=false", f"-var-file={file}", "-out=drift.tfplan"
        )
        document = json.loads(str(self._terraform.execute_command("show", "-json", "drift.tfplan").out))
        return [line for each in read_plan(document, stack="app").drift for line in each.lines()]

    def schemas(self) -> str:
        """Return what `providers schema -json` prints."""
        return str(self._terraform.execute_command("providers", "schema", "-json").out)

    def addresses(self) -> list[str]:
        """Return the addresses of the resources in the state."""
        listed = str(self._terraform.execute_command("state", "list").out).splitlines()
        return [address for address in listed if ".data." not in f".{address}"]

    def rename(self, address: str, name: str) -> None:
        """Move a resource in the state to another address."""
        self._terraform.execute_command("state", "mv", address, name)

    def forget(self, *addresses: str) -> None:
        """Remove a resource from the state without deleting it."""
        self._terraform.execute_command("state", "rm", *addresses)

    def resources(self) -> list[dict[str, Any]]:
        """Return the resources in the state."""
        return list(self._terraform.state_pull()["resources"])

    def _write(self, values: Mapping[str, Any] | str) -> str:
        """Write values, or the text of a tfvars file, to where Terraform reads them."""
        text, ending = (values, "") if isinstance(values, str) else (json.dumps(values), ".json")
        file = self.folder / f"test.tfvars{ending}"
        file.write_text(text)
        return str(file)


Roots = Callable[[str], Root]


class OfflineRoot(Root):
    """A root without a state: a plan is the same in every process of a run, so one of them makes it."""

    def __init__(self, folder: Path, variables: Mapping[str, str], plans: Path) -> None:
        super().__init__(folder, variables)
        self._plans = plans

    def plan(self, values: Mapping[str, Any] | str) -> tftest.TerraformPlanOutput:
        asked = json.dumps([self.folder.parts[-2:], values], sort_keys=True)
        file = self._plans / sha256(asked.encode()).hexdigest()
        plan = super().plan
        return pickle.loads(make_once(file, lambda: pickle.dumps(plan(values))))


def make_once(file: Path, make: Callable[[], bytes]) -> bytes:
    """Return the content of a file; the first process makes it, and the others wait."""
    with file.with_suffix(".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not file.exists():
            file.write_bytes(make())
    return file.read_bytes()


class Rules:
    """A folder made by `wrapper.terraform.rules`: a root without any provider."""

    def __init__(self, folder: Path, variables: Mapping[str, str]) -> None:
        self._folder = folder
        self._variables = dict(variables)
        self._run("init", check=True)

    def broken(self, values: Mapping[str, Any]) -> tuple[str, ...]:
        """Return the message of each broken rule."""
        return tuple(sentence for each in self._warnings(values) for sentence in each.broken_rules)

    def unasked(self, values: Mapping[str, Any]) -> set[str]:
        """Return the inputs and outputs, as module.name, whose rules depend on what is not created yet."""
        unknown = [each for each in self._warnings(values) if "known after apply" in each.summary]
        return {self._owner(self._folder / (each.file or ""), each.line or 0) for each in unknown}

    def _owner(self, file: Path, line: int) -> str:
        above = "\n".join(file.read_text().splitlines()[:line])
        owner = re.findall(r'^check "(?:variable|output)_(\w+)"', above, re.MULTILINE)[-1]
        return f"{file.resolve().parent.name}.{owner}"

    def _warnings(self, values: Mapping[str, Any]) -> Sequence[Diagnostic]:
        file = self._folder / "test.tfvars.json"
        file.write_text(json.dumps(values))
        report = Report(lambda line: None)
        said = self._run("plan", "-json", "-lock=false", "-refresh=false", f"-var-file={file}")
        for line in said.splitlines():
            report.line(line)
        return report.warnings

    def _run(self, *words: str, check: bool = False) -> str:
        command = ["terraform", *words, "-input=false"]
        run = subprocess.run(
            command, cwd=self._folder, env=self._variables, stdout=subprocess.PIPE, text=True, check=check
        )
        return run.stdout


def planned(plan: tftest.TerraformPlanOutput, kind: str) -> dict[str, dict[str, Any]]:
    """Return the planned values of all resources of a type by address, without those that AWS decides."""
    return {
        address: change["change"]["after"]
        for address, change in plan.resource_changes.items()
        if change["mode"] == "managed" and change["type"] == kind
    }


def only(plan: tftest.TerraformPlanOutput, kind: str) -> dict[str, Any]:
    """Return the planned values of the only resource of a type."""
    [values] = planned(plan, kind).values()
    return values


def of(plan: tftest.TerraformPlanOutput, kind: str, name: str) -> dict[str, Any]:
    """Return the planned values of the only resource of a type in the module of this name."""
    [values] = [values for address, values in planned(plan, kind).items() if f'"{name}"' in address]
    return values


def copy_root(folder: str, work: Path, *, offline: bool = True) -> Path:
    """Copy a stack with its modules and a local state, or a module, as a root of its own.

    `rules/x` is the part of module x that needs no provider: its inputs and what is computed from them.
    """
    if folder.startswith("rules/"):
        copy = work / folder.replace("/", "-")
        copy.mkdir()
        for path in rule_files(TERRAFORM / "modules" / folder.removeprefix("rules/")):
            shutil.copy(path, copy)
        return copy
    if folder.startswith("modules/"):
        tree = work / folder.replace("/", "-")
        shutil.copytree(TERRAFORM / "modules", tree / "modules")
        copy = tree / folder
        if "hashicorp/aws" in (copy / "terraform.tf").read_text():
            (copy / "offline.tf").write_text(OFFLINE)
        return copy
    tree = work / folder.replace("/", "-")
    shutil.copytree(TERRAFORM, tree, ignore=shutil.ignore_patterns(".terraform", "*.tfstate*"))
    (tree / folder / "state_override.tf").write_text(LOCAL_STATE)
    if offline:
        (tree / folder / "offline_override.tf").write_text(OFFLINE)
    return tree / folder


def rule_files(folder: Path) -> list[Path]:
    """Return a stack's or a module's files that neither contain a resource nor refer to one."""
    return [path for path in sorted(folder.glob("*.tf")) if not _PROVIDED.search(_code(path))]


def _code(path: Path) -> str:
    """Read a file without comments and quoted strings."""
    return re.sub(
        r'"(\\.|[^"\\])*"|#.*', lambda said: "".join(re.findall(r"\$\{.*?\}", said[0])), path.read_text()
    )


def compose(modules: Iterable[str], work: Path) -> Path:
    """Write a root that checks the modules' rules; its inputs are those of calls, by module and label."""
    root = work / "composed"
    strip(TERRAFORM / "modules", root / "modules")
    calls = {}
    for module in modules:
        text = (root / "modules" / module / "rules.tf").read_text()
        names = re.findall(r'^variable "(\w+)"', text, re.MULTILINE)
        inputs = {name: f"${{try(each.value.{name}, null)}}" for name in names}
        calls[module] = {"source": f"./modules/{module}", "for_each": f"${{var.{module}}}", **inputs}
    main = {"variable": {module: {} for module in calls}, "module": calls}
    (root / "main.tf.json").write_text(json.dumps(main, indent=1))
    return root


def terraform_variables(work: Path) -> dict[str, str]:
    """Return Terraform's process variables, with a local mirror of providers if there is one."""
    executable = find_executable()
    providers = locked_providers(TERRAFORM / "stacks")
    source = choose_source(providers, platform=executable.platform, environment=os.environ)
    return {**process_variables(os.environ, {}), **write_configuration(source, work)}


def find_provider(work: Path) -> Path:
    """Return the path of the locked AWS provider, from where Terraform takes it."""
    root = Root(copy_root("stacks/foundation", work), terraform_variables(work))
    [program] = (root.folder / ".terraform" / "providers").glob("*/*/aws/*/*/terraform-provider-aws_*")
    return program.resolve()
