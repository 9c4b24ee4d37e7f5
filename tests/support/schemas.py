"""JSON Schema without a parser of addresses, which takes most of a second to load.

No test asks for the formats of texts, and many start processes that check what they are sent.
"""

from __future__ import annotations

import sys

# This is how Python is told that there is no such module.
sys.modules.setdefault("rfc3987_syntax", None)  # type: ignore[arg-type]

from jsonschema import Draft202012Validator  # noqa: E402

__all__ = ["Draft202012Validator"]
