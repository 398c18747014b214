"""What is prose in a page or a module, with its place: no code, no names in backquotes, no addresses."""

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import cycle
from pathlib import Path

from markdown_it import MarkdownIt
from markdown_it.token import Token

MARKDOWN = MarkdownIt("commonmark").enable("table")
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


def of_module(path: Path) -> Iterator[Block]:
    """Yield what a user can see of a module: messages, help, docstrings of commands; no other docstring."""
    tree = ast.parse(path.read_text("utf-8"))
    silent = {id(_docstring(node)) for node in ast.walk(tree) if not _is_command(node)}
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in silent:
            text = re.sub(r"`[^`]*`", CODE[0], node.value)
            if len(text.split()) > 2:
                yield Block(path, node.lineno, text)


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


def _docstring(node: ast.AST) -> ast.Constant | None:
    match node:
        case (
            ast.Module(body=[ast.Expr(value=ast.Constant(value=str()) as text), *_])
            | ast.ClassDef(body=[ast.Expr(value=ast.Constant(value=str()) as text), *_])
            | ast.FunctionDef(body=[ast.Expr(value=ast.Constant(value=str()) as text), *_])
            | ast.AsyncFunctionDef(body=[ast.Expr(value=ast.Constant(value=str()) as text), *_])
        ):
            return text
    return None


def _is_command(node: ast.AST) -> bool:
    """Say whether a function is a command of click's, whose docstring is its help."""
    return isinstance(node, ast.FunctionDef) and any(
        re.search(r"\.(command|group)\b", ast.unparse(decorator)) for decorator in node.decorator_list
    )
