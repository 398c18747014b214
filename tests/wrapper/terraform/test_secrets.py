"""A sensitive value in a real run of Terraform: it is in no progress, no log, no view."""

import json

from tests.wrapper.review.planned import environment
from tests.wrapper.terraform.clones import Clone, needs_terraform
from wrapper.review import make_review, views

pytestmark = needs_terraform
SECRET = "hunter2-hunter2"
SENSITIVE = """
terraform {
  backend "local" {}
}

variable "word" {
  type      = string
  sensitive = true
}

resource "terraform_data" "word" {
  input            = { password = var.word, harmless = "to-be-seen" }
  triggers_replace = [var.word]
}

output "word" {
  value     = "postgres://app:${var.word}@host"
  sensitive = true
}

check "length" {
  assert {
    condition     = length(var.word) > 100
    error_message = "word should be longer."
  }
}
"""


def test_a_sensitive_value_is_in_no_progress_log_or_view(clone: Clone) -> None:
    """Only the rendered variables, the saved plan and the state contain it."""
    clone.write(SENSITIVE)
    told: list[str] = []
    clone.init(f'word = "{SECRET}"\n')
    saved = clone.terraform.plan("app", progress=told.append)
    plan = clone.terraform.show(saved)
    clone.terraform.apply(saved, progress=told.append)
    review = make_review([plan], environment=environment())
    shown = [
        views.text(review),
        views.markdown(review),
        views.html(review),
        json.dumps(views.document(review)),
    ]
    logs = [path.read_text(encoding="utf-8") for path in clone.work.glob("*.jsonl")]
    assert logs
    assert told
    assert SECRET not in "".join([*told, *logs, *shown, repr(saved), repr(review)])
    assert "to-be-seen" in shown[2]
    keepers = {
        path.name for path in clone.root.rglob("*") if path.is_file() and SECRET.encode() in path.read_bytes()
    }
    assert not keepers & {"review.md", "review.html", "review.json"}
    assert all(name.endswith((".tfvars", ".tfplan", ".tfstate")) for name in keepers), keepers
