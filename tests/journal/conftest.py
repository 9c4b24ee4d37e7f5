"""The contract of the store fails with the values that it compared."""

import pytest

pytest.register_assert_rewrite("journal.contract")
