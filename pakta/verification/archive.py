"""What follows the seal in a B-LTA file: one revision, which may hold nothing but proof for later.

Whoever gets a timestamp from a public authority can append anything and have it stamped.  So the revision is read
byte by byte, in the one form in which we write it, before any other reader sees it:

1. Every byte belongs to an object, the table of objects or the trailer; the table names each object at its place.
2. Three objects of the seal's own revision are written anew: the catalog with a security store added, the form and
   the first page with one field more; to the byte nothing else in them is different.
3. The rest is the store, the certificates and lists in it, an invisible field, and a timestamp over the whole file.

Once the timestamp is known to be good, pyHanko's difference analysis must find nothing beyond that either.
Source: ISO 32000-2 sections 12.8.4.3 and 12.8.5; ETSI EN 319 142-1.
"""

from __future__ import annotations

import hashlib
import io
import re
from collections.abc import Mapping
from dataclasses import dataclass

from pyhanko.pdf_utils.misc import PdfError
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.diff_analysis import (
    CatalogModificationRule,
    DSSCompareRule,
    FormUpdatingRule,
    ModificationLevel,
    SigFieldCreationRule,
    SigFieldModificationRule,
    StandardDiffPolicy,
    SuspiciousModification,
)
from pyhanko.sign.fields import MDPPerm

from pakta.core.errors import Reason, Refusal

LARGEST = 262_144  # bytes of the revision
MOST = 16  # certificates and lists in the store
REFERENCE = rb"\d{1,6} 0 R"
OBJECT = re.compile(rb"(\d{1,6}) 0 obj\n")
STREAM = re.compile(rb"<<\n/Length (\d{1,5})\n>>\nstream\n")
SECTION = re.compile(rb"(\d{1,6}) (\d{1,3})\n((?:\d{10} \d{5} [fn] \n){1,999})")
TRAILER = re.compile(
    rb"trailer\n<<\n/Size (\d{1,6})\n/Root (\d{1,6}) 0 R\n/ID \[ <[0-9a-f]{2,64}> <[0-9a-f]{2,64}> \]\n"
    rb"/Prev (\d{1,8})\n>>\nstartxref\n(\d{1,8})\n%%EOF\n"
)
SEVERAL = rb"\[ ((?:" + REFERENCE + rb" ){1,16})\]"
STORE = re.compile(rb"<<\n/Certs " + SEVERAL + rb"\n/CRLs " + SEVERAL + rb"\n>>")
FIELD = re.compile(
    rb"<<\n/FT /Sig\n/T \(CapWaktu\)\n/Type /Annot\n/Subtype /Widget\n/F 132\n/Rect \[ 0 0 0 0 \]\n/P (\d{1,6}) 0 R\n"
    rb"/TU \(Timestamp\)\n/V (\d{1,6}) 0 R\n>>"
)
STAMP = re.compile(
    rb"<<\n/Contents <([0-9A-F]{2,131072})>\n/ByteRange \[0 (\d{1,8}) (\d{1,8}) (\d{1,8})\] {0,80}\n"
    rb"/Type /DocTimeStamp\n/Filter /Adobe.PPKLite\n/SubFilter /ETSI.RFC3161\n>>"
)
POLICY = StandardDiffPolicy(
    global_rules=[
        CatalogModificationRule(  # type: ignore[no-untyped-call]
            ignored_keys=frozenset({"/AcroForm", "/DSS"})
        ),
        DSSCompareRule().as_qualified(ModificationLevel.LTA_UPDATES),
    ],
    form_rule=FormUpdatingRule(
        field_rules=[SigFieldCreationRule(), SigFieldModificationRule()]  # type: ignore[no-untyped-call]
    ),
    ignore_orphaned_objects=False,
    ignore_identical_objects=False,
)


@dataclass(frozen=True, slots=True)
class Archive:
    """What the revision holds: the timestamp, the SHA-256 that it must be over, and the store's DER."""

    token: bytes
    digest: bytes
    certificates: tuple[bytes, ...]
    lists: tuple[bytes, ...]


@dataclass(frozen=True, slots=True)
class _Revision:
    """A revision as it lies in the file: its objects by number, each with its place, and its trailer."""

    objects: Mapping[int, tuple[int, bytes]]
    streams: Mapping[int, bytes]
    size: int
    root: int
    previous: int
    table: int


def read(content: bytes, *, end: int) -> Archive:
    """Return what follows the seal, which covers `content` up to `end`; refuses with PDF_CHANGED."""
    try:
        if len(content) - end > LARGEST:
            raise ValueError("larger than any of ours")
        sealed, added = _revision(content[:end], _begin(content[:end])), _revision(content, end)
        return _checked(content, sealed, added)
    except (ValueError, KeyError, IndexError) as error:
        raise Refusal(Reason.PDF_CHANGED) from error


def _begin(sealed: bytes) -> int:
    """Return where the seal's own revision begins: where the one before it ends."""
    at = sealed.rindex(b"startxref\n", 0, sealed.rindex(b"startxref\n"))
    found = re.compile(rb"startxref\n\d{1,8}\n%%EOF\n?").match(sealed, at)
    if found is None:
        raise ValueError("not sealed by us")
    return found.end()


def _revision(content: bytes, at: int) -> _Revision:
    """Read what lies from `at` to the end as one revision."""
    objects: dict[int, tuple[int, bytes]] = {}
    streams: dict[int, bytes] = {}
    while found := OBJECT.match(content, at):
        number = int(found[1])
        if number in objects:
            raise ValueError("an object twice")
        body, data, after = _object(content, found.end())
        objects[number] = (at, body)
        if data is not None:
            streams[number] = data
        at = after
    table = at
    named, at = _table(content, at)
    trailer = TRAILER.fullmatch(content, at)
    if trailer is None or int(trailer[4]) != table:
        raise ValueError("not a trailer of ours")
    if named != {number: place for number, (place, _) in objects.items()}:
        raise ValueError("the table names other objects")
    return _Revision(objects, streams, int(trailer[1]), int(trailer[2]), int(trailer[3]), table)


def _object(content: bytes, at: int) -> tuple[bytes, bytes | None, int]:
    """Return an object's text, the data of a stream, and where the next begins."""
    stream = STREAM.match(content, at)
    begin = stream.end() + int(stream[1]) if stream else at
    close = b"\nendstream\nendobj\n" if stream else b"\nendobj\n"
    stop = content.index(close, begin)
    if stream and stop != begin:
        raise ValueError("a stream longer than it says")
    return content[at:stop], content[stream.end() : stop] if stream else None, stop + len(close)


def _table(content: bytes, at: int) -> tuple[dict[int, int], int]:
    """Return the objects that a table names, with their places, and where it ends."""
    if content[at : at + 5] != b"xref\n":
        raise ValueError("no table")
    at += 5
    named: dict[int, int] = {}
    while section := SECTION.match(content, at):
        lines = section[3].splitlines()
        if len(lines) != int(section[2]):
            raise ValueError("a table of another length")
        for number, line in enumerate(lines, int(section[1])):
            free = line == b"0000000000 65535 f "
            if number in named or free != (number == 0) or not (free or line.endswith(b" 00000 n ")):
                raise ValueError("not an entry of ours")
            if not free:
                named[number] = int(line[:10])
        at = section.end()
    return named, at


def _checked(content: bytes, sealed: _Revision, added: _Revision) -> Archive:
    """Check each object of the added revision, and return what it holds."""
    before = {number: added.objects[number][1] for number in added.objects if number < sealed.size}
    new = {number: text for number, (_, text) in added.objects.items() if number >= sealed.size}
    (store,) = (number for number, text in new.items() if STORE.fullmatch(text))
    (field,) = (number for number, text in new.items() if FIELD.fullmatch(text))
    (stamp,) = (number for number, text in new.items() if STAMP.fullmatch(text))
    certificates, lists = _stored(added, new[store])
    expected = _written_anew(sealed, store=store, field=field, page=int(_groups(FIELD, new[field])[0]))
    if (
        before != expected
        or set(new) != {store, field, stamp, *certificates, *lists}
        or int(_groups(FIELD, new[field])[1]) != stamp
        or (added.root, added.previous) != (sealed.root, sealed.table)
        or added.size != max(new) + 1
    ):
        raise ValueError("more than proof was added")
    token, digest = _stamp(content, added.objects[stamp])
    data = added.streams
    return Archive(token, digest, tuple(data[each] for each in certificates), tuple(data[each] for each in lists))


def _written_anew(sealed: _Revision, *, store: int, field: int, page: int) -> dict[int, bytes]:
    """Return the objects of the sealed revision that may be there again, as they must be then."""
    catalog = sealed.objects[sealed.root][1]
    form = int(_groups(re.compile(rb".*\n/AcroForm (\d{1,6}) 0 R\n.*", re.DOTALL), catalog)[0])
    end = b"\n>>"
    if not catalog.endswith(end) or b"/DSS" in catalog:
        raise ValueError("a catalog of another form")
    return {
        sealed.root: catalog.removesuffix(end) + b"\n/DSS %d 0 R" % store + end,
        form: _with_field(sealed.objects[form][1], b"/Fields", field),
        page: _with_field(sealed.objects[page][1], b"/Annots", field),
    }


def _with_field(text: bytes, name: bytes, field: int) -> bytes:
    """Return an object with one reference more in its one array of this name."""
    found = re.fullmatch(rb"(.*\n" + name + rb" \[ (?:" + REFERENCE + rb" ){1,16})(\].*)", text, re.DOTALL)
    if found is None or text.count(name) != 1:
        raise ValueError("an object of another form")
    return found[1] + b"%d 0 R " % field + found[2]


def _stored(added: _Revision, text: bytes) -> tuple[list[int], list[int]]:
    """Return the numbers of the certificates and the lists in the store: streams all of them, none twice."""
    certificates, lists = (
        [int(number) for number in re.findall(rb"(\d+) 0 R", group)] for group in _groups(STORE, text)
    )
    together = [*certificates, *lists]
    if len(set(together)) != len(together) or len(together) > MOST or set(together) != set(added.streams):
        raise ValueError("a store of another form")
    return certificates, lists


def _stamp(content: bytes, placed: tuple[int, bytes]) -> tuple[bytes, bytes]:
    """Return a timestamp and the SHA-256 of all that lies around it, which must be the whole file."""
    place, text = placed
    token, gap_from, gap_until, rest = _groups(STAMP, text)
    begin = content.index(b"<" + token + b">", place)
    until = begin + len(token) + 2
    if (int(gap_from), int(gap_until), int(rest)) != (begin, until, len(content) - until) or len(token) % 2:
        raise ValueError("not over the whole file")
    return bytes.fromhex(token.decode()), hashlib.sha256(content[:begin] + content[until:]).digest()


def _groups(form: re.Pattern[bytes], text: bytes) -> tuple[bytes, ...]:
    found = form.fullmatch(text)
    if found is None:
        raise ValueError("an object of another form")
    return found.groups()


def compare(content: bytes) -> None:
    """Let pyHanko compare the two last revisions, as a second opinion; refuses with PDF_CHANGED."""
    try:
        reader = PdfFileReader(io.BytesIO(content))
        found = POLICY.review_file(reader, reader.xrefs.total_revisions - 2, doc_mdp=MDPPerm.NO_CHANGES)
    except (PdfError, ValueError, KeyError, IndexError, TypeError, AttributeError, RecursionError) as error:
        raise Refusal(Reason.PDF_CHANGED) from error
    if isinstance(found, SuspiciousModification) or found.modification_level > ModificationLevel.LTA_UPDATES:
        raise Refusal(Reason.PDF_CHANGED)
