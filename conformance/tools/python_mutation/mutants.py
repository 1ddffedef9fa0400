"""The mutants of a module: one small change of its source text each."""

from __future__ import annotations

import ast
import hashlib
from collections.abc import Sequence
from itertools import pairwise
from typing import NamedTuple

_NEGATED: dict[type[ast.cmpop], str] = {
    ast.Eq: "!=", ast.NotEq: "==", ast.Lt: ">=", ast.GtE: "<", ast.Gt: "<=", ast.LtE: ">",
    ast.Is: "is not", ast.IsNot: "is", ast.In: "not in", ast.NotIn: "in",
}  # fmt: skip
_BOUNDARY: dict[type[ast.cmpop], str] = {
    ast.Lt: "<=", ast.LtE: "<", ast.Gt: ">=", ast.GtE: ">",
}  # fmt: skip
_ARITHMETIC: dict[type[ast.operator], str] = {
    ast.Add: "-", ast.Sub: "+", ast.Mult: "//", ast.FloorDiv: "*", ast.Mod: "//",
    ast.LShift: ">>", ast.RShift: "<<", ast.BitAnd: "|", ast.BitOr: "&", ast.BitXor: "|",
}  # fmt: skip
_REMOVED = (ast.Assign, ast.AugAssign, ast.Expr, ast.Raise, ast.Delete, ast.Continue, ast.Break)
_FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)
_SPACE = b" \t\r\n"


class Mutant(NamedTuple):
    """One change: the bytes from `start` to `stop` of the source are replaced by `new`.

    `before` and `after` are the changed source lines with each run of spaces made one space.
    They, `module`, `function` and `number` (1, or more where the same change is possible
    several times) name a mutant for as long as these lines stay as they are.
    """

    module: str
    function: str
    kind: str
    before: str
    after: str
    number: int
    start: int
    stop: int
    new: str

    @property
    def key(self) -> tuple[str, str, str, str, int]:
        """What names the mutant in the list of the equivalent ones."""
        return self.module, self.function, self.before, self.after, self.number

    def apply(self, source: bytes) -> bytes:
        """Return the source with the change."""
        return source[: self.start] + self.new.encode() + source[self.stop :]


def mutants(module: str, source: bytes) -> list[Mutant]:
    """Return all mutants of a module, in the order of the source."""
    found = _Finder(source)
    found.visit(ast.parse(source))
    seen: dict[tuple[str, str, str], int] = {}
    result = []
    for function, kind, start, stop, new in sorted(found.changes, key=lambda each: each[2:]):
        before, after = _lines(source, start, stop, new)
        number = seen[function, before, after] = seen.get((function, before, after), 0) + 1
        result.append(Mutant(module, function, kind, before, after, number, start, stop, new))
    return result


def sample(all_mutants: Sequence[Mutant], number: int, seed: int) -> list[Mutant]:
    """Return up to `number` mutants; a change elsewhere in the module keeps most of them."""

    def rank(mutant: Mutant) -> bytes:
        return hashlib.sha256(repr((seed, mutant.key)).encode()).digest()

    return sorted(all_mutants, key=rank)[:number]


def _lines(source: bytes, start: int, stop: int, new: str) -> tuple[str, str]:
    first = source.rfind(b"\n", 0, start) + 1
    last = source.find(b"\n", stop)
    last = len(source) if last < 0 else last
    before = source[first:last].decode()
    after = (source[first:start] + new.encode() + source[stop:last]).decode()
    return " ".join(before.split()), " ".join(after.split())


class _Finder(ast.NodeVisitor):
    """Collects (function, kind, start, stop, new text). Leaves out types, imports and prose."""

    def __init__(self, source: bytes) -> None:
        self.source = source
        self.changes: list[tuple[str, str, int, int, str]] = []
        self._names: list[str] = []
        self._starts = [0]
        for line in source.splitlines(keepends=True):
            self._starts.append(self._starts[-1] + len(line))

    def _start(self, node: ast.expr | ast.stmt) -> int:
        return self._starts[node.lineno - 1] + node.col_offset

    def _stop(self, node: ast.expr | ast.stmt) -> int:
        return self._starts[(node.end_lineno or 0) - 1] + (node.end_col_offset or 0)

    def _text(self, node: ast.expr) -> str:
        return self.source[self._start(node) : self._stop(node)].decode()

    def _add(self, kind: str, start: int, stop: int, new: str) -> None:
        self.changes.append((".".join(self._names) or "-", kind, start, stop, new))

    def _replace(self, kind: str, node: ast.expr | ast.stmt, new: str) -> None:
        self._add(kind, self._start(node), self._stop(node), new)

    def _between(self, kind: str, left: ast.expr, right: ast.expr, new: str) -> None:
        """Replace the operator between two operands; the parentheses around them stay."""
        start, stop = self._stop(left), self._start(right)
        text = self.source[start:stop]
        head = len(text) - len(text.lstrip(_SPACE + b")"))
        tail = len(text.rstrip(_SPACE + b"("))
        self._add(kind, start + head, start + tail, new)

    def _enter(self, node: ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef) -> None:
        self._names.append(node.name)
        defaults = []
        if isinstance(node, _FUNCTIONS):
            defaults = [*node.args.defaults, *(each for each in node.args.kw_defaults if each)]
        for child in (*node.decorator_list, *defaults, *node.body):
            self.visit(child)
        self._names.pop()

    visit_FunctionDef = visit_AsyncFunctionDef = visit_ClassDef = _enter  # noqa: N815

    def visit_AnnAssign(self, node: ast.AnnAssign) -> None:
        if node.value is not None:
            self.visit(node.value)

    def visit_If(self, node: ast.If) -> None:
        if ast.unparse(node.test) not in ("TYPE_CHECKING", "typing.TYPE_CHECKING"):
            self._condition(node.test)
            self.generic_visit(node)

    def visit_While(self, node: ast.While) -> None:
        self._condition(node.test)
        self.generic_visit(node)

    def visit_IfExp(self, node: ast.IfExp) -> None:
        self._condition(node.test)
        self.generic_visit(node)

    def _condition(self, test: ast.expr) -> None:
        if isinstance(test, (ast.Name, ast.Attribute, ast.Call, ast.Subscript)):
            self._replace("condition", test, f"(not {self._text(test)})")

    def visit_Assert(self, node: ast.Assert) -> None: ...
    def visit_Import(self, node: ast.Import) -> None: ...
    def visit_ImportFrom(self, node: ast.ImportFrom) -> None: ...
    def visit_JoinedStr(self, node: ast.JoinedStr) -> None: ...

    def generic_visit(self, node: ast.AST) -> None:
        prose = isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
        named = isinstance(node, ast.Assign) and ast.unparse(node.targets[0])
        if prose or named in ("TYPE_CHECKING", "__all__", "__slots__"):
            return
        if isinstance(node, _REMOVED) and self._names:
            self._replace("statement", node, "pass")
        super().generic_visit(node)

    def visit_Compare(self, node: ast.Compare) -> None:
        left = node.left
        for operator, right in zip(node.ops, node.comparators, strict=True):
            self._between("comparison", left, right, _NEGATED[type(operator)])
            if type(operator) in _BOUNDARY:
                self._between("boundary", left, right, _BOUNDARY[type(operator)])
            left = right
        self.generic_visit(node)

    def visit_BoolOp(self, node: ast.BoolOp) -> None:
        new = "or" if isinstance(node.op, ast.And) else "and"
        for left, right in pairwise(node.values):
            self._between("boolean", left, right, new)
        self.generic_visit(node)

    def visit_UnaryOp(self, node: ast.UnaryOp) -> None:
        if isinstance(node.op, ast.Not):
            self._replace("boolean", node, f"bool({self._text(node.operand)})")
        self.generic_visit(node)

    def visit_BinOp(self, node: ast.BinOp) -> None:
        if type(node.op) in _ARITHMETIC:
            self._between("arithmetic", node.left, node.right, _ARITHMETIC[type(node.op)])
        self.generic_visit(node)

    def visit_Constant(self, node: ast.Constant) -> None:
        value = node.value
        if isinstance(value, bool):
            self._replace("boolean", node, repr(not value))
        elif isinstance(value, int):
            self._replace("constant", node, f"({value} + 1)")
            self._replace("constant", node, f"({value} - 1)")
        elif isinstance(value, (str, bytes)) and len(value.split()) == 1:  # not a sentence
            self._replace("constant", node, repr(value[:0]))

    def visit_Return(self, node: ast.Return) -> None:
        if node.value is not None and ast.unparse(node.value) != "None":
            self._replace("return", node.value, "None")
        self.generic_visit(node)

    def visit_Call(self, node: ast.Call) -> None:
        starred = any(isinstance(each, ast.Starred) for each in node.args)
        for left, right in pairwise(node.args) if not starred else ():
            first, second = self._text(left), self._text(right)
            if first != second:
                between = self.source[self._stop(left) : self._start(right)].decode()
                new = second + between + first
                self._add("arguments", self._start(left), self._stop(right), new)
        self.generic_visit(node)
