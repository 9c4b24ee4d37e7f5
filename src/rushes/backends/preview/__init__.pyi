from rushes.backends.preview.backend import PreviewBackend as PreviewBackend
