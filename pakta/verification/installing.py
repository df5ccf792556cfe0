"""The manifest with which a phone installs the QR's page: it opens from the start screen, without a network too."""

from __future__ import annotations

import json
from collections.abc import Callable

from pakta.config import Config

PATH = "/v.webmanifest"
SIZES = (192, 512)  # pixels


def manifest(config: Config, *, asset: Callable[[str], str]) -> bytes:
    """Return the manifest (W3C Web Application Manifest); `asset` gives the address of a file under static/."""
    drawn = [(asset(f"img/pakta-{size}.png"), size) for size in SIZES]
    icons = [
        {"src": source, "sizes": f"{size}x{size}", "type": "image/png", "purpose": purpose}
        for source, size in drawn
        for purpose in ("any", "maskable")
    ]
    members = {
        "id": "/v",
        "start_url": "/v",
        "scope": "/",
        "name": f"Periksa pakta {config.city}",
        "short_name": "Periksa pakta",
        "lang": "id",
        "display": "standalone",
        "background_color": "#FBFAF7",
        "theme_color": "#4B3A7C",
        "icons": icons,
    }
    return json.dumps(members, ensure_ascii=False).encode()
