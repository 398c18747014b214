"""How the answers of two models differ: read from their artefacts, or asked of two versions that run.

numpy is imported only for a comparison: otherwise every command would wait for it.
"""

from pathlib import Path

from wrapper.model.diff.comparison import (
    DEPTH,
    READ,
    Agreement,
    Comparison,
    Distribution,
    Item,
    Mover,
    Shift,
    Tally,
)

__all__ = [
    "DEPTH",
    "READ",
    "Agreement",
    "Comparison",
    "Distribution",
    "Item",
    "Mover",
    "Shift",
    "Tally",
    "compare",
]


def compare(old: Path, new: Path) -> Comparison:
    """Compare two models' folders, of which only the files in READ are needed, beside the manifest.

    Raises ArtifactError for a model that is damaged, or of another format than docs/model-format.md says.
    """
    from wrapper.model.diff.answers import open_answers
    from wrapper.model.diff.comparing import compare_answers

    return compare_answers(open_answers(old), open_answers(new))
