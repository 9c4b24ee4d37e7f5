"""Texts that would like to be more than text."""

from __future__ import annotations

HOSTILE = [
    '<img src=x onerror="window.owned = 1"><script>window.owned = 1</script>',
    "javascript:window.owned=1",
    "\N{RIGHT-TO-LEFT OVERRIDE}gnp.exe \N{HEBREW LETTER SHIN}\N{HEBREW LETTER LAMED}",
    "\N{WOMAN}\N{ZERO WIDTH JOINER}\N{ROCKET}\N{CLAPPER BOARD} " * 40,
    "w" * 100_000,
    '"><style>*{display:none}</style>{{constructor}}',
]
NAMES = ["markup", "link", "right to left", "emoji", "long", "style"]
