"""Metric math, as far as the stacks' alarms use it: + - * /, numbers and FILL.

https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/using-metric-math.html
"""

import ast
import operator
from collections.abc import Callable, Mapping, Sequence

Series = list[float | None]
_OPERATIONS: Mapping[type[ast.operator], Callable[[float, float], float]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
}


class NotUnderstood(Exception):
    """The expression has a part that the sandbox doesn't implement; the message says which."""


class Expression:
    """An expression over series of the same periods; the constructor raises NotUnderstood."""

    def __init__(self, text: str) -> None:
        self.text = text
        try:
            self._tree = ast.parse(text.strip(), mode="eval").body
        except (SyntaxError, ValueError):
            raise NotUnderstood(f"{text!r} isn't an expression") from None
        self.names = set(_names(self._tree))

    def value(self, series: Mapping[str, Sequence[float | None]], length: int) -> Series:
        """Return a value for each period; None if an operand is missing or a divisor is 0."""
        return [_at(self._tree, series, index) for index in range(length)]


def _names(tree: ast.expr) -> list[str]:
    match tree:
        case ast.Name(id=name):
            return [name]
        case ast.Constant(value=int() | float()):
            return []
        case ast.UnaryOp(op=ast.USub(), operand=inner):
            return _names(inner)
        case ast.BinOp(left=left, op=op, right=right) if type(op) in _OPERATIONS:
            return _names(left) + _names(right)
        case ast.Call(func=ast.Name(id="FILL"), args=[inner, ast.Constant(value=int() | float())]):
            return _names(inner)
    raise NotUnderstood(
        f"the sandbox's metric math has + - * / and FILL by a number, not {ast.unparse(tree)}"
    )


def _at(tree: ast.expr, series: Mapping[str, Sequence[float | None]], index: int) -> float | None:
    match tree:
        case ast.Name(id=name):
            return series[name][index]
        case ast.Constant(value=int() | float() as number):
            return float(number)
        case ast.UnaryOp(operand=inner):
            found = _at(inner, series, index)
            return None if found is None else -found
        case ast.Call(args=[inner, ast.Constant(value=int() | float() as filling)]):
            found = _at(inner, series, index)
            return float(filling) if found is None else found
        case ast.BinOp(left=left, op=op, right=right):
            first, second = _at(left, series, index), _at(right, series, index)
            if first is None or second is None or (isinstance(op, ast.Div) and not second):
                return None
            return _OPERATIONS[type(op)](first, second)
    raise AssertionError(tree)
