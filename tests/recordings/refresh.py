"""Update the permissions of GitHub's workflows in the recordings: python -m tests.recordings.refresh

The recorded requests stay; the roles' permissions come from the current Terraform code, by a plan for each.
"""

import json
import tempfile
from pathlib import Path

from tests.terraform.deployers import deployers, inputs_of
from tests.terraform.provider import running
from tests.terraform.roots import Root, copy_root, find_provider, terraform_variables
from wrapper.aws.judge.judgement import load

RECORDINGS = Path(__file__).parent


def folders() -> list[Path]:
    """Return the folders of the existing recordings."""
    return sorted(path.parent for path in RECORDINGS.glob("*/calls.jsonl"))


def main() -> None:
    with tempfile.TemporaryDirectory() as made:
        work = Path(made)
        (work / "provider").mkdir()
        variables = terraform_variables(work)
        with running(find_provider(work / "provider"), variables) as offline:
            root = Root(copy_root("stacks/github", work), offline)
            for folder in folders():
                recording = load(folder)
                roles = {**recording.roles, **deployers(root.plan(inputs_of(recording)))}
                text = json.dumps(dict(sorted(roles.items())), indent=1)
                (folder / "policies.json").write_text(text + "\n", "utf-8")


if __name__ == "__main__":
    main()
