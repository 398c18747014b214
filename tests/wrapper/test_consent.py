"""What a person is shown and asked before a plan is applied."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.wrapper import stack as stacks
from tests.wrapper.listener import Listener
from tests.wrapper.review.planned import change, created, environment, plan
from wrapper.aws.client import Aws
from wrapper.delivery.plans import consent, refuse_others
from wrapper.delivery.site import Site
from wrapper.errors import Aborted, BlockedError, MovedError
from wrapper.review import Review, make_review

ROOT = Path(__file__).parents[2]
ADDRESS = created("aws_eip", {"domain": "vpc"})
BUCKET = change("aws_s3_bucket", "delete", before={"force_destroy": True})


def site(listener: Listener, root: Path) -> Site:
    return stacks.site(
        Aws(region="eu-west-1"), root, environment("prod"), listener, executable=stacks.NO_TERRAFORM
    )


def review(*changes: object, **allow: str) -> Review:
    reasons = {name.replace("_", "-"): reason for name, reason in allow.items()}
    return make_review([plan(*changes)], environment=environment("prod"), allow=reasons)


def test_on_aws_the_review_is_shown_before_the_question(tmp_path: Path) -> None:
    """It is the same as that of `plan`; the question names the account."""
    listener = Listener(answer=True)
    consent(site(listener, tmp_path), review(ADDRESS), question="Apply app", agreed=False)
    assert "Cost" in listener.noted[0]
    assert listener.asked == ["Apply app to account 222222222222?"]


def test_no_is_an_answer(tmp_path: Path) -> None:
    """Then nothing is applied."""
    with pytest.raises(Aborted, match="nothing was applied"):
        consent(site(Listener(answer=False), tmp_path), review(ADDRESS), question="Apply app", agreed=False)


def test_a_blocked_plan_is_shown_and_not_asked_about(tmp_path: Path) -> None:
    """Even --yes does not allow it."""
    listener = Listener(answer=True)
    for agreed in (False, True):
        with pytest.raises(BlockedError):
            consent(site(listener, tmp_path), review(BUCKET), question="Apply app", agreed=agreed)
    assert "data-loss" in listener.noted[0]
    assert listener.asked == []


def test_what_was_allowed_is_told_with_the_reason(tmp_path: Path) -> None:
    """It is printed even without a question."""
    listener = Listener(answer=True)
    consent(site(listener, tmp_path), review(BUCKET, data_loss="moved"), question="Apply app", agreed=True)
    assert listener.warned == ["data-loss is allowed: moved"]
    assert listener.noted == listener.asked == []


def test_a_record_that_names_other_images_than_the_plans_run_is_refused() -> None:
    """The plan file decides which images are printed and recorded as running, not the record beside it."""
    digests = [f"r@sha256:{character * 64}" for character in "ab"]
    definitions = {"container_definitions": json.dumps([{"name": "web", "image": digests[0]}])}
    seen = review(created("aws_ecs_task_definition", definitions))
    refuse_others(seen, {"web": digests[0]})
    with pytest.raises(MovedError, match=f"web must run {digests[1]}.\n  got {digests[0]}."):
        refuse_others(seen, {"web": digests[1]})


def test_a_review_in_a_log_has_no_colours() -> None:
    """If standard error is no terminal, the text is plain."""
    body = "TerminalConsole().note('\\x1b[31mred\\x1b[0m\\nx', styled=True)"
    code = f"from wrapper.console import TerminalConsole; {body}"
    told = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert told.stderr == "red\nx\n"
