"""Which part of the package may import which, and what importing it costs."""

from __future__ import annotations

import ast
import subprocess
import sys
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

SOURCE = Path(__file__).parents[2] / "src" / "rushes"

LAYERS = (
    {"_version", "contract", "io"},
    {"catalog", "video"},
    {"backends", "journal", "media"},
    {"policy"},
    {"engine"},
    {
        *("accounts", "awaiting", "blocking", "breakdown", "client", "estimate", "explore"),
        *("filters", "job", "joblist", "jobs", "observing", "outcome"),
        *("marking", "part", "plan", "recording", "recovered", "signatures", "spend"),
    },
    {"comparison"},
    {"gateway", "testing", "widgets"},
    {"cli"},
)
"""From the bottom up. A part imports from its own layer or a lower one, inside functions too."""

APART = {"backends", "journal", "media"}
"""Of these none loads another: the engine brings them together. Types may be named."""


@dataclass(frozen=True)
class Import:
    """One part of the package importing another, and what it stands in."""

    file: Path
    line: int
    importer: str
    imported: str
    function: str | None
    is_typing: bool

    def __str__(self) -> str:
        where = self.file.relative_to(SOURCE)
        return f"{where}:{self.line}: {self.importer} imports {self.imported}"


def layer(part: str) -> int:
    """How far up a part stands."""
    return next(number for number, parts in enumerate(LAYERS) if part in parts)


@cache
def parts() -> set[str]:
    """Every module and folder right below the package, but its face."""
    found = {path.stem for path in SOURCE.glob("*.py")}
    found |= {path.parent.name for path in SOURCE.glob("*/__init__.py")}
    return found - {"__init__", "__main__"}


@cache
def imports() -> list[Import]:
    """Every import of one part by another, those for type checkers included."""
    return list(found_imports())


def found_imports() -> Iterator[Import]:
    for file in sorted(SOURCE.rglob("*.py")):
        importer = file.relative_to(SOURCE).parts[0].removesuffix(".py")
        if importer in {"__init__", "__main__"}:
            continue
        for node, function, is_typing in walk(ast.parse(file.read_text("utf-8"))):
            for name in imported_names(node):
                root, _, rest = name.partition(".")
                if root == "rushes" and rest:
                    part = rest.split(".")[0]
                    if part != importer and part in parts():
                        yield Import(file, node.lineno, importer, part, function, is_typing)


def walk(
    tree: ast.AST, function: str | None = None, *, is_typing: bool = False
) -> Iterator[tuple[ast.stmt, str | None, bool]]:
    """Every statement, with the function around it and whether only type checkers read it."""
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, ast.stmt):
            yield node, function, is_typing
        inside = node.name if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) else function
        typing = isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING"
        yield from walk(node, inside, is_typing=is_typing or typing)


def imported_names(node: ast.stmt) -> list[str]:
    """What a statement imports, as dotted names."""
    if isinstance(node, ast.Import):
        return [alias.name for alias in node.names]
    if isinstance(node, ast.ImportFrom):
        assert node.level == 0, "ruff forbids relative imports"
        return [f"{node.module}.{alias.name}" for alias in node.names]
    return []


def module_imports() -> dict[str, set[str]]:
    """By module, the modules that it imports anywhere; the package's face is left out."""
    files = {module_name(file): file for file in SOURCE.rglob("*.py")}
    del files["rushes"]
    found: dict[str, set[str]] = {}
    for name, file in files.items():
        names = {
            imported
            for node, _, _ in walk(ast.parse(file.read_text("utf-8")))
            for imported in imported_names(node)
        }
        found[name] = {owner for each in names if (owner := owner_of(each, files))} - {name}
    return found


def module_name(file: Path) -> str:
    """The dotted name of a file of the package."""
    parts = file.relative_to(SOURCE.parent).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def owner_of(name: str, modules: Iterable[str]) -> str | None:
    """The module that a dotted name is, or that holds it."""
    return next((each for each in (name, name.rpartition(".")[0]) if each in modules), None)


def circles(graph: dict[str, set[str]]) -> list[list[str]]:
    """Groups of modules that import each other, found as strongly connected components."""
    reached = {start: reachable(start, graph) for start in graph}
    groups = {
        frozenset({start, *(other for other in reached[start] if start in reached[other])})
        for start in graph
    }
    return sorted(sorted(group) for group in groups if len(group) > 1)


def reachable(start: str, graph: dict[str, set[str]]) -> set[str]:
    """All that a module imports, directly or through others."""
    seen: set[str] = set()
    ahead = [start]
    while ahead:
        new = graph.get(ahead.pop(), set()) - seen
        seen |= new
        ahead += new
    return seen


def loaded_by(statement: str) -> set[str]:
    """The packages that a new Python has loaded after a statement."""
    code = f"import sys; {statement}; print(*{{name.split('.')[0] for name in sys.modules}})"
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60
    )
    return set(done.stdout.split())


def test_every_part_has_a_layer() -> None:
    """A new module or folder is given its place before it is used."""
    assert parts() <= set().union(*LAYERS)


def test_nothing_imports_upward() -> None:
    """Imports run one way, from what users hold down to the domain."""
    upward = [
        str(found)
        for found in imports()
        if layer(found.imported) > layer(found.importer) and not found.is_typing
    ]
    assert upward == []


def test_the_three_stores_do_not_know_each_other() -> None:
    """Journal, backends and media can each be read, tested and replaced alone."""
    sideways = [
        str(found)
        for found in imports()
        if {found.importer, found.imported} <= APART and not found.is_typing
    ]
    assert sideways == []


def test_what_is_shown_reaches_the_engine_through_the_client() -> None:
    """What comparisons and widgets need of it is a public method or property there."""
    reached = [
        f"{path.relative_to(SOURCE)}:{node.lineno}"
        for part in ("comparison", "widgets")
        for path in sorted((SOURCE / part).rglob("*.py"))
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(node, ast.Attribute) and node.attr in {"engine", "_engine"}
    ]
    assert reached == []


def test_no_two_modules_import_each_other() -> None:
    """There is no circle of imports, those inside functions and for type checkers included."""
    assert circles(module_imports()) == []


def test_importing_the_package_costs_next_to_nothing() -> None:
    """`import rushes` loads none of its dependencies."""
    heavy = {"anywidget", "av", "httpx", "ipywidgets", "numpy", "platformdirs", "pydantic"}
    assert loaded_by("import rushes") & heavy == set()


@pytest.mark.parametrize("statement", ["import rushes.client", "from rushes import VideoGen, Job"])
def test_the_core_loads_neither_widgets_nor_codecs(statement: str) -> None:
    """A script that only submits needs no page, no decoder and no database but the standard one."""
    heavy = {
        *("IPython", "PIL", "anywidget", "av", "fastapi", "ipywidgets", "numpy", "pandas"),
        *("prometheus_client", "psycopg", "sqlalchemy", "starlette", "traitlets", "uvicorn"),
    }
    assert loaded_by(statement) & heavy == set()


@pytest.mark.parametrize("name", ["Studio", "Compare", "compare"])
def test_a_widget_costs_what_widgets_are_made_of(name: str) -> None:
    """Models, HTTP and codecs are loaded when the first one is made."""
    heavy = {"PIL", "av", "httpx", "numpy", "pydantic"}
    assert loaded_by(f"import rushes; rushes.{name}") & heavy == set()


@pytest.mark.parametrize("name", ["VideoGen", "Job", "VideoGenResult", "providers"])
def test_a_name_costs_no_connection(name: str) -> None:
    """The HTTP client, and rich, which it brings, are loaded when the first client is made."""
    heavy = {"email", "http", "httpx", "rich"}
    assert loaded_by(f"import rushes; rushes.{name}") & heavy == set()
