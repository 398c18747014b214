"""Small clones with the real terraform: only its built-in terraform_data, so nothing is downloaded."""

import json
import shutil
from dataclasses import dataclass
from pathlib import Path

import pytest

from wrapper.terraform import Executable, Terraform

needs_terraform = pytest.mark.skipif(shutil.which("terraform") is None, reason="terraform is not in PATH")

# One resource that is created at once, with a name from the variables.
QUICK = """
terraform {
  backend "local" {}
}

variable "word" {
  type = string
}

resource "terraform_data" "word" {
  input = var.word
}

output "word" {
  value = terraform_data.word.output
}
"""


@dataclass(frozen=True, kw_only=True)
class LocalBackend:
    """A local backend in place of the bucket: same life cycle, other settings."""

    path: Path

    def render(self) -> str:
        return f"path = {json.dumps(str(self.path))}\n"


@dataclass(frozen=True, kw_only=True)
class Clone:
    """A clone with one stack, `app`, and its Terraform."""

    root: Path
    backend: LocalBackend
    terraform: Terraform

    @property
    def stack(self) -> Path:
        return self.root / "terraform" / "stacks" / "app"

    @property
    def work(self) -> Path:
        return self.root / ".wrapper" / "dev" / "app"

    def write(self, text: str) -> None:
        (self.stack / "main.tf").write_text(text)

    def init(self, tfvars: str = "") -> None:
        self.terraform.init("app", tfvars=tfvars, backend=self.backend)

    def apply(self, tfvars: str = "") -> None:
        self.init(tfvars)
        self.terraform.apply(self.terraform.plan("app", progress=silent), progress=silent)


def silent(line: str) -> None:
    pass


def make_clone(root: Path, *, executable: Executable | None = None) -> Clone:
    (root / "terraform" / "stacks" / "app").mkdir(parents=True)
    return clone_at(root, executable=executable)


def clone_at(root: Path, *, executable: Executable | None = None) -> Clone:
    terraform = Terraform(
        executable=executable or Terraform.find(),
        root=root,
        work=root / ".wrapper" / "dev",
        process_environment={"AWS_EC2_METADATA_DISABLED": "true"},
    )
    return Clone(root=root, backend=LocalBackend(path=root / "state.tfstate"), terraform=terraform)
