"""Texts of users and services as HTML."""

from __future__ import annotations

import re
from html import escape

from rushes.contract.wording import visible

PLAIN = 'class="tex2jax_ignore mathjax_ignore"'
"""Of elements with texts: notebooks would typeset what is between two dollar signs."""

ADDRESS = re.compile(r"https://[^\s<>\"'()\[\]{}]+[^\s<>\"'()\[\]{}.,;:!?]")
"""An address in a message, without the punctuation behind it."""


def linked(text: str) -> str:
    """A text as HTML, in which addresses that begin with https: are links."""
    parts, end = [], 0
    for found in ADDRESS.finditer(text := visible(text)):
        address = escape(found[0])
        parts += [
            escape(text[end : found.start()]),
            f'<a href="{address}" target="_blank" rel="noopener noreferrer">{address}</a>',
        ]
        end = found.end()
    return "".join([*parts, escape(text[end:])])
