"""Providers as data: the parameters of each model, checked before anything is sent or paid.

A provider is one TOML file. The packaged ones are in ``providers/``; a user's folder adds or
replaces some. A file defines validation, the form, expected pixel sizes, prices and render times,
without any code.
"""

from __future__ import annotations

from rushes.catalog.catalog import Catalog, providers
from rushes.catalog.condition import Limit
from rushes.catalog.drafts import DraftOffer, Drafts
from rushes.catalog.form import form
from rushes.catalog.offer import Offer, Price, RenderTime, Route
from rushes.catalog.origin import Origin
from rushes.catalog.parameter import ParameterSpec
from rushes.catalog.prompt import PromptSpec
from rushes.catalog.provider import ProviderSpec
from rushes.catalog.source import BrokenFile
from rushes.catalog.workflow import Frames, Workflow

__all__ = [
    "BrokenFile",
    "Catalog",
    "DraftOffer",
    "Drafts",
    "Frames",
    "Limit",
    "Offer",
    "Origin",
    "ParameterSpec",
    "Price",
    "PromptSpec",
    "ProviderSpec",
    "RenderTime",
    "Route",
    "Workflow",
    "form",
    "providers",
]
