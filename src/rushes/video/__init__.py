"""Pictures and sound: frames, the structure of files, lettering, overlays."""
