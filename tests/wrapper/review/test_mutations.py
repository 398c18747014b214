"""Real plans with random changes: every view is complete, and says what it skipped."""

import copy
import json
from functools import cache
from typing import Any

import jsonschema
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from tests.wrapper.review.planned import NAMES, environment, raw
from wrapper.review import make_review, views
from wrapper.terraform.plan import read_plan

Json = Any
# Shrinking a failing example takes minutes; it is printed as drawn.
_HASTY = settings(
    database=None,
    phases=[Phase.generate],
    print_blob=True,
    suppress_health_check=list(HealthCheck),
)
_SCHEMA = jsonschema.validators.validator_for(views.schema())(views.schema())
_raw = cache(raw)
_SCALARS = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False)
    | st.text(max_size=20)
    | st.sampled_from(
        ["{", "[]", '{"a": [1, {"b": null}]}', "(known after apply)", "1e999", "0.0.0.0/0", "*", "nan"]
    )
    | st.sampled_from([float("inf"), -1e308, 1e308, 10**400])
)
_ANYTHING = st.recursive(
    _SCALARS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=6,
)


@st.composite
def mutated(draw: st.DrawFn) -> Json:
    """Draw a few resources of a stored plan, each with some values deleted or replaced by anything."""
    document = dict(_raw(draw(st.sampled_from(NAMES))))
    resources = draw(st.lists(st.sampled_from(document["resource_changes"]), min_size=1, max_size=6))
    document |= copy.deepcopy({key: value for key, value in document.items() if key != "resource_changes"})
    document["resource_changes"] = copy.deepcopy(resources)
    for _ in range(draw(st.integers(1, 4))):
        _mutate(draw, document)
    return document


def _mutate(draw: st.DrawFn, document: Json) -> None:
    """Choose a place at random, then delete its value or replace it by anything."""
    place = document
    while True:
        keys = list(place) if isinstance(place, dict) else list(range(len(place)))
        key = draw(st.sampled_from(keys))
        inner = place[key]
        if not isinstance(inner, dict | list) or not inner or draw(st.integers(0, 4)) == 0:
            break
        place = inner
    if draw(st.booleans()):
        place[key] = draw(_ANYTHING)
    else:
        del place[key]


def check(document: Json) -> None:
    """No view fails, the JSON follows its schema, and no resource is silently lost."""
    plan = read_plan(document, stack="app")
    review = make_review([plan], environment=environment())
    assert views.text(review, width=100)
    assert len(views.markdown(review).encode()) < views.LIMIT
    assert views.html(review).endswith("</html>")
    _SCHEMA.validate(json.loads(json.dumps(views.document(review), allow_nan=False)))
    given_resources = document.get("resource_changes")
    if isinstance(given_resources, list):
        skipped = [each for each in plan.skipped if each.startswith("resource_changes")]
        assert len(plan.everything) + len(skipped) >= len(given_resources)


@settings(_HASTY, max_examples=15)
@given(mutated())
def test_a_mutated_plan_is_still_reviewed(document: Json) -> None:
    """A few examples are drawn in each run."""
    check(document)


@pytest.mark.slow
@settings(_HASTY, max_examples=1000)
@given(mutated())
def test_a_thousand_mutated_plans_are_still_reviewed(document: Json) -> None:
    """CI draws many."""
    check(document)
