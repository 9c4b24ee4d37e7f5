"""What is shipped: the sdist, and the wheel that is built from it."""

from __future__ import annotations

import gzip
import os
import re
import shutil
import subprocess
import sys
import tarfile
import zipfile
from email.parser import HeaderParser
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from email.message import Message

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parents[2]

BUDGETS = {"studio.js": 46_000, "studio.css": 8_000}
"""Bytes of each built file after gzip. The text of both is part of every widget's state."""

WHEEL_BUDGET = 1_250_000
"""Bytes of the whole wheel."""


@pytest.fixture(scope="module")
def sdist(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The sdist of this checkout."""
    out = tmp_path_factory.mktemp("sdist")
    build("--sdist", ROOT, out)
    [path] = out.glob("*.tar.gz")
    return path


@pytest.fixture(scope="module")
def unpacked(sdist: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What is in the sdist."""
    out = tmp_path_factory.mktemp("unpacked")
    with tarfile.open(sdist) as archive:
        archive.extractall(out, filter="data")
    [folder] = out.iterdir()
    return folder


@pytest.fixture(scope="module")
def wheel(unpacked: Path, tmp_path_factory: pytest.TempPathFactory) -> zipfile.ZipFile:
    """The wheel, built from the sdist on a machine that has no npm."""
    out = tmp_path_factory.mktemp("wheel")
    build("--wheel", unpacked, out, PATH=str(out))
    [path] = out.glob("*.whl")
    return zipfile.ZipFile(path)


@pytest.fixture(scope="module")
def names(wheel: zipfile.ZipFile) -> set[str]:
    """The files of the wheel."""
    return {info.filename for info in wheel.infolist() if not info.is_dir()}


@pytest.fixture(scope="module")
def metadata(wheel: zipfile.ZipFile, names: set[str]) -> Message:
    """What the wheel says of itself."""
    [name] = [name for name in names if name.endswith(".dist-info/METADATA")]
    return HeaderParser().parsestr(wheel.read(name).decode())


def build(kind: str, source: Path, out: Path, **environment: str) -> None:
    """Build without fetching anything: what it takes is in this environment."""
    command = [sys.executable, "-m", "build", kind, "--no-isolation", "--outdir", str(out)]
    done = subprocess.run(
        [*command, str(source)],
        env=os.environ | environment,
        capture_output=True,
        text=True,
        timeout=240,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr


def test_the_sdist_holds_what_a_packager_needs(unpacked: Path) -> None:
    """Sources of both halves, what was built of them, tests, documents; no tools of others."""
    wanted = (
        "LICENSE",
        "Makefile",
        "README.md",
        "hatch_build.py",
        "js/package-lock.json",
        "js/src/studio/index.ts",
        "notebooks/quickstart.ipynb",
        "requirements.lock",
        "src/rushes/widgets/static/studio.js",
        "src/rushes/widgets/static/player.css",
        "tests/project/test_wheel.py",
    )
    assert [name for name in wanted if not (unpacked / name).is_file()] == []
    assert not (unpacked / "js" / "node_modules").exists()
    assert not list(unpacked.rglob("*.py[co]"))


@pytest.mark.skipif(shutil.which("npm") is None, reason="needs npm")
def test_the_front_end_is_built_where_it_is_missing(unpacked: Path, tmp_path: Path) -> None:
    """Without built files, building the wheel builds them."""
    source = tmp_path / "source"
    shutil.copytree(unpacked, source)
    shutil.rmtree(source / "src" / "rushes" / "widgets" / "static")
    build("--wheel", source, tmp_path)
    [path] = tmp_path.glob("*.whl")
    with zipfile.ZipFile(path) as archive:
        assert "rushes/widgets/static/studio.js" in archive.namelist()


def test_a_missing_npm_is_told(unpacked: Path, tmp_path: Path) -> None:
    """Who can not build the front end learns what to install, and how to go without it."""
    source = tmp_path / "source"
    shutil.copytree(unpacked, source)
    shutil.rmtree(source / "src" / "rushes" / "widgets" / "static")
    with pytest.raises(AssertionError, match=r"Install Node\.js 20 or newer.*SKIP_JS_BUILD=1"):
        build("--wheel", source, tmp_path, PATH=str(tmp_path))
    build("--wheel", source, tmp_path, PATH=str(tmp_path), SKIP_JS_BUILD="1")


def test_the_wheel_holds_the_whole_package(names: set[str], unpacked: Path) -> None:
    """Every module, the marker for type checkers, every provider file, the front end."""
    source = unpacked / "src"
    wanted = {
        path.relative_to(source).as_posix()
        for pattern in ("*.py", "*.toml", "py.typed")
        for path in source.rglob(pattern)
    }
    assert len([name for name in wanted if name.endswith(".toml")]) >= 3
    assert "rushes/py.typed" in wanted
    assert wanted | {f"rushes/widgets/static/{name}" for name in BUDGETS} <= names


def test_the_wheel_holds_nothing_else(names: set[str]) -> None:
    """No sources of the front end, tests, notebooks, maps, caches or folders of a checkout."""
    kinds = {"", ".css", ".js", ".json", ".py", ".pyi", ".toml", ".typed"}
    others = {name for name in names if ".dist-info/" not in name}
    assert {name for name in others if not name.startswith("rushes/")} == set()
    assert {Path(name).suffix for name in others} <= kinds
    assert {
        name for name in others if re.search(r"node_modules|tests?/|__pycache__", name)
    } == set()


@pytest.mark.parametrize("name", BUDGETS)
def test_the_front_end_stays_small(name: str, wheel: zipfile.ZipFile) -> None:
    """A page of many widgets pays for these bytes many times."""
    assert 0 < len(gzip.compress(wheel.read(f"rushes/widgets/static/{name}"))) <= BUDGETS[name]


def test_the_wheel_stays_small(wheel: zipfile.ZipFile) -> None:
    """Nothing big slips in unseen."""
    assert sum(info.compress_size for info in wheel.infolist()) <= WHEEL_BUDGET


def test_the_metadata_is_complete(metadata: Message, names: set[str]) -> None:
    """Name, licence with its file, Python, the text of the README."""
    assert metadata["Name"] == "rushes"
    assert metadata["License-Expression"] == "BSD-3-Clause"
    assert metadata["Requires-Python"] == ">=3.11"
    assert metadata["Description-Content-Type"] == "text/markdown"
    assert len([name for name in names if name.endswith(".dist-info/licenses/LICENSE")]) == 1


def test_the_services_are_announced(wheel: zipfile.ZipFile, names: set[str]) -> None:
    """Backends are found by their entry points."""
    [name] = [name for name in names if name.endswith("entry_points.txt")]
    points = wheel.read(name).decode()
    assert "[rushes.backends]" in points
    assert re.search(r"^preview = rushes\.backends\.preview:PreviewBackend$", points, re.MULTILINE)


def test_the_wheel_runs_apart_from_the_checkout(wheel: zipfile.ZipFile, tmp_path: Path) -> None:
    """Unpacked somewhere else it finds its providers and its front end."""
    wheel.extractall(tmp_path)
    code = (
        "import rushes; from rushes.widgets.studio import STATIC; "
        "print(rushes.__file__, len(rushes.providers()), (STATIC / 'studio.js').exists())"
    )
    # This copy is not the one whose coverage is measured.
    environment = {key: value for key, value in os.environ.items() if "COVERAGE" not in key}
    environment |= {"PYTHONPATH": str(tmp_path), "RUSHES_HOME": str(tmp_path / "home")}
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=tmp_path,
        env=environment,
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    count = len(list((tmp_path / "rushes" / "catalog" / "providers").glob("*.toml")))
    assert done.stdout.split() == [str(tmp_path / "rushes" / "__init__.py"), str(count), "True"]
