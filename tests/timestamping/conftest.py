"""Authorities for the tests of timestamps."""

from __future__ import annotations

from tests.timestamping.fixtures import authority as authority
from tests.timestamping.fixtures import running as running
