"""Makes a provider file of a service's own schema: pure functions, without any network.

A schema is a document of a service, so nothing in it is believed: texts are cleaned and shortened,
numbers and lists are bounded, and what is not understood is left out and said.
"""

from __future__ import annotations

from rushes.catalog.importing.comfyui import draft_of_workflow
from rushes.catalog.importing.dialect import Dialect, Endpoint
from rushes.catalog.importing.difference import Change, changes
from rushes.catalog.importing.draft import Draft, Price, draft_of
from rushes.catalog.importing.fal import read_fal
from rushes.catalog.importing.field import Field
from rushes.catalog.importing.findings import Unusable
from rushes.catalog.importing.imported import Checked, Imported
from rushes.catalog.importing.runway import read_runway
from rushes.catalog.importing.writing import written

__all__ = [
    "Change",
    "Checked",
    "Dialect",
    "Draft",
    "Endpoint",
    "Field",
    "Imported",
    "Price",
    "Unusable",
    "changes",
    "draft_of",
    "draft_of_workflow",
    "read_fal",
    "read_runway",
    "written",
]
