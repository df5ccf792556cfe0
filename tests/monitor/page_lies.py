"""Every lie that a city can tell about the page behind the QR: its scripts, words, style and headers."""

from __future__ import annotations

from collections.abc import Callable

from pakta.core import ledgerentry
from pakta.core.ledgerentry import EntryKind
from pakta.web import headers
from tests.monitor.lies import Lie, with_file
from tests.monitor.town import PAGE, SCRIPTS, SHELL, Town

CSP = "Content-Security-Policy"
INLINE = PAGE + b"<script>alert(1)</script>"
FOREIGN = PAGE + b'<script src="https://elsewhere.example/v.js"></script>'
SECOND = PAGE + b'<link rel="modulepreload" href="/v/ba9876543210/v.js">'
RUNNING = SHELL.replace(b'["/v"]', b"alert(1)") + SCRIPTS["v-sw.js"]


def with_header(name: str, value: str, *, instead: bool = False) -> Callable[[Town], object]:
    """Serve the page behind the QR with a header more, or with another value of one."""

    def tell(town: Town) -> None:
        kept = [each for each in town.headers["/v"] if not (instead and each[0] == name)]
        town.headers["/v"] = [*kept, (name, value)]

    return tell


def unreleased(town: Town) -> None:
    """Never enter a release, and serve whatever runs."""
    release = [each[1] == EntryKind.SCRIPTS_RELEASED for each in town.entries].index(True)
    town.entries[release] = ledgerentry.entry(EntryKind.TEXT_PUBLISHED, town.payloads[0])
    town.payloads[release] = town.payloads[0]
    town.publish()
    town.files["/v"] = INLINE


def swapped(town: Town) -> bytes:
    """Return the page with another word for what could not be checked."""
    page = town.files["/v"]
    assert isinstance(page, bytes)
    return page.replace(b"TIDAK DAPAT DIPERIKSA", b"SAH")


PAGE_LIES = (
    Lie("a changed script", "SCRIPT_CHANGED", "served.check_script", with_file("/static/js/v.js", b"alert(1)")),
    Lie("a changed script of the shell", "SCRIPT_CHANGED", "served.check_scripts",
        with_file("/v/0123456789ab/verdict.js", b"alert(1)")),
    Lie("a changed worker", "SCRIPT_CHANGED", "served.check_script", with_file("/v-sw.js", SHELL + b"alert(1)")),
    Lie("a worker whose first line runs", "SCRIPT_CHANGED", "served.check_script", with_file("/v-sw.js", RUNNING)),
    Lie("a script that vanished", "SCRIPT_MISSING", "served.check_script_present",
        lambda t: [t.files.pop(f"{where}/verdict.js") for where in ("/static/js", "/v/0123456789ab")]),
    Lie("a script inside the page", "SCRIPT_UNKNOWN", "served.check_page", with_file("/v", INLINE)),
    Lie("a script inside the English page", "SCRIPT_UNKNOWN", "served.check_page",
        with_file("/v?bahasa=en", INLINE)),
    Lie("a script of elsewhere", "SCRIPT_UNKNOWN", "served.check_page", with_file("/v", FOREIGN)),
    Lie("two versions in one page", "SCRIPT_UNKNOWN", "served.check_page", with_file("/v", SECOND)),
    Lie("a release that no longer tells of its page", "SCRIPTS_MALFORMED", "published.take_scripts",
        lambda t: (t.release_page().release(), t.publish()), left=frozenset({"SCRIPTS_UNRELEASED"}),
        also=frozenset({"SCRIPT_CHANGED"})),
    Lie("a release of a page that is no hash", "SCRIPTS_MALFORMED", "published.take_scripts",
        lambda t: (t.release(page=["x"], css="0" * 64), t.publish()), left=frozenset({"SCRIPTS_UNRELEASED"})),
    Lie("a page of other words", "SCRIPT_CHANGED", "served.check_words",
        lambda t: with_file("/v", swapped(t.release_page()))(t)),
    Lie("an English page of other words", "SCRIPT_CHANGED", "served.check_words",
        lambda t: with_file("/v?bahasa=en", swapped(t.release_page()))(t)),
    Lie("a style that paints it green", "SCRIPT_CHANGED", "served.check_script",
        lambda t: with_file("/static/pakta.css", b".abu{color:green}")(t.release_page())),
    Lie("a release that never was", "SCRIPTS_UNRELEASED", "served.check_released", unreleased),
    Lie("a page that leads elsewhere", "HEADER_DIFFERS", "ordered.check_headers",
        with_header("Refresh", "0;url=/palsu")),
    Lie("a page that loads beside itself", "HEADER_DIFFERS", "ordered.check_headers",
        with_header("Link", '</palsu.css>; rel="stylesheet"')),
    Lie("a page under another policy", "HEADER_DIFFERS", "ordered.check_headers",
        with_header(CSP, headers.POLICY.replace("'self'", "'self' 'unsafe-inline'"), instead=True)),
    Lie("a page under a policy whose first word counts", "HEADER_DIFFERS", "ordered.check_headers",
        with_header(CSP, f"script-src *; {headers.POLICY}", instead=True)),
    Lie("a page under no policy", "HEADER_DIFFERS", "ordered.check_headers", lambda t: t.headers["/v"].pop()),
    Lie("a page in another alphabet", "HEADER_DIFFERS", "ordered.check_headers",
        with_header("Content-Type", "text/html; charset=ISO-2022-JP", instead=True)),
)  # fmt: skip
