"""Why a field of a service is not offered."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from rushes.catalog.importing.field import ADDRESS
from rushes.catalog.importing.objects import names_of
from rushes.contract.spelling import to_snake

if TYPE_CHECKING:
    from rushes.catalog.importing.field import Field

SECRET = re.compile(r"(?:^|_)(?:api_?key|token|secret|password|authorization|credentials?)$")
"""Names of fields whose value must not get into the journal."""

INLINE = ("sync_mode", "return_base64", "base64")
"""Switches after which a service sends the video in its answer."""

CALLBACK = re.compile(r"webhook|callback")


def kept_back(each: Field) -> str | None:
    """Why a field is not offered whatever its type, if so."""
    if SECRET.search(to_snake(each.name)):
        return "it is for a secret, which would be kept in the journal"
    if CALLBACK.search(each.name.lower()):
        return "it is an address that the service would call"
    if (
        each.type in {"text", "list"}
        and each.medium is None
        and ADDRESS.search(to_snake(each.name))
    ):
        return None if each.choices else "it is an address of something that is not known"
    if each.name in INLINE and each.type == "boolean":
        return "the answer would hold the file itself, in place of its address"
    return None


def unknown(each: Field) -> str:
    """What a field is that is not understood, as a reason."""
    if each.type == "list" and each.item is not None and each.item.type == "object":
        inside = ", ".join(names_of(each.item.forms)[:6])
        return f"it is a list of objects ({inside})" if inside else "it is a list of objects"
    if each.type == "list":
        kind = each.item.type if each.item else "unknown"
        return f"it is a list of what is not known to be files ({kind})"
    if each.type == "object":
        inside = ", ".join(names_of(each.forms)[:6])
        return f"it is an object ({inside})" if inside else "it is an object"
    if each.medium is not None:
        return f"it is a single {each.medium} file"
    if each.type == "unknown":
        return "its schema does not say what it is"
    return "its values are not listed, or cannot be said"
