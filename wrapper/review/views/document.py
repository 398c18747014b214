"""The review as JSON; `schema.json` beside this file describes it."""

import json
from dataclasses import asdict
from pathlib import Path
from typing import Any

from wrapper.review.cost import Estimate
from wrapper.review.destroy_bound import DestroyBound
from wrapper.review.review import Review

# Increased if a reader of the last version would misunderstand this one.
VERSION = 1
_SCHEMA = Path(__file__).with_name("schema.json")


def document(review: Review) -> dict[str, Any]:
    """Return the whole review, amounts in US dollars a month, times in seconds."""
    return {
        "version": VERSION,
        "environment": review.environment,
        "verdict": asdict(review.verdict),
        "changes": review.has_changes,
        "blocked": sorted({finding.rule for finding in review.blocked}),
        "allowed": review.allowed,
        "digest": [change._asdict() for change in review.digest],
        "stacks": {plan.stack: plan.as_json() for plan in review.plans},
        "answers": [change.as_json() for change in review.answers],
        "findings": [asdict(finding) for finding in review.findings],
        "cost": _cost(review.cost) if review.cost else None,
        "rollouts": [
            asdict(bound)
            | {
                "seconds": bound.seconds,
                "formula": bound.formula,
                "deadline_seconds": review.deadlines.get(bound.service),
            }
            for bound in review.rollouts
        ],
        "destroy": _destroy(review.destroy) if review.destroy else None,
        "notes": list(review.notes),
    }


def _destroy(bound: DestroyBound) -> dict[str, Any]:
    return {
        "seconds": bound.seconds,
        "formula": bound.formula,
        "stages": [stage._asdict() for stage in bound.stages],
    }


def _cost(cost: Estimate) -> dict[str, Any]:
    table = cost.table
    return {
        "region": table.region,
        "currency": table.currency,
        "date": table.date.isoformat(),
        "source": table.source,
        "before": round(cost.before, 2),
        "after": round(cost.after, 2),
        "difference": round(cost.difference, 2),
        "lines": [
            {
                "address": line.address,
                "before": round(line.before, 2),
                "after": round(line.after, 2),
                "difference": round(line.difference, 2),
                "basis": line.basis,
            }
            for line in cost.lines
        ],
        "not_priced": dict(cost.not_priced),
        "not_counted": list(table.not_counted),
        "assumptions": list(cost.assumptions),
    }


def schema() -> dict[str, Any]:
    """Return the JSON schema of `document`."""
    loaded: dict[str, Any] = json.loads(_SCHEMA.read_text(encoding="utf-8"))
    return loaded
