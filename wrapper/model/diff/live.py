"""How two versions answer the same questions, both asked while they run."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from wrapper.model.diff.comparison import NAMED, Agreement, Item, Tally, Told


@dataclass(frozen=True, kw_only=True)
class Answered:
    """What was answered as it should be: a list, best first, where one was asked for; values by JMESPath."""

    items: tuple[Item, ...] = ()
    values: Mapping[str, object]


@dataclass(frozen=True, kw_only=True)
class Pair:
    """One question to both, by its words and by whom it is about; None is no answer, or a wrong one."""

    question: str
    user: str
    is_list: bool
    old: Answered | None
    new: Answered | None


@dataclass(frozen=True, kw_only=True)
class Value:
    """What a JMESPath expression finds in both answers to a question; null where it finds nothing."""

    question: str
    expression: str
    old: object
    new: object

    @property
    def differs(self) -> bool:
        # True is no 1 in JSON, which Python can't tell.
        return self.old != self.new or json.dumps(self.old) != json.dumps(self.new)


@dataclass(frozen=True, kw_only=True)
class Live:
    """How the new version's answers differ from the old one's.

    `answered` counts the questions, `lists` is None if none asked for a list. Of `values` values that both
    have, `differing` are not the same; `examples` are the first of those.
    """

    answered: Tally
    lists: Agreement | None
    values: int
    differing: int
    examples: tuple[Value, ...]

    @property
    def measures(self) -> dict[str, float | None]:
        """Return what has a limit, by the limit's name."""
        return {
            "users_lost": self.answered.lost_share,
            **(self.lists.measures if self.lists else {}),
            "values": self.differing / self.values if self.values else None,
        }

    def as_json(self) -> dict[str, Any]:
        return {
            "answered": self.answered.as_json(),
            "lists": self.lists.as_json() if self.lists else None,
            "values": {
                "compared": self.values,
                "differing": self.differing,
                "examples": [asdict(each) for each in self.examples],
            },
        }


def compare_live(pairs: Sequence[Pair]) -> Live:
    """Compare what two versions have answered."""
    from wrapper.model.diff.comparing import compare_lists

    listed = [each for each in pairs if each.is_list]
    told = [Told(each.user, each.old.items, each.new.items) for each in listed if each.old and each.new]
    values = [
        Value(question=each.question, expression=expression, old=found, new=each.new.values.get(expression))
        for each in pairs
        if each.old and each.new
        for expression, found in each.old.values.items()
    ]
    differing = [each for each in values if each.differs]
    return Live(
        answered=_tally(pairs),
        lists=compare_lists(told, _tally(listed)) if listed else None,
        values=len(values),
        differing=len(differing),
        examples=tuple(differing[:NAMED]),
    )


def _tally(pairs: Sequence[Pair]) -> Tally:
    return Tally(
        old=sum(each.old is not None for each in pairs),
        new=sum(each.new is not None for each in pairs),
        both=sum(each.old is not None and each.new is not None for each in pairs),
    )
