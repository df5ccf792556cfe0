"""Addresses to go on to after signing in, without what may be an identity number: they stay in histories and logs."""

from __future__ import annotations

import re
from urllib.parse import unquote_plus

from pakta.core import number
from pakta.core.errors import Refusal

NUMBER_LIKE = 5  # digits from which a text may be an identity number
HASH = re.compile("[0-9a-f]{64}")


def without_numbers(path: str) -> str:
    """Return a path of this site, with query and fragment as they are sent, cut before what may be a number.

    Of the path what comes before it is left, of the query the other fields. Certificate numbers and hashes stay.
    """
    rest, _, fragment = path.partition("#")
    place, _, query = rest.partition("?")
    fields = "&".join(field for field in query.split("&") if not _may_be_number(field))
    ending = "" if _may_be_number(fragment) else fragment
    return _place(place) + (f"?{fields}" if fields else "") + (f"#{ending}" if ending else "")


def _place(place: str) -> str:
    kept: list[str] = []
    for segment in place.split("/"):
        if _may_be_number(segment) and not _is_ours(segment):
            break
        kept.append(segment)
    return "/".join(kept) or "/"


def _may_be_number(text: str) -> bool:
    plain = unquote_plus(text)
    while plain != text:
        text, plain = plain, unquote_plus(plain)
    return sum(sign.isdigit() for sign in plain) >= NUMBER_LIKE


def _is_ours(segment: str) -> bool:
    if not any(sign.isalpha() for sign in segment):
        return False
    try:
        number.parse(segment)
    except Refusal:
        return HASH.fullmatch(segment) is not None
    return True
