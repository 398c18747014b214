"""What is prose in a page or a module, with its place: no code, no names in backquotes, no addresses."""

import ast
import io
import re
import tokenize
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import cycle
from pathlib import Path

from markdown_it import MarkdownIt
from markdown_it.token import Token

MARKDOWN = MarkdownIt("commonmark").enable("table")
HCL_TEXT = re.compile(r'"((?:[^"\\]|\\.)*)"')
HCL_COMMENT = re.compile(r"(?:^|\s)#\s?(.*)$")
# What Docker says, quoted.
OTHERS = r"exit status \d"
# Comments for linters and interpreters.
_DIRECTIVE = re.compile(r"^(noqa|type: |checkov:|tflint-|!)")
# Each stands for one name. They differ, so that two names beside each other are no repeated word.
CODE = ("N1", "N2", "N3", "N4")


@dataclass(frozen=True)
class Block:
    """A paragraph, a cell, a heading or a string: its text and the line on which it begins."""

    path: Path
    line: int
    text: str
    is_sentence: bool = True


def of_page(path: Path) -> Iterator[Block]:
    """Yield the prose of a Markdown page; cells and headings are no sentences."""
    inside = 0
    for token in MARKDOWN.parse(path.read_text("utf-8")):
        if token.type in {"table_open", "heading_open"}:
            inside += 1
        elif token.type in {"table_close", "heading_close"}:
            inside -= 1
        elif token.type == "inline" and token.map and (text := _plain(token)).strip():
            yield Block(path, token.map[0] + 1, text, is_sentence=not inside)


def of_module(path: Path, *, strings: bool = True) -> Iterator[Block]:
    """Yield what a person reads of a module: messages and help (its strings), docstrings, comments."""
    text = path.read_text("utf-8")
    nodes: Iterator[ast.AST] = ast.walk(ast.parse(text))
    if not strings:
        # A docstring is the only string that is a statement.
        nodes = (node.value for node in nodes if isinstance(node, ast.Expr))
    for node in nodes:
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield from _block(path, node.lineno, node.value)
    if "#" not in text:
        return  # no comment, and tokens take long
    tokens = tokenize.generate_tokens(io.StringIO(text).readline)
    comments = ((token.start[0], token.string) for token in tokens if token.type == tokenize.COMMENT)
    yield from _comments(path, ((line, comment.lstrip("# ")) for line, comment in comments))


def of_hcl(path: Path) -> Iterator[Block]:
    """Yield what a person reads of a Terraform file: descriptions, messages, comments."""
    comments = []
    names = cycle(CODE)
    for number, line in enumerate(path.read_text("utf-8").splitlines(), start=1):
        for found in HCL_TEXT.finditer(line):
            yield from _block(path, number, re.sub(r"\$\{[^}]*\}", lambda _: next(names), found[1]))
        if comment := HCL_COMMENT.search(HCL_TEXT.sub("", line)):
            comments.append((number, comment[1]))
    yield from _comments(path, comments)


def _comments(path: Path, comments: Iterable[tuple[int, str]]) -> Iterator[Block]:
    """Join the lines of a comment, because a sentence may have several."""
    first, last, texts = 0, 0, list[str]()
    for line, text in comments:
        if _DIRECTIVE.match(text):
            continue
        if line != last + 1:
            yield from _block(path, first, "\n".join(texts))
            first, texts = line, []
        texts.append(text)
        last = line
    yield from _block(path, first, "\n".join(texts))


def _block(path: Path, line: int, text: str) -> Iterator[Block]:
    """Yield a text without backquoted names and addresses; one of two words or fewer is a key or a name."""
    names = cycle(CODE)
    text = re.sub(r"`[^`]*`|https?://\S+|" + OTHERS, lambda _: next(names), text)
    if len(text.split()) > 2:
        yield Block(path, line, text)


def _plain(token: Token) -> str:
    """Return the words of a line of Markdown, its lines kept."""
    parts = []
    names = cycle(CODE)
    for child in token.children or []:
        match child.type:
            case "text":
                parts.append(child.content)
            case "code_inline":
                parts.append(next(names))
            case "softbreak" | "hardbreak":
                parts.append("\n")
    return "".join(parts)
