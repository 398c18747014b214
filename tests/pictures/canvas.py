"""Boxes, arrows and words as SVG: light or dark like the reader's system, no script, no font of its own."""

from dataclasses import dataclass, field
from textwrap import wrap
from xml.sax.saxutils import escape

# The mean width of a letter at 13 px in the usual system fonts, rounded up.
LETTER = 6.9
LINE = 18
STYLE = """
text { font: 13px system-ui, -apple-system, "Segoe UI", Roboto, sans-serif; fill: #1f2328 }
.title { font-weight: 600 }
.faint { fill: #59636e }
.box { fill: #f6f8fa; stroke: #59636e }
.good { fill: #dafbe1; stroke: #1a7f37 }
.bad { fill: #ffebe9; stroke: #cf222e }
.first { fill: #ddf4ff; stroke: #0969da }
.panel { fill: none; stroke: #8c959f; stroke-dasharray: 4 3 }
.arrow { fill: none; stroke: #59636e; stroke-width: 1.5; marker-end: url(#head) }
.head { fill: #59636e }
@media (prefers-color-scheme: dark) {
  text { fill: #f0f6fc }
  .faint, .head { fill: #9198a1 }
  .box { fill: #151b23; stroke: #9198a1 }
  .good { fill: #12261e; stroke: #3fb950 }
  .bad { fill: #25171c; stroke: #f85149 }
  .first { fill: #111d2e; stroke: #4493f8 }
  .panel { stroke: #656c76 }
  .arrow { stroke: #9198a1 }
}
"""


def lines(words: str, width: float) -> list[str]:
    """Break words into lines that fit into `width` pixels."""
    return wrap(words, max(1, int(width / LETTER)), break_long_words=False, break_on_hyphens=False)


@dataclass
class Canvas:
    """A picture of `width` pixels; it grows downwards. `title` is what a screen reader says."""

    width: int
    title: str
    height: float = 0
    parts: list[str] = field(default_factory=list)

    def words(self, x: float, y: float, text: str, kind: str = "") -> None:
        """Write one line, its baseline at `y`."""
        marked = f' class="{kind}"' if kind else ""
        self.parts.append(f'<text x="{x:g}" y="{y:g}"{marked}>{escape(text)}</text>')
        self._reach(y + 6)

    def box(
        self,
        x: float,
        y: float,
        width: float,
        title: str,
        text: str = "",
        *,
        kind: str = "box",
        least: float = 0,
    ) -> float:
        """Draw a box with a title and wrapped words, `least` pixels high or more; return its lower edge."""
        wrapped = lines(text, width - 24)
        height = max(least, 16 + LINE * (len(wrapped) + bool(title)))
        self.parts.append(
            f'<rect class="{kind}" x="{x:g}" y="{y:g}" width="{width:g}" height="{height:g}" rx="6"/>'
        )
        below = y + 8
        for number, line in enumerate([title] * bool(title) + wrapped):
            self.words(
                x + 12, below + LINE * number + 13, line, "title" if title and number == 0 else "faint"
            )
        self._reach(y + height)
        return y + height

    def panel(self, x: float, y: float, width: float, height: float) -> None:
        """Draw a dashed frame around what belongs together."""
        self.parts.append(
            f'<rect class="panel" x="{x:g}" y="{y:g}" width="{width:g}" height="{height:g}" rx="10"/>'
        )
        self._reach(y + height)

    def arrow(self, *points: tuple[float, float]) -> None:
        """Draw an arrow along the points."""
        path = " ".join(f"{x:g},{y:g}" for x, y in points)
        self.parts.append(f'<polyline class="arrow" points="{path}"/>')

    def svg(self) -> str:
        """Return the picture as a file's text."""
        height = self.height + 10
        return "\n".join([
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {self.width} {height:g}" '
            f'width="{self.width}" height="{height:g}" role="img">',
            f"<title>{escape(self.title)}</title>",
            f"<style>{STYLE}</style>",
            '<defs><marker id="head" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="7" markerHeight="7" '
            'orient="auto"><path class="head" d="M0 0L8 4L0 8z"/></marker></defs>',
            *self.parts,
            "</svg>",
            "",
        ])  # fmt: skip

    def _reach(self, y: float) -> None:
        self.height = max(self.height, y)
