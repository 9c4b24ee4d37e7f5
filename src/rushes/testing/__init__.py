"""For authors of backends: the tests that every backend must pass.

::

    from rushes.testing import BackendConformance


    class TestAcme(BackendConformance):
        @pytest.fixture
        def service(self):
            with AcmeEmulator() as emulator:
                yield AcmeService(emulator)

``AcmeService`` implements the protocol `rushes.testing.Service`; docs/how-to/adding-a-backend.md
has an example.
"""

from rushes.testing.conformance import BackendConformance
from rushes.testing.service import Service, Trouble

__all__ = ["BackendConformance", "Service", "Trouble"]
