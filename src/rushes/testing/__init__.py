"""For authors of backends: the tests that every backend has to pass.

::

    from rushes.testing import BackendConformance


    class TestAcme(BackendConformance):
        @pytest.fixture
        def service(self):
            with AcmeEmulator() as emulator:
                yield AcmeService(emulator)

``AcmeService`` follows the protocol `rushes.testing.Service`;
docs/how-to/adding-a-backend.md shows one.
"""

from rushes.testing.conformance import BackendConformance
from rushes.testing.service import Service, Trouble

__all__ = ["BackendConformance", "Service", "Trouble"]
