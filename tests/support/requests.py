"""Requests that many tests send."""

from __future__ import annotations

FOX = {"provider": "seedance-2.0", "mode": "text-to-video", "prompt": "A red fox"}
"""Seedance carries the attempt's token, which identifies a lost attempt."""

OWL = {"provider": "kling-3.0-standard", "mode": "text-to-video", "prompt": "A grey owl"}
"""Kling carries none; a lost attempt is identified by what it asks for."""
