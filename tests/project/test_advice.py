"""What an error says to anyone, and what only to someone who writes Python."""

from __future__ import annotations

import ast
import re
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator

PACKAGE = Path(__file__).parents[2] / "src" / "rushes"

CALL = re.compile(
    r"\b(abandon|cancel|finalize|jobs|look_again|resolve|result|resubmit|retry|submit)\("
)
"""A call for which a page has a control."""

FOR_PYTHON = {"client.py", "job.py"}
"""Files whose texts with calls are said in the cell that was interrupted."""

ADVICE = {"advice", "LISTED"}
"""Names of what is added to an error's message in Python."""


def sentences(tree: ast.AST) -> Iterator[tuple[int, str]]:
    """The texts of a file with their lines, but neither docstrings nor advice."""
    skipped: set[ast.AST] = set()
    for node in ast.walk(tree):
        match node:
            case ast.Expr(value=ast.Constant() as text):
                skipped.add(text)
            case ast.keyword(arg="advice", value=advice):
                skipped |= set(ast.walk(advice))
            case ast.Assign(targets=[ast.Name(id=name) | ast.Attribute(attr=name)], value=value):
                skipped |= set(ast.walk(value)) if name in ADVICE else set()
    for node in ast.walk(tree):
        if node not in skipped and isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield node.lineno, node.value


@pytest.mark.parametrize(
    ("line", "is_found"),
    [
        ("JobUncertain('It may exist: job.resubmit() sends it.')", True),
        ("msg = f'{job} ended; job.look_again() asks.'", True),
        ("JobUncertain('It may exist.', advice=f'{job}: job.resubmit() sends it.')", False),
        ("failure.advice = f'job.look_again() asks {service}.'", False),
        ("'job.look_again() asks.'", False),
    ],
)
def test_a_call_is_found_unless_it_is_advice(line: str, *, is_found: bool) -> None:
    """Or a docstring."""
    assert any(CALL.search(text) for _, text in sentences(ast.parse(line))) is is_found


def test_no_text_of_an_error_that_a_page_shows_names_a_python_call() -> None:
    """A page shows an error's message; its controls do what the advice says."""
    named = [
        f"{path.relative_to(PACKAGE)}:{line}: {text}"
        for path in sorted(PACKAGE.rglob("*.py"))
        if str(path.relative_to(PACKAGE)) not in FOR_PYTHON
        for line, text in sentences(ast.parse(path.read_text("utf-8")))
        if CALL.search(text)
    ]

    assert named == []
