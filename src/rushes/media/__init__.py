"""Files: bringing videos into the library, measuring them, and keeping inputs safe."""
