"""Frames, audio, the structure of video files, lettering and overlays."""
