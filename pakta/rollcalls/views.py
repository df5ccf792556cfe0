"""Pages of roll calls: for heads in `head_views`, for the wall and the kiosk in `place_views`."""

from __future__ import annotations

from pakta.rollcalls import head_views, place_views
from pakta.rollcalls.blueprint import bp

__all__ = ["bp", "head_views", "place_views"]
