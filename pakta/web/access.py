"""Who may open a page: every view carries exactly one mark, and what carries none is refused.

The marks only mark.  The check runs before each request, so that a view without a
mark is closed to everybody; a test walks the route map for such views.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import TypeVar
from urllib.parse import quote

from flask import Flask, abort, current_app, redirect, request, url_for
from flask_login import current_user
from werkzeug.exceptions import HTTPException
from werkzeug.wrappers import Response

from pakta.core.errors import Reason, Refusal
from pakta.roles import Role
from pakta.web import addresses, clock

View = TypeVar("View", bound=Callable[..., object])
FRESH_FOR = timedelta(minutes=5)
FILES = (".csv", ".pdf", ".png", ".xlsx", ".zip")
TAP_AGAIN = "unduh=1"  # templates/components/notice.html says it
KIOSK, UNLESS_OWN = "kiosk", "unless-own"


@dataclass(frozen=True, slots=True)
class Mark:
    """What a view asks of its visitor; `roles` empty and `open` false means any signed-in person."""

    open: bool
    roles: frozenset[Role] = frozenset()


def open_to_all(view: View) -> View:
    """Mark a view that anyone may open."""
    return _marked(view, Mark(open=True))


def signed_in(view: View) -> View:
    """Mark a view for any signed-in person."""
    return _marked(view, Mark(open=False))


def requires(*roles: Role) -> Callable[[View], View]:
    """Mark a view for people who hold at least one of `roles`."""
    return lambda view: _marked(view, Mark(open=False, roles=frozenset(roles)))


def fresh(view: View) -> View:
    """Ask further that the sign-in is not older than 5 minutes (signing, revoking, exporting)."""
    view.pakta_fresh = True  # type: ignore[attr-defined]
    return view


def fresh_or_kiosk(view: View) -> View:
    """As `fresh`; at a kiosk the session's own short limits suffice: its key signs once and is nowhere else."""
    view.pakta_fresh = KIOSK  # type: ignore[attr-defined]
    return view


def fresh_unless_own(view: View) -> View:
    """As `fresh`, for what is not the visitor's own; the view, which knows whose it is, calls `ask_again`.

    Or for what only some of its visitors may do on it.
    """
    view.pakta_fresh = UNLESS_OWN  # type: ignore[attr-defined]
    return view


def ask_again() -> Response | None:
    """Return what sends the visitor to sign in once more, or None where they just have."""
    if clock.now() - current_user.signed_in_at <= FRESH_FOR:
        return None
    return _to_sign_in(again=True)


def mark_of(view: object) -> Mark | None:
    """Return the mark of a view function, or None where it carries none."""
    return getattr(view, "pakta_access", None)


def roles_of(visitor: object) -> frozenset[Role]:
    """Return the roles that the signed-in visitor holds somewhere."""
    return frozenset(Role(grant.role) for grant in getattr(visitor, "grants", ()))


def init(app: Flask) -> None:
    """Let the check run before each request of `app`."""
    app.before_request(_check)


def _marked(view: View, mark: Mark) -> View:
    if mark_of(view) is not None:
        raise TypeError("a view carries exactly one access mark")
    view.pakta_access = mark  # type: ignore[attr-defined]
    return view


def _check() -> Response | None:
    if request.endpoint is None or request.endpoint == "static":
        return None
    view = current_app.view_functions[request.endpoint]
    mark = mark_of(view)
    if mark is None:
        abort(403)
    if mark.open:
        return None
    if not current_user.is_authenticated:
        return _to_sign_in()
    if mark.roles and not mark.roles & roles_of(current_user):
        abort(403)
    return _check_fresh(view)


def _check_fresh(view: object) -> Response | None:
    asked = getattr(view, "pakta_fresh", False)
    if not asked or asked == UNLESS_OWN or (asked == KIOSK and current_user.kiosk):
        return None
    return ask_again()


def _to_sign_in(*, again: bool = False) -> Response:
    if request.is_json or request.method != "GET":
        raise Refusal(Reason.SIGN_IN_AGAIN if again else Reason.SIGN_IN_FIRST)
    return redirect(sign_in_address(_onward(), again=again))


def sign_in_address(onward: str, *, again: bool) -> str:
    """Return the address of the sign-in page that goes on to `onward`; `again` where somebody is signed in."""
    return url_for("accounts.sign_in") + "?lanjut=" + quote(onward, safe="") + ("&ulang=1" if again else "")


def back(*, again: bool) -> str:
    """Return the address of the sign-in page that goes on to the page from which this form was sent."""
    return sign_in_address(page_of(request.path), again=again)


def page_of(path: str) -> str:
    """Return the page from which a form was sent to `path`, without what may be an identity number."""
    return addresses.without_numbers(quote(_page(path)))


def _onward() -> str:
    """Return the address that was asked for, as it is sent, without what may be an identity number.

    Of a file the page that offers it, which says to tap once more: a browser that is sent on to a download stays
    where it is.
    """
    if request.path.endswith(FILES):
        return addresses.without_numbers(f"{quote(_page(request.path))}?{TAP_AGAIN}")
    return addresses.without_numbers(f"{quote(request.path)}?{request.query_string.decode('latin-1')}")


def _page(path: str) -> str:
    """Return the nearest page that stands above an address, or at it; a file is none."""
    found = path.removesuffix(next((each for each in FILES if path.endswith(each)), ""))
    if _can_be_opened(found):
        return found
    above = path.rpartition("/")[0]
    return _page(above) if above else "/"


def _can_be_opened(path: str) -> bool:
    try:
        current_app.url_map.bind("").match(path, method="GET")
    except HTTPException:
        return False
    return True
