"""Every example in the documentation runs: of the README, of its pages and of docstrings.

They run as a notebook runs them, with `await` at the top level, on the preview and on folders of
their own. A fenced block is one cell of its page. `>>>` examples may show what they print.
"""

from __future__ import annotations

import doctest
import inspect
import shutil
import traceback
from importlib import import_module, util
from pathlib import Path
from typing import TYPE_CHECKING, Any

import av
import pytest
from PIL import Image

from support.cells import Session, cells
from support.previews import ALL_FRAMES

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"
NAMES = DOCS / "reference" / "api" / "index.md"
"""The page whose example makes the names that others use."""

FLAGS = doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE


def _public() -> dict[str, Any]:
    spec = util.spec_from_file_location("public", DOCS / "public.py")
    module = util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module.names()


PUBLIC = _public()

SPOKEN = PUBLIC | {
    name: import_module(name) for name in ("rushes", "rushes.comparison", "rushes.media")
}
"""Whatever has examples in its docstring: names, and modules that show their names together."""

PAGES = [ROOT / "README.md", *sorted(set(DOCS.rglob("*.md")) - {NAMES})]
"""Pages that may have examples; every other test begins by running `NAMES`."""


def docstrings(thing: Any) -> Iterator[str]:
    """What is said of a name and, of a class, of its members."""
    yield inspect.getdoc(thing) or ""
    if inspect.isclass(thing):
        for name, member in vars(thing).items():
            if not name.startswith("_"):
                yield inspect.getdoc(getattr(member, "__func__", member)) or ""


def examples(thing: Any) -> list[doctest.Example]:
    """The `>>>` examples of a name."""
    parser = doctest.DocTestParser()
    return [found for text in docstrings(thing) for found in parser.get_examples(text)]


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A folder with the files and takes that examples speak of."""
    folder = tmp_path_factory.mktemp("examples")
    Image.new("RGB", (640, 480), "teal").save(folder / "portrait.png")
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        patch.setenv("RUSHES_HOME", str(folder / "home"))
        for name, value in ALL_FRAMES.items():  # Examples say what is measured of these.
            patch.setenv(name, value)
        shop = Session({})
        for cell in cells(NAMES):
            shop.run(cell["code"])
        (folder / "take.mp4").write_bytes(shop.names["result"].path.read_bytes())
        shop.close()
    write_clip(folder / "clip.mp4", seconds=20)
    return folder


def write_clip(path: Path, seconds: int) -> None:
    """A small video that is longer than any provider takes."""
    with av.open(str(path), "w") as film:
        stream = film.add_stream("libx264", rate=2)
        stream.width, stream.height, stream.pix_fmt = 320, 320, "yuv420p"
        for _ in range(2 * seconds):
            film.mux(stream.encode(av.VideoFrame(320, 320, "yuv420p")))
        film.mux(stream.encode(None))


@pytest.fixture
def session(place: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Session]:
    """A kernel that knows the names that examples use, of jobs made before."""
    monkeypatch.chdir(place)
    monkeypatch.setenv("RUSHES_HOME", str(place / "home"))
    running = Session({})
    running.run(
        "import rushes\n"
        'gen = rushes.VideoGen(backend="preview")\n'
        'done = gen.jobs(state="completed")[::-1]\n'
        "job = next(each for each in done if each.provider == 'seedance-2.0-fast')\n"
        "other_job = next(each for each in done if each.provider == 'seedance-2.0')\n"
        "result = job.finished"
    )
    yield running
    running.close()


@pytest.fixture
def beginner(place: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Session]:
    """A kernel that knows nothing yet, with a home of its own and the preview for a service."""
    for name in ("portrait.png", "clip.mp4"):
        shutil.copy(place / name, tmp_path)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("RUSHES_BACKEND", "preview")
    running = Session({})
    yield running
    running.close()


def show(page: Path) -> str:
    return page.relative_to(ROOT).as_posix()


SELF_CONTAINED = [
    page
    for page in PAGES
    if cells(page) and ("how-to" not in page.parts or "gen = " in page.read_text("utf-8"))
]
"""Pages that make what they use; the other guides begin with the names of the reference."""


@pytest.mark.parametrize("page", SELF_CONTAINED, ids=show)
def test_the_examples_of_a_page_run(beginner: Session, page: Path) -> None:
    """Who copies the blocks of a page into a new notebook gets no error."""
    beginner.run_page(page)


@pytest.mark.parametrize(
    "page", [page for page in PAGES if cells(page) and page not in SELF_CONTAINED], ids=show
)
def test_the_examples_of_a_guide_run(session: Session, page: Path) -> None:
    """Who has two finished jobs gets no error from the blocks of a guide."""
    session.run_page(page)


@pytest.mark.parametrize("name", sorted(SPOKEN))
def test_the_examples_of_a_name_run(session: Session, name: str) -> None:
    """What a docstring shows works, and prints what it says."""
    run_examples(session, examples(SPOKEN[name]))


@pytest.mark.parametrize(
    "page", [page for page in PAGES if "\n   >>> " in page.read_text("utf-8")], ids=show
)
def test_the_examples_between_docstrings_run(session: Session, page: Path) -> None:
    """Where a page of the reference has words of its own, they are held to the same."""
    run_examples(session, doctest.DocTestParser().get_examples(page.read_text("utf-8")))


def run_examples(session: Session, wanted: list[doctest.Example]) -> None:
    """Run some `>>>` examples, and compare what they print where they say it."""
    checker = doctest.OutputChecker()
    for example in wanted:
        if example.options.get(doctest.SKIP):
            continue  # It asks a service.
        try:
            printed = session.run(example.source, "single")
        except Exception as error:
            if example.exc_msg is None:
                error.add_note(f"in the example {example.source.strip()}")
                raise
            printed = "".join(traceback.format_exception_only(error))
        wanted = example.exc_msg or example.want
        if wanted:
            difference = checker.output_difference(example, printed, FLAGS)
            assert checker.check_output(wanted, printed, FLAGS), difference


def test_every_public_name_has_an_example() -> None:
    """A reader sees how a name is used."""
    bare = {
        name
        for name, thing in PUBLIC.items()
        if not isinstance(thing, str) and not any(">>> " in text for text in docstrings(thing))
    }
    assert bare == set()
