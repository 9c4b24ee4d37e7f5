"""How Sphinx builds this documentation: `make docs`, offline and without warnings."""

from __future__ import annotations

import inspect
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pydantic import BaseModel
from pydantic_core import PydanticUndefined
from sphinx.util import logging
from sphinx.util.inspect import signature, stringify_signature
from sphinx.util.nodes import make_refnode
from traitlets import HasTraits

import rushes
from rushes import signatures

if TYPE_CHECKING:
    from docutils.nodes import Element, TextElement
    from sphinx.application import Sphinx
    from sphinx.environment import BuildEnvironment

sys.path.insert(0, str(Path(__file__).parent))

import public

log = logging.getLogger(__name__)

project = "rushes"
author = "The rushes developers"
project_copyright = author
version = release = rushes.__version__

extensions = ["myst_parser", "sphinx.ext.autodoc", "sphinx.ext.napoleon"]
root_doc = "index"
exclude_patterns = ["_static"]
nitpicky = True
show_warning_types = True

# --- pages in Markdown -----------------------------------------------------------------------

myst_enable_extensions = ["colon_fence", "deflist"]
myst_heading_anchors = 3

# --- the reference from docstrings -----------------------------------------------------------

default_role = "py:obj"
add_module_names = False
autodoc_class_signature = "mixed"
autodoc_default_options = {
    "members": True,
    "member-order": "bysource",
    "exclude-members": "model_config",
}
autodoc_typehints_format = "short"
napoleon_numpy_docstring = False
napoleon_use_rtype = False
napoleon_custom_sections = [("Attributes", "params_style"), ("Warns", "params_style")]
python_maximum_signature_line_length = 88
python_use_unqualified_type_names = True

ELSEWHERE = (
    *("asyncio", "collections", "contextlib", "datetime", "enum", "os", "pathlib", "tomllib"),
    *("types", "typing", "httpx", "pydantic", "traitlets"),
)
"""Modules that are documented on other sites; the build does not access those."""

nitpick_ignore_regex = [
    (r"py:(class|exc|obj)", rf"({'|'.join(ELSEWHERE)})\..*"),
    (r"py:class", r"dt\.(date|timedelta)"),
    (r"py:class", r"Any|Literal|Mapping(\[str)?|Path|PurePath|TypeVar|datetime"),
    (r"py:class", r"(rushes\.backends\.batch\.)?Answer"),
    # The engine and the journal are internal; a few arguments have their types.
    (r"py:class", r"Cap|Engine|JobRecord|Timing"),
    # So are these, and the names of types of a request's parameters, which come from the catalog.
    (
        r"py:class",
        r"Kind|Medium|" + "|".join(name for name in vars(signatures) if name[0].isupper()),
    ),
    (r"py:class", r"BackendList|Decision|Folders|Future|Jobs|Journal|Listener|T|Unsupported"),
    (r"py:class", r"(rushes\.explore\.axes\.)?Points|CellRecord|SweepRecord"),
    (r"py:class", r"(rushes\.contract\.sheet\.)?Sheet"),
    (r"py:class", r"(rushes\.journal\.sweep\.)?CellRecord|(rushes\.jobs\.)?Jobs|tuple\[str"),
    (r"py:class", r"Choice|Condition|Contexts|Folder|Found|Group|Measured|Note|Order|Pick"),
    (r"py:class", r"PromptRecord|Question|Reading|Rewrite|Row|Stars|Tags|Tally|Track"),
    # A lower-case word in backticks is an argument or a field, which has no page of its own.
    (r"py:obj", r"[a-z_]+=?"),
]

# --- appearance ------------------------------------------------------------------------------

html_theme = "furo"
html_title = "rushes"
html_static_path = ["_static"]
html_css_files = ["site.css"]
html_copy_source = False
html_show_sourcelink = False
html_show_sphinx = False
toc_object_entries_show_parents = "hide"
pygments_dark_style = "github-dark"
html_theme_options = {
    "light_css_variables": {
        "color-brand-primary": "#1a1a1a",
        "color-brand-content": "#a03c1c",
        "color-brand-visited": "#a03c1c",
        "color-api-name": "#a03c1c",
        "color-api-pre-name": "#6b6b6b",
    },
    "dark_css_variables": {
        "color-brand-primary": "#f2f2f2",
        "color-brand-content": "#f0a17e",
        "color-brand-visited": "#f0a17e",
        "color-api-name": "#f0a17e",
        "color-api-pre-name": "#9a9a9a",
    },
}


def check(_: Sphinx) -> None:
    """Warn about a public name that has no docstring or is missing from the reference."""
    for fault in public.faults():
        log.warning(fault, type="rushes", subtype="undocumented")


def shape(
    _: Sphinx, what: str, name: str, thing: Any, __: Any, arguments: str | None, returns: str | None
) -> tuple[str | None, str | None]:
    """Show the arguments of a class as in its source.

    pydantic expands them, and traitlets adds its own; models of provider files are read from
    TOML and not called.
    """
    if what == "class" and issubclass(thing, BaseModel):
        types = inspect.get_annotations(thing)
        taken = [
            f"{field}: {types[field]}"
            + ("" if about.default is PydanticUndefined else f" = {about.default!r}")
            for field, about in thing.model_fields.items()
        ]
        arguments = "" if name.startswith("rushes.catalog") else f"(*, {', '.join(taken)})"
    elif what == "class" and issubclass(thing, HasTraits):
        arguments = stringify_signature(signature(thing.__init__, bound_method=True))
    # Sphinx cannot parse the representation of a default factory.
    return arguments and arguments.replace("<factory>", "..."), returns


def find(app: Sphinx, env: BuildEnvironment, node: Element, words: TextElement) -> Element | None:
    """Resolve a short name, as docstrings use them, in the whole reference.

    A field is documented with its class, so it links there.
    """
    if node.get("refdomain") != "py":
        return None
    python = env.domains.python_domain
    name = node["reftarget"]
    for wanted in (name, name.rpartition(".")[0]):
        matches = python.find_obj(env, None, None, wanted, None, 1) if wanted else []
        found = {entry.node_id: (entry.docname, full) for full, entry in matches}
        if len(found) == 1:
            [(anchor, (page, full))] = found.items()
            return make_refnode(app.builder, node["refdoc"], page, anchor, words, full)
    return None


def setup(app: Sphinx) -> dict[str, Any]:
    """Register the additions of this site."""
    app.connect("builder-inited", check)
    app.connect("autodoc-process-signature", shape)
    app.connect("missing-reference", find)
    return {"parallel_read_safe": True}
