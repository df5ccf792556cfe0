"""Pages of editions."""

from __future__ import annotations

from flask import Blueprint

bp = Blueprint("editions", __name__)
