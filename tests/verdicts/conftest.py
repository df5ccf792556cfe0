"""Chromium with our scripts on an empty page, as the tests of the rules have it."""

from tests.verification.conftest import bare, chromium, files

__all__ = ["bare", "chromium", "files"]  # fixtures
