"""What the roster tells every page: whether its people are invented."""

from __future__ import annotations

from flask import Blueprint
from sqlalchemy.exc import SQLAlchemyError

from pakta.database import db
from pakta.roster import service

bp = Blueprint("roster", __name__)


def is_invented() -> bool:
    """Say whether the people are invented; where nobody can be asked, a page must stand all the same."""
    try:
        return service.is_invented(db.session())
    except SQLAlchemyError:
        return False
