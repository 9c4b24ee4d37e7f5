"""ComfyUI: workflows on a server of one's own, as a backend."""

from rushes.backends.comfyui.backend import ComfyBackend

__all__ = ["ComfyBackend"]
