"""Files that are named from outside are opened in one place, which opens nothing else."""

from __future__ import annotations

import ast
import os
import sys
from pathlib import Path

import pytest

import rushes
from rushes.io.regular import open_regular, read_regular

SOURCE = Path(rushes.__file__).parent

OWN = {
    "backends/preview/spool.py": "files of the home, which nobody else can write",
    "backends/preview/transport.py": "as above",
    "catalog/catalog.py": "the package's own providers",
    "comparison/booth.py": "the package's own style and script",
    "comparison/document.py": "as above",
    "engine/workflows.py": "the package's own workflows",
    "io": "the ground that this stands on",
    "journal": "the journal's own file",
    "testing": "of tests",
    "widgets/player.py": "the package's own player",
}
"""Where files are read in other ways, and why."""


def is_reading(call: ast.Call) -> bool:
    """Whether a call opens a file for reading by the standard library."""
    function = call.func
    if not isinstance(function, ast.Attribute):
        name = getattr(function, "id", "")
        return name == "open" and not writes(call.args[1:2])
    if function.attr in {"read_bytes", "read_text"}:
        return True
    is_module = isinstance(function.value, ast.Name) and function.value.id in {"os", "io", "av"}
    if function.attr != "open" or isinstance(function.value, ast.Attribute):
        return False
    return not is_module and bool(call.args) and not writes(call.args[:1])


def writes(mode: list[ast.expr]) -> bool:
    return (
        bool(mode) and any(letter in str(ast.literal_eval(mode[0])) for letter in "wxa")
        if (mode and isinstance(mode[0], ast.Constant) and isinstance(mode[0].value, str))
        else bool(mode)
    )


def test_nothing_else_reads_files():
    """A pipe would block a thread for ever, and a device would fill the memory."""
    found = []
    for path in sorted(SOURCE.rglob("*.py")):
        name = path.relative_to(SOURCE).as_posix()
        if name in OWN or name.split("/")[0] in OWN:
            continue
        calls = [
            node for node in ast.walk(ast.parse(path.read_text())) if isinstance(node, ast.Call)
        ]
        found += [f"{name}:{call.lineno}" for call in calls if is_reading(call)]

    assert found == []


@pytest.fixture
def odd(tmp_path: Path) -> list[Path]:
    """What is not a regular file."""
    if sys.platform == "win32":
        pytest.skip("has no pipes in folders")
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "link to a pipe").symlink_to(tmp_path / "pipe")
    return [tmp_path, tmp_path / "pipe", tmp_path / "link to a pipe", Path("/dev/zero")]


def test_what_is_no_file_is_refused_at_once(odd):
    """In words, and without waiting for anybody."""
    for path in odd:
        with pytest.raises(OSError, match=r"folder|regular"):
            open_regular(path)


def test_a_link_is_followed_only_if_that_is_wanted(tmp_path):
    """A file that others may replace is opened by its name alone."""
    (tmp_path / "file").write_bytes(b"content")
    (tmp_path / "link").symlink_to(tmp_path / "file")

    assert read_regular(tmp_path / "link", 7) == b"content"
    with pytest.raises(OSError, match="regular"):
        read_regular(tmp_path / "link", 7, follow_links=False)


@pytest.mark.skipif(sys.platform != "linux", reason="of Linux")
def test_a_size_is_not_believed():
    """Files of the system say 0 and never end; what is longer than wanted is refused."""
    assert read_regular(Path("/proc/self/status"), 1 << 20)
    with pytest.raises(OSError, match="more than 10 bytes"):
        read_regular(Path("/proc/self/status"), 10)
