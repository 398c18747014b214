"""What a comparison of two models holds, in the terms of the field.

Overlap@10 is the share of one top 10 that is in the other. Rank-biased overlap (RBO; Webber, Moffat and
Zobel, "A similarity measure for indefinite rankings", ACM TOIS 28(4), 2010) weighs the first places more.
Catalogue coverage is the share of the items that is in anybody's top 10. Average recommendation popularity
(ARP) is how many interactions an item of a top 10 has, the mean of a list, then of the users.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, NamedTuple

from wrapper.environment.release import ModelVersion

# Compared is what is sent by default: answers.npy has this many items of each user.
DEPTH = 10
# Then the first ten places have 86 % of the weight (equation 21 of the paper).
PERSISTENCE = 0.9
# The files of a model that are read, beside its manifest.
READ = ("answers.npy", "user_slots.npy", "items.jsonl", "item_counts.npy")
QUANTILES = (0, 0.05, 0.25, 0.5, 0.75, 0.95, 1)
# The number of named users with the largest change, and of named items gained and lost.
NAMED = 10


class Item(NamedTuple):
    id: str
    title: str


class Told(NamedTuple):
    """A user's list before and after, best first."""

    user: str
    old: tuple[Item, ...]
    new: tuple[Item, ...]


@dataclass(frozen=True, kw_only=True)
class Tally:
    """Numbers of users or items: of the old model, of the new one, and of both."""

    old: int
    new: int
    both: int

    @property
    def gained(self) -> int:
        return self.new - self.both

    @property
    def lost(self) -> int:
        return self.old - self.both

    @property
    def lost_share(self) -> float:
        return self.lost / max(self.old, 1)

    def as_json(self) -> dict[str, int]:
        return asdict(self) | {"gained": self.gained, "lost": self.lost}


@dataclass(frozen=True, kw_only=True)
class Distribution:
    """A measure from 0 to 1 over the users that both models know.

    `quantiles` are by share of the users, as in QUANTILES; `tenths` counts the users whose value is nearest
    to 0, 0.1, … 1.
    """

    mean: float
    quantiles: Mapping[float, float]
    tenths: tuple[int, ...]

    def as_json(self) -> dict[str, Any]:
        quantiles = {f"{share:g}": round(value, 6) for share, value in self.quantiles.items()}
        return {"mean": round(self.mean, 6), "quantiles": quantiles, "tenths": list(self.tenths)}


@dataclass(frozen=True, kw_only=True)
class Shift:
    old: float
    new: float

    @property
    def difference(self) -> float:
        return self.new - self.old

    def as_json(self) -> dict[str, float]:
        found = {"old": self.old, "new": self.new, "difference": self.difference}
        return {name: round(value, 6) for name, value in found.items()}


@dataclass(frozen=True, kw_only=True)
class Mover:
    """A user whose top 10 has changed, before and after."""

    user: str
    overlap: float
    rbo: float
    old: tuple[Item, ...]
    new: tuple[Item, ...]

    @property
    def gained(self) -> tuple[Item, ...]:
        return tuple(item for item in self.new if item.id not in {each.id for each in self.old})

    @property
    def lost(self) -> tuple[Item, ...]:
        return tuple(item for item in self.old if item.id not in {each.id for each in self.new})

    def as_json(self) -> dict[str, Any]:
        return {
            "user": self.user,
            "overlap": round(self.overlap, 6),
            "rbo": round(self.rbo, 6),
            "old": [item._asdict() for item in self.old],
            "new": [item._asdict() for item in self.new],
        }


@dataclass(frozen=True, kw_only=True)
class Agreement:
    """How far the top 10 of the users agree that have two each.

    `changed` is the share of the users in both whose top 10 is another, `reordered` that of those who got the
    same items in another order; these, `overlap` and `rbo` are None if there is nobody in both. `movers` are
    the users with the least RBO.
    """

    users: Tally
    changed: float | None
    reordered: float | None
    overlap: Distribution | None
    rbo: Distribution | None
    movers: tuple[Mover, ...]

    @property
    def measures(self) -> dict[str, float | None]:
        """Return what has a limit, by the limit's name; None if nobody is in both."""
        return {
            "overlap": self.overlap.mean if self.overlap else None,
            "rbo": self.rbo.mean if self.rbo else None,
            "changed": self.changed,
            "users_lost": self.users.lost_share,
        }

    def as_json(self) -> dict[str, Any]:
        return {
            "depth": DEPTH,
            "persistence": PERSISTENCE,
            "users": self.users.as_json(),
            "changed": _rounded(self.changed),
            "reordered": _rounded(self.reordered),
            "overlap": self.overlap.as_json() if self.overlap else None,
            "rbo": self.rbo.as_json() if self.rbo else None,
            "movers": [mover.as_json() for mover in self.movers],
        }


@dataclass(frozen=True, kw_only=True)
class Comparison(Agreement):
    """How the new model's answers differ from the old one's.

    `coverage` is of each model's own catalogue. `popularity` is ARP, for which an item's interactions are the
    mean of those in the models' training data, of the models that know it: one measure for both lists.
    `items_gained` and `items_lost` name those with the most interactions.
    """

    old: ModelVersion
    new: ModelVersion
    items: Tally
    coverage: Shift
    popularity: Shift
    items_gained: tuple[Item, ...]
    items_lost: tuple[Item, ...]

    @property
    def measures(self) -> dict[str, float | None]:
        return super().measures | {"items_lost": self.items.lost_share}

    def as_json(self) -> dict[str, Any]:
        return {
            "old": asdict(self.old),
            "new": asdict(self.new),
            **super().as_json(),
            "items": self.items.as_json()
            | {
                "most_popular_gained": [item._asdict() for item in self.items_gained],
                "most_popular_lost": [item._asdict() for item in self.items_lost],
            },
            "coverage": self.coverage.as_json(),
            "popularity": self.popularity.as_json(),
        }


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 6)
