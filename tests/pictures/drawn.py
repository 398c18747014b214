"""What each picture shows, read from the code, pyproject.toml and a table of docs/architecture.md.

`pictures()` returns the files of docs/pictures by name. `python -m tests.pictures` writes them, and
tests/test_pictures.py fails if one is not current.
"""

import ast
import re
import tomllib
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path

from tests.pictures import seen
from tests.pictures.canvas import Canvas
from wrapper import errors
from wrapper.delivery import deliver

ROOT = Path(__file__).resolve().parents[2]
FOLDER = ROOT / "docs" / "pictures"
ARCHITECTURE = ROOT / "docs" / "architecture.md"
WIDTH = 760
# What the terminal shows is laid out by rich.
RECORDING = "plan.svg"
STEP = re.compile(r"^(\d+)\. (\w+) +(.+?) {2,}(.+)$", re.MULTILINE)


def steps() -> list[tuple[str, str, str]]:
    """Return name, purpose and effect of each step of a delivery, from the docstring that orders them."""
    assert deliver.__doc__
    return [(name, purpose, effect) for _, name, purpose, effect in STEP.findall(deliver.__doc__)]


def layers() -> list[list[str]]:
    """Return the folders of the deployer by layer, from the top, as import-linter holds them."""
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
    rows = settings["tool"]["importlinter"]["contracts"][0]["layers"]
    return [re.findall(r"wrapper\.(\w+)", row) for row in rows]


def purpose(name: str) -> str:
    """Return the first sentence of the docstring of a module or package."""
    path = ROOT / name.replace(".", "/")
    file = path / "__init__.py" if path.is_dir() else path.with_suffix(".py")
    text = ast.get_docstring(ast.parse(file.read_text("utf-8"))) or ""
    return re.split(r"(?<=\.)\s", " ".join(text.split()))[0]


def targets() -> dict[str, dict[str, str]]:
    """Return the table of the two targets: target to column to what is there, without markup."""
    text = ARCHITECTURE.read_text("utf-8")
    head, *rows = (
        [re.sub(r"`([^`]+)`.*", r"\1", cell) if place == 0 else cell for place, cell in enumerate(cells)]
        for line in text.splitlines()
        if line.startswith(("| `target:` |", "| `sandbox`", "| `aws`"))
        for cells in [line.strip("| ").split(" | ")]
    )
    return {target: dict(zip(head[1:], cells, strict=True)) for target, *cells in rows}


def places() -> Canvas:
    """Draw the sandbox beside AWS."""
    canvas = Canvas(
        WIDTH,
        "One environment file and one wrapper lead to a sandbox on your machine, or to your AWS account",
    )
    top = {
        "environments/ENV.yaml": "what you edit",
        "python -m wrapper": "plans, applies, waits, tests",
        "Terraform": "the stacks foundation and app",
    }
    for place, (title, text) in enumerate(top.items()):
        canvas.box(10 + 255 * place, 10, 230, title, text, kind="box" if place else "first")
        if place:
            canvas.arrow((255 * place - 15, 36), (255 * place + 8, 36))
    places = {"sandbox": "on your machine", "aws": "in your AWS account"}
    found = targets()
    heights = dict.fromkeys(found["aws"], 0.0)
    for columns in found.values():
        for column, text in columns.items():
            heights[column] = max(heights[column], Canvas(WIDTH, "").box(0, 0, 332, column, text))
    for side, (target, columns) in enumerate(found.items()):
        left = 10 + 380 * side
        canvas.words(left + 14, 126, f"target: {target}, {places[target]}", "title")
        y = 140.0
        for column, text in columns.items():
            y = canvas.box(left + 14, y, 332, column, text, least=heights[column]) + 8
        canvas.panel(left, 104, 360, y - 98)
        canvas.arrow((635, 62), (635, 84), (left + 180, 84), (left + 180, 102))
        canvas.arrow((left + 180, y + 6), (left + 180, y + 28))
        canvas.box(left + 14, y + 30, 332, "a verified answer, or the reason why not", kind="good")
    return canvas


def flow() -> Canvas:
    """Draw the steps of an apply."""
    canvas = Canvas(WIDTH, "The steps of an apply, and what each of them changes")
    rows: list[Row] = []
    for name, what, effect in steps():
        rows.append(Row(canvas, name, kind="box" if effect == "reads only" else "first"))
        rows[-1].beside(178, what, effect)
        chain(canvas, rows)
    note = "Blue steps change something. If wait or smoke fails, the key rollback decides what happens."
    canvas.words(10, canvas.height + 22, note, "faint")
    return canvas


# How far an apply comes, the errors that end it before that, and what runs then.
STATES: list[tuple[str, list[type[errors.WrapperError]], str]] = [
    ("file checked", [errors.ConfigError], "the old version; nothing was touched"),
    ("requirements verified", [errors.PreconditionError], "the old version; nothing was touched"),
    ("locked", [errors.LockedError], "the old version; nothing was touched"),
    ("foundation reviewed", [errors.BlockedError, errors.Aborted], "the old version; nothing was changed"),
    ("foundation applied", [errors.TerraformError], "the old version; the next apply continues"),
    ("artefacts published", [errors.ArtifactError], "the old version"),
    ("app reviewed", [errors.BlockedError, errors.Aborted], "the old version"),
    ("app applied", [errors.TerraformError], "old or new tasks; the next apply continues"),
    ("rolled out", [errors.RolloutError], "the old version: ECS rolls back"),
    ("tested", [errors.SmokeError], "the new version, until it is rolled back"),
]


def states() -> Canvas:
    """Draw the states of an apply, and the exit code of each way to fail."""
    canvas = Canvas(WIDTH, "The states of an apply: how far it comes, or the exit code and what runs then")
    for x, head in ((10, "what is done"), (270, "how it can end there"), (474, "what runs then")):
        canvas.words(x, 18, head, "faint")
    rows: list[Row] = []
    for name, ends, after in STATES:
        rows.append(Row(canvas, name))
        middle = rows[-1].middle
        canvas.arrow((rows[-1].right, middle), (268, middle))
        codes = " or ".join(str(end.exit_code) for end in ends)
        names = " or ".join(end.__name__ for end in ends)
        canvas.box(270, rows[-1].y - 9, 190, f"exit code {codes}", names, kind="bad")
        canvas.words(474, middle + 4, after, "faint")
        chain(canvas, rows)
    rows.append(Row(canvas, "released: exit code 0", kind="good"))
    chain(canvas, rows)
    return canvas


def folders() -> Canvas:
    """Draw the folders of the deployer by layer, and the other programs."""
    canvas = Canvas(WIDTH, "The folders of the deployer: each imports only folders below it")
    y = 10.0
    for row in layers():
        y = side_by_side(canvas, y, {name: purpose(f"wrapper.{name}") for name in row})
    canvas.words(
        10, y + 22, "Programs of their own, which import nothing of the deployer or of each other:", "faint"
    )
    side_by_side(canvas, y + 34, {name: purpose(name) for name in ("emulator", "service")})
    return canvas


def side_by_side(canvas: Canvas, y: float, boxes: dict[str, str]) -> float:
    """Draw boxes of one height in a row; return where the next row begins."""
    width = (WIDTH - 20 - 8 * (len(boxes) - 1)) / len(boxes)
    height = max(Canvas(WIDTH, "").box(0, 0, width, *box) for box in boxes.items())
    for place, box in enumerate(boxes.items()):
        canvas.box(10 + (width + 8) * place, y, width, *box, least=height)
    return y + height + 8


class Row:
    """One box of a chain from top to bottom."""

    def __init__(self, canvas: Canvas, title: str, *, kind: str = "box") -> None:
        self.canvas, self.y, self.right = canvas, canvas.height + (22 if canvas.height else 20), 210
        self.below = canvas.box(10, self.y, 200, title, kind=kind)
        self.middle = (self.y + self.below) / 2

    def beside(self, x: float, what: str, effect: str) -> None:
        """Write what a step does, and below it what it changes."""
        self.canvas.words(x + 50, self.middle - 3, what)
        self.canvas.words(x + 50, self.middle + 14, effect, "faint")


def chain(canvas: Canvas, rows: list[Row]) -> None:
    """Join the last two boxes."""
    for above, below in pairwise(rows[-2:]):
        canvas.arrow((110, above.below), (110, below.y - 2))


PICTURES: dict[str, Callable[[], Canvas]] = {
    "places": places,
    "flow": flow,
    "states": states,
    "folders": folders,
    "rollout": lambda: seen.rollout(WIDTH),
}


def pictures() -> dict[str, str]:
    """Return the text of every file of docs/pictures."""
    drawn = {f"{name}.svg": draw().svg() for name, draw in PICTURES.items()}
    return {**drawn, RECORDING: seen.recording()}
