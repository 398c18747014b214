"""`python -m wrapper.terraform`: validate both stacks with all their modules; changes nothing."""

import sys
from pathlib import Path

from wrapper.errors import WrapperError
from wrapper.terraform.terraform import Terraform

ROOT = Path(__file__).resolve().parents[2]


def main() -> int:
    terraform = Terraform(
        executable=Terraform.find(), root=ROOT, work=ROOT / ".wrapper" / "validate", process_environment={}
    )
    found = []
    for stack in ("foundation", "app"):
        terraform.init(stack, backend=None)
        found += [(stack, diagnostic) for diagnostic in terraform.validate(stack)]
    for stack, diagnostic in found:
        place = f"{diagnostic.file}:{diagnostic.line}"
        print(f"{stack}: {place}: {diagnostic.severity}: {diagnostic.summary}. {diagnostic.detail}")
    return 1 if found else 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except WrapperError as error:
        sys.exit(f"error: {error.message}")
