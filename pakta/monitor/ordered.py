"""What the page behind the QR orders the browser by HTTP headers: they can lead away from it as scripts can."""

from __future__ import annotations

from collections.abc import Iterator
from http.client import HTTPMessage

from pakta.monitor.findings import Finding, Word, served

FORM = ("text/html", "utf-8")
# What every page of a city allows itself, and the released scripts run under (a test compares it with the server's).
DEMANDED = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; media-src 'self' blob:; "
    "connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'; worker-src 'self'; "
    "manifest-src 'self'; require-trusted-types-for 'script'; trusted-types pakta"
)
POLICY = "Content-Security-Policy"
LEADING = ("Refresh", "Link")  # they load a page or a file that no look at the page itself shows
LONGEST = 200  # signs that are named


def check_headers(path: str, headers: HTTPMessage) -> Iterator[Finding]:
    """Check that a page is HTML under our policy, and that no header leads elsewhere."""
    odd = [f"{name}: {value}" for name in LEADING for value in headers.get_all(name, [])]
    policies = headers.get_all(POLICY, [])
    if len(policies) != 1 or directives(policies[0]) != directives(DEMANDED):
        odd.append(f"{POLICY}: {', '.join(policies)}")
    forms = headers.get_all("Content-Type", [])
    if len(forms) != 1 or (headers.get_content_type(), headers.get_content_charset()) != FORM:
        odd.append(f"Content-Type: {', '.join(forms)}")
    yield from (
        Finding(Word.HEADER_DIFFERS, served(path, each.encode(errors="replace")), each[:LONGEST]) for each in odd
    )


def directives(policy: str) -> dict[str, frozenset[str]]:
    """Return the directives of a policy and their values, in any order; empty where one stands twice.

    A comma begins another policy, and is none of ours: it stays in the value, which then differs.
    """
    parts = [each.split() for each in policy.split(";") if each.strip()]
    found = {name.lower(): frozenset(values) for name, *values in parts}
    return found if len(found) == len(parts) else {}
