"""Universal signature forgery and signature wrapping: the range, the string that it leaves out, or both.

Source: Mladenov et al., 1 Trillion Dollar Refund: How To Spoof PDF Signatures (CCS 2019).
"""

from __future__ import annotations

from tests.attacks.edits import FALSE_NAME, RANGE, cms_by, cms_of, span, with_range, with_string, words
from tests.attacks.scene import Scene


def wide_gap(scene: Scene) -> bytes:
    """Name a range that leaves out what stands before the string, too."""
    where = span(scene.lembar)
    return with_range(scene.lembar, f"[0 {where.begin - 100} {where.end} {where.tail}]")


def later_start(scene: Scene) -> bytes:
    """Name a range that does not begin with the file."""
    where = span(scene.lembar)
    return with_range(scene.lembar, f"[9 {where.begin - 9} {where.end} {where.tail}]")


def short_end(scene: Scene) -> bytes:
    """Name a range that ends before the file does."""
    where = span(scene.lembar)
    return with_range(scene.lembar, f"[0 {where.begin} {where.end} {where.tail - 30}]")


def huge(scene: Scene) -> bytes:
    """Name a range far beyond the file."""
    where = span(scene.lembar)
    return with_range(scene.lembar, f"[0 {where.begin} {where.end} 4294967295]")


def negative(scene: Scene) -> bytes:
    """Name a range with a length below nothing."""
    where = span(scene.lembar)
    return with_range(scene.lembar, f"[0 {where.begin} {where.end} -{where.tail}]")


def half(scene: Scene) -> bytes:
    """Name half a range."""
    return with_range(scene.lembar, f"[0 {span(scene.lembar).begin}]")


def empty_range(scene: Scene) -> bytes:
    """Name no range, where one should be."""
    return with_range(scene.lembar, "null")


def missing_range(scene: Scene) -> bytes:
    """Call the range something else."""
    return scene.lembar.replace(b"/ByteRange [", b"/ByteRanga [")


def zeros(scene: Scene) -> bytes:
    """Name a range that is empty."""
    return with_range(scene.lembar, "[0 0 0 0]")


def null_contents(scene: Scene) -> bytes:
    """Put null in place of the seal."""
    where = span(scene.lembar)
    return with_string(scene.lembar, b"null".ljust(where.end - where.begin))


def empty_contents(scene: Scene) -> bytes:
    """Put an empty string in place of the seal."""
    where = span(scene.lembar)
    return with_string(scene.lembar, b"<>".ljust(where.end - where.begin))


def zero_contents(scene: Scene) -> bytes:
    """Put zeros in place of the seal."""
    return with_string(scene.lembar, b"<" + b"0" * len(cms_of(scene.lembar)) + b">")


def padded_contents(scene: Scene) -> bytes:
    """Hide something in the zeros after the CMS: no signature covers them."""
    hidden = FALSE_NAME.encode().hex().encode()
    string = cms_of(scene.lembar)
    return with_string(scene.lembar, b"<" + string[: -len(hidden)] + hidden + b">")


def short_contents(scene: Scene) -> bytes:
    """End the string after the CMS, and put a comment into the room that is left."""
    string = cms_of(scene.lembar).rstrip(b"0")
    string += b"0" * (len(string) % 2)
    room = len(cms_of(scene.lembar)) - len(string)
    return with_string(scene.lembar, b"<" + string + b">" + (b"\n%" + FALSE_NAME.encode()).ljust(room))


def second_contents(scene: Scene) -> bytes:
    """Put a second string with a seal of one's own after ours, into the room that its zeros had."""
    where = span(scene.lembar)
    covered = scene.lembar[: where.begin] + scene.lembar[where.end :]
    ours = cms_of(scene.lembar).rstrip(b"0")
    ours += b"0" * (len(ours) % 2)
    pair = b"<" + ours + b">/Contents<" + cms_by(scene.stranger, covered)
    room = where.end - where.begin - 1
    return with_string(scene.lembar, pair.ljust(room, b"0") + b">")


def moved(scene: Scene, *, own_string: bool = True) -> bytes:
    """Move the second part of the range to the end, and put other objects into the room between the two.

    All bytes that the seal covers are there in their order; the end of the file names the place of a table of objects
    that lay in that part, where now one of the attacker's lies.
    """
    where = span(scene.lembar)
    head, tail = scene.lembar[: where.begin], scene.lembar[where.end :]
    table = int(tail.rsplit(b"startxref", 1)[1].split()[0])  # what the covered end of the file points to
    string = scene.lembar[where.begin : where.end]
    held = string if own_string else b"<" + cms_of(scene.lembar).rstrip(b"0") + b"0000>"
    room = held + b"\n"
    objects = _objects(scene.lembar)
    length = 9000  # bytes for the table and what it names
    rest = where.begin + (table - where.begin) + length  # where the moved part begins
    made = _with_objects(scene, objects, table=table, rest=rest, tail=len(tail))
    room = room.ljust(table - where.begin, b" ") + made
    if len(room) > rest - where.begin:
        raise ValueError("no room")
    room = room.ljust(rest - where.begin, b" ")
    return head + room + tail


def moved_shorter(scene: Scene) -> bytes:
    """Do the same, with a string from which the zeros are gone."""
    return moved(scene, own_string=False)


def _objects(content: bytes) -> dict[str, int]:
    """Return the numbers of the objects that are put anew: the first page and the signature."""
    sign = content.rindex(b" 0 obj\n<<\n/Contents <")
    page = content.rindex(b" 0 obj\n<<\n/Type /Page\n")
    return {
        "signature": int(content[content.rindex(b"\n", 0, sign) :].split()[0]),
        "page": int(content[max(content.rindex(b"%%EOF", 0, page) + 5, page - 8) : page].split()[-1]),
    }


def _with_objects(scene: Scene, objects: dict[str, int], *, table: int, rest: int, tail: int) -> bytes:
    """Return a table of objects at this place, and after it the two objects."""
    content, where = scene.lembar, span(scene.lembar)
    size = int(content[content.rindex(b"/Size ") + 6 :].split()[0])
    old = content[content.rindex(b"xref\n0 1\n") :]
    lines = old[: old.index(b"trailer")]
    trailer = old[old.index(b"trailer") : old.index(b"startxref")]
    signature = _signature(content, f"[0 {where.begin} {rest} {tail}]", objects["signature"])
    page, shown = _page(content, objects["page"], size)
    extra = b"%d 1\n" % size
    trailer = trailer.replace(b"/Size %d" % size, b"/Size %d" % (size + 1))
    at = table + len(lines) + len(extra) + 20 + len(trailer)
    for number, body in ((objects["signature"], signature), (objects["page"], page)):
        lines = _moved(lines, number, at)
        at += len(body)
    return lines + extra + b"%010d 00000 n \n" % at + trailer + signature + page + shown


def _moved(lines: bytes, number: int, at: int) -> bytes:
    """Write another place for one object into a table."""
    out, begin = [], 0
    left = iter(lines.splitlines(keepends=True))
    for line in left:
        out.append(line)
        if line.startswith(b"xref"):
            continue
        begin, count = map(int, line.split())
        for each in range(begin, begin + count):
            entry = next(left)
            out.append(b"%010d 00000 n \n" % at if each == number else entry)
    return b"".join(out)


def _signature(content: bytes, text: str, number: int) -> bytes:
    found = RANGE.search(content)
    assert found
    after = content[found.end() : content.index(b"endobj", found.end())]
    begin = b"%d 0 obj\n<<\n/Contents " % number
    where = span(content)
    short = content[where.begin : where.end].rstrip(b"0>")
    short += b"0" * ((len(short) + 1) % 2)
    return begin + short + b"00>\n/ByteRange " + text.encode() + after + b"endobj\n"


def _page(content: bytes, number: int, free: int) -> tuple[bytes, bytes]:
    """Return the page with one more stream of content, and that stream as the object `free`."""
    begin = content.rindex(b"%d 0 obj\n<<\n/Type /Page\n" % number)
    page = content[begin : content.index(b"endobj", begin) + 7]
    present = page.split(b"/Contents ")[1].split(b"\n")[0]
    page = page.replace(b"/Contents " + present, b"/Contents [ " + present + b" %d 0 R ]" % free)
    font = b"<</Font<</Palsu<</Type/Font/Subtype/Type1/BaseFont/Helvetica-Bold>>>>>>"
    resources = page.split(b"/Resources ")[1].split(b"\n")[0]
    page = page.replace(b"/Resources " + resources, b"/Resources " + font)
    stream = words(FALSE_NAME, white=True)
    return page, b"%d 0 obj\n<</Length %d>>\nstream\n%sendstream\nendobj\n" % (free, len(stream), stream)


def before_start(scene: Scene) -> bytes:
    """Put a script before the file, whose readers look for its start in the first thousand bytes."""
    return b"#!/bin/sh\necho 'PALSU'\nexit\n" + scene.lembar


def page_before(scene: Scene) -> bytes:
    """Put a web page before the file, so that it is two things at once."""
    return f"<html><body><h1>{FALSE_NAME}</h1></body></html>\n".encode() + scene.lembar


def far_before_start(scene: Scene) -> bytes:
    """Put so much before the file that it is called no PDF any more."""
    return b"% " + b"x" * 1100 + b"\n" + scene.lembar


def archive_after(scene: Scene) -> bytes:
    """Put an archive after the file, so that it is two things at once."""
    empty_archive = b"PK\x05\x06" + bytes(18)
    return scene.lembar + empty_archive
