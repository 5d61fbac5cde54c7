"""The service tier waits in long until all of it has run green together in the gate."""

import pytest


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items):
    for item in items:
        if "/tests/service/" in str(item.path):
            item.add_marker(pytest.mark.long)
