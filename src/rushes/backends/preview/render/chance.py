"""Random choices that come out the same in every process."""

from __future__ import annotations

from hashlib import sha256

import numpy as np


def chance(*parts: str | int) -> np.random.Generator:
    """A generator of random numbers that depends on `parts` alone.

    Python's own `hash` of a text differs from process to process, hence the digest.
    """
    text = "\x1f".join(str(part) for part in parts)
    digest = sha256(text.encode("utf-8", "surrogatepass")).digest()
    return np.random.Generator(np.random.PCG64(int.from_bytes(digest[:16], "big")))
