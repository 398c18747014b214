"""What a person sees, as pictures: a recording of `plan`, a roll-out on a time line, the review's page.

The page needs Chromium: `python -m tests.browser.screenshot` takes it, and writes into the file which page it
shows. That is compared without a browser.
"""

import hashlib
import io
import re
import struct
import zlib
from itertools import takewhile

from rich.console import Console
from rich.text import Text

from tests.pictures.canvas import Canvas
from tests.wrapper.review.planned import environment, stored
from wrapper.review import Review, make_review, views
from wrapper.review.views.html.bars import Timeline, timelines

COLUMNS = 92
# Links in rich's picture to other sites are removed; the reader's own fonts are used.
_FAMILY = 'ui-monospace, SFMono-Regular, Menlo, Consolas, "Liberation Mono", monospace'
_RICH = (
    (re.compile(r"\n *@font-face \{.*?\}", re.DOTALL), ""),
    (re.compile(r"\n *<!--.*?-->"), ""),
    (re.compile("Fira Code, monospace"), _FAMILY),
)
_LEFT, _TOP, _BAR = 20.0, 64.0, 26.0
_MEANING = {
    "start": "until the new tasks run",
    "grace": "until they have loaded their model",
    "health": "until their targets are healthy",
    "drain": "the old ones finish their requests",
    "stop": "and end",
    "bake": "alarms are watched",
}
_PAGE = b"page"


def reviewed() -> Review:
    """Return the review that README and docs show: larger tasks in staging."""
    return make_review([stored("larger-size")], environment=environment())


def recording() -> str:
    """Return a terminal with `plan staging` as SVG, whatever the current terminal can show."""
    console = Console(
        record=True,
        width=COLUMNS,
        file=io.StringIO(),
        force_terminal=True,
        color_system="truecolor",
        no_color=False,
    )
    console.print(Text("$ python -m wrapper plan staging", style="bold"))
    for line in takewhile(lambda line: line.plain != "All changes", views.screen(reviewed(), width=COLUMNS)):
        console.print(line, soft_wrap=True)
    drawn = console.export_svg(title="plan staging", unique_id="plan")
    for pattern, new in _RICH:
        drawn = pattern.sub(new, drawn)
    return "\n".join(line.rstrip() for line in drawn.splitlines()) + "\n"


def rollout(width: int) -> Canvas:
    """Draw the longest that a new image's roll-out takes, part by part, up to its deadline."""
    [line] = timelines(make_review([stored("new-image")], environment=environment()))
    canvas = Canvas(width, "A roll-out on a time line: what it waits for, at most, and when it is given up")
    room = width - 2 * _LEFT
    canvas.words(_LEFT, 22, f"A new image of {line.bound.service}: at most {line.bound.seconds} s", "title")
    canvas.words(_LEFT, 42, line.bound.formula, "faint")
    x = _LEFT
    for number, stretch in enumerate(line.stretches):
        wide = room * stretch.share
        canvas.parts.append(
            f'<rect x="{x:.1f}" y="{_TOP:g}" width="{wide - 2:.1f}" height="{_BAR:g}" rx="3"'
            f' class="{"first" if number % 2 else "good"}"/>'
        )
        canvas.words(x + 4, _TOP + 18, str(number + 1))
        x += wide
    _deadline(canvas, line, room)
    y = _TOP + _BAR + 26
    for number, stretch in enumerate(line.stretches, 1):
        told = f"{number}  {stretch.what}, {stretch.seconds} s: {_MEANING[stretch.what]}"
        canvas.words(_LEFT + (number - 1) % 2 * room / 2, y + (number - 1) // 2 * 20, told)
    return canvas


def _deadline(canvas: Canvas, line: Timeline, room: float) -> None:
    if line.deadline is None or line.deadline_seconds is None:
        return
    x = _LEFT + room * line.deadline
    canvas.parts.append(
        f'<rect x="{x - 4:.1f}" y="{_TOP - 6:g}" width="4" height="{_BAR + 12:g}" class="bad"/>'
    )
    told = f"given up after {line.deadline_seconds} s"
    canvas.words(x - 7 * len(told) - 10, _TOP + 18, told, "faint")


def page() -> str:
    """Return the page whose picture the docs show."""
    return views.html(reviewed())


def page_hash() -> str:
    return hashlib.sha256(page().encode()).hexdigest()


def signed(png: bytes) -> bytes:
    """Write into a PNG which page it shows. https://www.w3.org/TR/png-3/#11tEXt"""
    chunk = b"tEXt" + _PAGE + b"\0" + page_hash().encode()
    end = png.rindex(b"IEND") - 4
    return (
        png[:end]
        + struct.pack(">I", len(chunk) - 4)
        + chunk
        + struct.pack(">I", zlib.crc32(chunk))
        + png[end:]
    )


def signature(png: bytes) -> str:
    """Return the hash of the page that a PNG says it shows, nothing if it says none."""
    found = re.search(rb"tEXt" + _PAGE + rb"\0([0-9a-f]{64})", png)
    return found[1].decode() if found else ""
