"""Levels that block an apply, and the reasons that allow it."""

import json
import re

import jsonschema
import pytest

from tests.wrapper.review.planned import change, created, environment, plan
from wrapper.cli.options import allow_of
from wrapper.delivery.plans import refuse_blocked
from wrapper.environment import RULES
from wrapper.environment import Review as ReviewBlock
from wrapper.errors import BlockedError, ConfigError
from wrapper.review import Review, make_review, views

BUCKET = change("aws_s3_bucket", "delete", before={"force_destroy": True})
DOOR = created(
    "aws_vpc_security_group_ingress_rule", {"cidr_ipv4": "0.0.0.0/0", "from_port": 22, "to_port": 22}
)
WHY = "the <b>old</b> bucket moved | ada agreed"


def review(*, file: dict[str, str] | None = None, option: dict[str, str] | None = None) -> Review:
    declared = environment("prod").model_copy(update={"review": ReviewBlock(allow=file or {})})
    return make_review([plan(BUCKET, DOOR)], environment=declared, allow=option)


def test_a_blocked_plan_is_refused_with_every_reason() -> None:
    """The message has the rules, addresses and the option that allows each."""
    with pytest.raises(BlockedError) as caught:
        refuse_blocked(review())
    assert caught.value.exit_code == 11
    assert caught.value.message.splitlines()[0] == "the plan of prod is blocked by data-loss, open-door"
    assert "aws_s3_bucket.x: It is destroyed" in caught.value.message
    assert '--allow data-loss="..." --allow open-door="..."' in str(caught.value.fix)


def test_every_blocking_rule_needs_a_reason_of_its_own() -> None:
    """A reason for one rule does not allow another."""
    with pytest.raises(BlockedError, match="blocked by open-door"):
        refuse_blocked(review(option={"data-loss": WHY}))


def test_a_reason_in_the_file_and_one_on_the_command_line_add_up() -> None:
    """If both name a rule, the option wins."""
    seen = review(file={"data-loss": "older", "open-door": "ssh for a day"}, option={"data-loss": WHY})
    refuse_blocked(seen)
    assert seen.allowed == {"data-loss": WHY, "open-door": "ssh for a day"}


def test_a_reason_is_no_markup_and_no_escape() -> None:
    """Otherwise a comment would load an image, and a terminal would run an escape sequence."""
    reason = r"![x](https://x.test/a.png) \[y](//y) www.z.test #1" + " \x1b]0;title\x07"
    seen = review(option={"data-loss": reason})
    shown = views.markdown(seen)
    assert "\x1b" not in shown
    assert "![x](" not in shown
    for word in ("https:\u200b//x.test", "www\u200b.z.test", "#\u200b1", r"!\[x\](", r"\\\[y\](//y)"):
        assert word in shown
    plain = re.sub(r"\x1b\[[0-9;]*m", "", views.text(seen, width=200))
    assert "\x1b" not in plain
    assert "\u241b]0;title" in plain


def test_the_reason_is_shown_in_every_view() -> None:
    """It is shown as text, whatever it contains."""
    seen = review(option={"data-loss": WHY})
    assert f"allowed: {WHY}" in re.sub(r"\x1b\[[0-9;]*m", "", views.text(seen, width=200))
    assert "Allowed: the &lt;b>old&lt;/b> bucket moved \\| ada agreed" in views.markdown(seen)
    document = json.loads(json.dumps(views.document(seen)))
    jsonschema.validate(document, views.schema())
    assert document["allowed"] == {"data-loss": WHY}
    assert document["blocked"] == ["open-door"]
    assert [each["allowed"] for each in document["findings"]] == [WHY, None]


@pytest.mark.parametrize(
    ("option", "sentence"),
    [
        ("data-los=x", "data-los must be a rule of the review (did you mean data-loss?)."),
        ("data-loss", "data-loss must have a reason, on one line, as in data-loss=REASON."),
        ("data-loss= ", "data-loss must have a reason, on one line, as in data-loss=REASON."),
        ("data-loss=a\nb", "data-loss must have a reason, on one line, as in data-loss=REASON."),
        ("zzz=x", f"zzz must be a rule of the review (there are {', '.join(RULES)})."),
    ],
)
def test_an_option_that_allows_nothing_is_refused(option: str, sentence: str) -> None:
    """The message has the nearest rule, or all of them."""
    with pytest.raises(ConfigError) as caught:
        allow_of([option])
    assert caught.value.problems == (sentence,)


def test_a_reason_may_hold_what_it_likes() -> None:
    """Only the first equals sign is the separator."""
    assert allow_of(["open-door=port=22 for a day"]) == {"open-door": "port=22 for a day"}
