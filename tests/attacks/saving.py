"""Incremental saving: a revision after the seal, and whatever else can be appended."""

from __future__ import annotations

from typing import Any

from pyhanko.pdf_utils.generic import ArrayObject, DictionaryObject, pdf_name, pdf_string

from tests.attacks.edits import (
    FALSE_NAME,
    Writer,
    add_annotation,
    add_content,
    attach,
    embedded,
    file_spec,
    first_page,
    increment,
    new_page,
    sign_again,
    specification,
    words,
)
from tests.attacks.scene import Scene


def page_content(scene: Scene) -> bytes:
    """Print another name over the page."""
    return increment(scene.lembar, lambda writer: add_content(writer, words(FALSE_NAME, white=True)))


def annotation(scene: Scene) -> bytes:
    """Lay a stamp with another name over the page."""
    return increment(scene.lembar, lambda writer: add_annotation(writer, "/Stamp", words(FALSE_NAME, white=True)))


def free_text(scene: Scene) -> bytes:
    """Lay a note over the page, which some certifications permit (evil annotation)."""

    def change(writer: Writer) -> None:
        text = {"Contents": pdf_string(FALSE_NAME), "DA": pdf_string("/Helv 28 Tf")}
        add_annotation(writer, "/FreeText", words(FALSE_NAME, white=True), **text)

    return increment(scene.lembar, change)


def form_field(scene: Scene) -> bytes:
    """Add a form field that shows another name."""

    def change(writer: Writer) -> None:
        _add_field(writer, FT=pdf_name("/Tx"), T=pdf_string("Nama"), V=pdf_string(FALSE_NAME))

    return increment(scene.lembar, change)


def signature_field(scene: Scene) -> bytes:
    """Add an empty signature field whose look is another name (sneaky signature)."""

    def change(writer: Writer) -> None:
        _add_field(writer, FT=pdf_name("/Sig"), T=pdf_string("Tanda tangan"))

    return increment(scene.lembar, change)


def page_tree(scene: Scene) -> bytes:
    """Put another page in place of all pages."""

    def change(writer: Writer) -> None:
        writer.root[pdf_name("/Pages")] = new_page(writer, words(FALSE_NAME))
        writer.update_root()

    return increment(scene.lembar, change)


def catalog(scene: Scene) -> bytes:
    """Put another catalog with another page in place of the document's."""

    def change(writer: Writer) -> None:
        fields = writer.root.raw_get("/AcroForm")
        writer.root.clear()
        writer.root.update(
            {
                pdf_name("/Type"): pdf_name("/Catalog"),
                pdf_name("/AcroForm"): fields,
                pdf_name("/Pages"): new_page(writer, words(FALSE_NAME)),
            }
        )
        writer.update_root()

    return increment(scene.lembar, change)


def metadata(scene: Scene) -> bytes:
    """Write another person's name into the XMP."""

    def change(writer: Writer) -> None:
        stream = writer.root["/Metadata"]
        stream._data = stream.data.replace(b"Pakta Integritas", FALSE_NAME.encode() + b": Pakta Integritas")
        stream._encoded_data = None
        writer.update_container(stream)

    return increment(scene.lembar, change)


def downgraded(scene: Scene) -> bytes:
    """Take the certification away, so that changes are permitted, and change the page."""

    def change(writer: Writer) -> None:
        del writer.root["/Perms"]
        value = writer.root["/AcroForm"]["/Fields"][0]["/V"]
        del value["/Reference"]
        writer.update_container(value)
        writer.update_root()
        add_content(writer, words(FALSE_NAME, white=True))

    return increment(scene.lembar, change)


def field_removed(scene: Scene) -> bytes:
    """Take the seal's field away, so that readers see no signature, and change the page."""

    def change(writer: Writer) -> None:
        del writer.root["/AcroForm"], writer.root["/Perms"]
        page = first_page(writer)
        page[pdf_name("/Annots")] = ArrayObject()
        writer.update_root()
        add_content(writer, words(FALSE_NAME, white=True))

    return increment(scene.lembar, change)


def attachment_changed(scene: Scene) -> bytes:
    """Put another credential behind the same name."""
    other = scene.attached(scene.joko)["credential.cose"]
    return increment(scene.lembar, lambda writer: attach(writer, "credential.cose", other))


def proof_changed(scene: Scene) -> bytes:
    """Put the proof of another pact behind the same name."""
    other = scene.attached(scene.joko)["proof.tlog-proof"]
    return increment(scene.lembar, lambda writer: attach(writer, "proof.tlog-proof", other))


def evidence_changed(scene: Scene) -> bytes:
    """Put the evidence of another person behind the same name."""
    other = scene.attached(scene.joko)["evidence.json"]
    return increment(scene.berkas, lambda writer: attach(writer, "evidence.json", other))


def attachment_added(scene: Scene) -> bytes:
    """Attach evidence to a lembar that has none."""

    def change(writer: Writer) -> None:
        spec = writer.add_object(specification("evidence.json", embedded(writer, b"{}")))
        names = writer.root["/Names"]["/EmbeddedFiles"]["/Names"]
        names += [pdf_string("evidence.json"), spec]
        writer.root[pdf_name("/AF")] = ArrayObject([*writer.root["/AF"], spec])
        writer.update_root()

    return increment(scene.lembar, change)


def attachment_doubled(scene: Scene) -> bytes:
    """Attach a second credential of the same name, after the first."""
    other = scene.attached(scene.joko)["credential.cose"]

    def change(writer: Writer) -> None:
        spec = writer.add_object(specification("credential.cose", embedded(writer, other)))
        writer.root[pdf_name("/AF")] = ArrayObject([*writer.root["/AF"], spec])
        names = writer.root["/Names"]["/EmbeddedFiles"]["/Names"]
        names += [pdf_string("credential.cose"), spec]
        writer.update_root()

    return increment(scene.lembar, change)


def attachment_removed(scene: Scene) -> bytes:
    """Take the evidence out of a berkas bukti."""

    def change(writer: Writer) -> None:
        gone = file_spec(writer, "evidence.json")
        kept = [spec for spec in writer.root["/AF"] if spec.get_object() is not gone]
        writer.root[pdf_name("/AF")] = ArrayObject(kept)
        pairs = [each for spec in kept for each in (spec.get_object()["/UF"], spec)]
        names = DictionaryObject({pdf_name("/Names"): ArrayObject(pairs)})
        writer.root[pdf_name("/Names")] = DictionaryObject({pdf_name("/EmbeddedFiles"): names})
        writer.update_root()

    return increment(scene.berkas, change)


def signed_again(scene: Scene) -> bytes:
    """Take the certification away, change the page, and sign the whole with a key of one's own."""
    return sign_again(downgraded(scene), scene.stranger)


def line_feed(scene: Scene) -> bytes:
    """Append one line feed."""
    return scene.lembar + b"\n"


def end_again(scene: Scene) -> bytes:
    """Append blanks and another end of file."""
    return scene.lembar + b"   \r\n" * 40 + b"%%EOF\n"


def comment(scene: Scene) -> bytes:
    """Append a comment, and the end of the file as it was."""
    tail = scene.lembar[scene.lembar.rindex(b"startxref") :]
    return scene.lembar + b"% " + FALSE_NAME.encode() + b"\n" + tail


def second_file(scene: Scene) -> bytes:
    """Append a whole other document."""
    return scene.lembar + scene.elsewhere


def cut(scene: Scene) -> bytes:
    """Cut the last byte off."""
    return scene.lembar[:-1]


def _add_field(writer: Writer, **members: Any) -> None:
    """Add a form field whose look is another name."""
    field = add_annotation(writer, "/Widget", words(FALSE_NAME, white=True), **members)
    fields = writer.root["/AcroForm"]["/Fields"]
    fields.append(field)
    writer.update_container(fields)
