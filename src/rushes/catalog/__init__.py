"""Providers as data: what each model takes, checked before anything is sent or paid.

A provider is one TOML file. The packaged ones stand in ``providers/``; a user's folder adds or
replaces some. From a file follow the validation of requests, the form of the page, expected
pixel sizes, prices and render times, without any code.
"""

from __future__ import annotations

from rushes.catalog.catalog import Catalog, providers
from rushes.catalog.form import form
from rushes.catalog.offer import Offer, Price, RenderTime
from rushes.catalog.parameter import ParameterSpec
from rushes.catalog.provider import PromptSpec, ProviderSpec
from rushes.catalog.source import BrokenFile

__all__ = [
    "BrokenFile",
    "Catalog",
    "Offer",
    "ParameterSpec",
    "Price",
    "PromptSpec",
    "ProviderSpec",
    "RenderTime",
    "form",
    "providers",
]
