"""What is served right now, held against the newest that the ledger knows: key set, status list, scripts."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterator
from datetime import datetime
from itertools import chain

from pakta.core import cose, keyset, ledgerentry, status
from pakta.core.errors import Reason, Refusal
from pakta.core.keyset import KeySet
from pakta.core.ledgerentry import EntryKind
from pakta.monitor import findings, ordered, published
from pakta.monitor.findings import Finding, Word
from pakta.monitor.head import KEY_SET_PATH
from pakta.monitor.page import Page
from pakta.monitor.site import Site
from pakta.monitor.state import Known

STATUS_PATH, PAGE_PATH, WORKER = "/s/0", "/v", "v-sw.js"
PAGES = (PAGE_PATH, *(f"{PAGE_PATH}?bahasa={code}" for code in ("en", "id")))  # each address that people come to
STYLE = "/static/pakta.css"
VERSION = re.compile(rb"""["']/v/([0-9a-f]{1,64})/""")
OWN = re.compile(r"/[A-Za-z0-9_./?=-]{1,300}")
MOST_SCRIPTS, MOST_STYLES = 64, 4
LARGEST_PAGE = 131_072  # bytes; ours takes 16,000
MOST_ODD = 5  # named of one page
SHELL = re.compile(rb"const SHELL = (\{[^\n]{0,20000}\});\n")


def check(site: Site, *, known: Known, vkey: str, now: datetime) -> Iterator[Finding]:
    """Yield what is served and is not what the ledger says."""
    text = site.get(KEY_SET_PATH)
    served = None
    try:
        served = keyset.verify(text or b"", host=site.host)
        yield from check_key_set(known, served)
        yield from check_log_key(served, vkey)
    except Refusal as refusal:
        yield Finding(Word.KEYSET_SERVED_DIFFERS, findings.served(KEY_SET_PATH, text or b""), refusal.reason)
    if served is not None:
        yield from check_status_list(site, known=known, keys=served, now=now)
    yield from check_released(known)
    if known.scripts:
        yield from check_scripts(site, known)


def check_released(known: Known) -> Iterator[Finding]:
    """Check that the ledger says at all which scripts are released: without that the page could run anything."""
    if known.kinds and not known.scripts:
        yield Finding(Word.SCRIPTS_UNRELEASED, PAGE_PATH)


def check_key_set(known: Known, served: KeySet) -> Iterator[Finding]:
    """Check that the key set is the newest of the ledger, and that the one before it vouches for who signed it."""
    newest = known.keys[-1].encode() if known.keys else b""
    if served.payload != newest:
        yield Finding(Word.KEYSET_SERVED_DIFFERS, findings.served(KEY_SET_PATH, served.payload), str(served.version))
    elif len(known.keys) > 1:
        for before in published.readings(known.keys[0].encode())[:1]:
            yield from published.check_vouched(served.version, before, [served])


def check_log_key(served: KeySet, vkey: str) -> Iterator[Finding]:
    """Check that phones are told of the very log that is followed here."""
    if served.log_vkey != vkey:
        yield Finding(Word.KEYSET_OTHER_LOG, findings.served(KEY_SET_PATH, served.payload), served.log_vkey[:200])


def check_status_list(site: Site, *, known: Known, keys: KeySet, now: datetime) -> Iterator[Finding]:
    """Check that the status list is signed, fresh, and the newest of the ledger."""
    token = site.get(STATUS_PATH)
    uri = f"{site.origin}{STATUS_PATH}"
    try:
        claims = status.verify(token or b"", issuer_keys=keys.sound_keys, uri=uri, now=now)
        parsed = cose.parse(token or b"")
    except Refusal as refusal:
        yield Finding(Word.STATUS_SERVED_DIFFERS, findings.served(STATUS_PATH, token or b""), refusal.reason)
        return
    signed = cose.sig_structure(protected=parsed.protected, payload=parsed.payload)
    entry = ledgerentry.entry(EntryKind.STATUS_LIST, signed).hex()
    yield from chain(
        check_status_age(known, entry, claims.issued_at), check_status_entry(known, entry, claims.issued_at)
    )


def check_status_age(known: Known, entry: str, issued_at: int) -> Iterator[Finding]:
    """Check that no older list is served than the newest of the ledger."""
    if issued_at < known.status[0]:
        yield Finding(Word.STATUS_SERVED_OLD, f"{STATUS_PATH} {entry}", f"{issued_at} < {known.status[0]}")


def check_status_entry(known: Known, entry: str, issued_at: int) -> Iterator[Finding]:
    """Check that the list is an entry of the ledger, and the newest; an older one has its own word."""
    if entry != known.status[1] and issued_at >= known.status[0]:
        yield Finding(Word.STATUS_SERVED_DIFFERS, f"{STATUS_PATH} {entry}", Reason.NOT_IN_LEDGER)


def check_scripts(site: Site, known: Known) -> Iterator[Finding]:
    """Check every script that is served, under each of its addresses, against the newest release."""
    shown = []
    for path in PAGES:
        page = site.get(path, largest=LARGEST_PAGE) or b""
        if page:
            yield from ordered.check_headers(path, site.headers)
        yield from check_page(site, path, page, known)
        shown.append(page)
    page = shown[0]
    folders = ["/static/js", *(f"/v/{each.decode()}" for each in sorted(set(VERSION.findall(page)))[:1])]
    for name, digest in sorted(known.scripts.items()):
        paths = [f"/{WORKER}"] if name == WORKER else []
        yield from check_script(site, [*(f"{folder}/{name}" for folder in folders), *paths], name, digest)
    if known.page:
        for path, each in zip(PAGES, shown, strict=True):
            yield from check_words(path, each, known)
        yield from check_script(
            site, [STYLE, *filter(OWN.fullmatch, Page(page).styles[:MOST_STYLES])], STYLE, known.css
        )


def check_words(path: str, page: bytes, known: Known) -> Iterator[Finding]:
    """Check that the page at an address says nothing but what was released: it holds the words of every verdict."""
    plain = VERSION.sub(lambda found: found[0].replace(found[1], b""), page)
    if page and hashlib.sha256(plain).hexdigest() not in known.page:
        yield Finding(Word.SCRIPT_CHANGED, findings.served(path, page))


def check_script(site: Site, paths: list[str], name: str, digest: str) -> Iterator[Finding]:
    """Check one script at all addresses at which it may be; it must be at one of them."""
    answers = [(path, site.get(path)) for path in paths]
    served = [(path, content) for path, content in answers if content is not None]
    yield from check_script_present(name, served)
    for path, content in served:
        if hashlib.sha256(_plain(path, content)).hexdigest() != digest:
            yield Finding(Word.SCRIPT_CHANGED, findings.served(path, content))


def check_script_present(name: str, served: list[tuple[str, bytes]]) -> Iterator[Finding]:
    """Check that a script of the release is served at all."""
    if not served:
        yield Finding(Word.SCRIPT_MISSING, name)


def check_page(site: Site, at: str, page: bytes, known: Known) -> Iterator[Finding]:
    """Check that the page behind the QR runs no script but those of the release, all of one version."""
    read, where = Page(page), findings.served(at, page)
    odd = read.odd[:MOST_ODD]
    if len(set(VERSION.findall(page))) > 1:
        odd.append("v")
    if len(read.scripts) > MOST_SCRIPTS:
        odd.append(f"{len(read.scripts)} script")
    yield from (Finding(Word.SCRIPT_UNKNOWN, where, each) for each in odd)
    for path in read.scripts[:MOST_SCRIPTS]:
        name = path.partition("?")[0].rpartition("/")[2]
        if not path.startswith(("/v/", "/static/js/")) or name not in known.scripts or not OWN.fullmatch(path):
            yield Finding(Word.SCRIPT_UNKNOWN, where, path[:200])
        else:
            yield from check_script(site, [path], name, known.scripts[name])


def _plain(path: str, content: bytes) -> bytes:
    """Return the worker's plain file: what is served has one line before it, which holds data only."""
    if path != f"/{WORKER}":
        return content
    line = SHELL.match(content)
    if line is None or not _is_shell(line[1]):
        return content
    return content[line.end() :]


def _is_shell(text: bytes) -> bool:
    """Say whether a line holds nothing but the version and its files: JSON cannot run."""
    try:
        members = json.loads(text)
    except (ValueError, RecursionError):
        return False
    return isinstance(members, dict) and set(members) == {"version", "files"}
