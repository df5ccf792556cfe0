"""Pages of signing, by task: read and sign, the kiosk, reports of wrong data."""

from __future__ import annotations

from pakta.signing import kiosk_views, report_views, sign_views
from pakta.signing.blueprint import bp

__all__ = ["bp", "kiosk_views", "report_views", "sign_views"]
