"""All attacks, each with the reason that it must get, and what pdfsig says of it.

`python -m tests.attacks.table` prints them as docs/judges.md shows them.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from pakta.core.errors import Reason
from tests.attacks import archiving, forging, saving, shadow, wrapping
from tests.attacks.attack import Attack, Seen
from tests.attacks.scene import Scene

VALID, PART, WHOLE = "valid", "valid of a part", "valid of the whole"
DIFFERS, DIFFERS_WHOLE = "digest differs of a part", "digest differs of the whole"
NONE, UNVERIFIED, UNVERIFIED_PART = "no signature", "not verified", "not verified of a part"
CHANGED, OTHER, UNSEALED = Reason.PDF_CHANGED, Reason.PDF_OTHER_SEAL, Reason.PDF_NOT_SEALED
PARTS = Reason.PDF_PARTS_DIFFER
THEN_UNKNOWN = "then not verified of the whole"
PRINTED = Seen.WORDS | Seen.LOOK


def berkas(scene: Scene) -> bytes:
    """Return Siti's berkas bukti."""
    return scene.berkas


def resealed(scene: Scene) -> bytes:
    """Return what the thief of our key seals around true parts that belong together."""
    return scene.resealed(scene.attached(scene.berkas))


SAVING = (
    Attack("a revision prints another name over the page", saving.page_content, CHANGED, PART, PRINTED),
    Attack("a revision lays a stamp over the page", saving.annotation, CHANGED, PART, PRINTED),
    Attack("a revision lays a note over the page (evil annotation)", saving.free_text, CHANGED, PART, PRINTED),
    Attack("a revision adds a form field", saving.form_field, CHANGED, PART, PRINTED),
    Attack(
        "a revision adds a signature field with a look of its own (sneaky signature)",
        saving.signature_field, CHANGED, f"{PART}, then unsigned field", PRINTED,
    ),
    Attack("a revision replaces the tree of pages", saving.page_tree, CHANGED, PART, PRINTED),
    Attack("a revision replaces the catalog", saving.catalog, CHANGED, PART, PRINTED),
    Attack("a revision writes another person into the XMP", saving.metadata, CHANGED, PART, Seen.NAME_INSIDE),
    Attack("a revision takes the certification away (DocMDP)", saving.downgraded, CHANGED, PART, PRINTED),
    Attack("a revision takes the seal's field away", saving.field_removed, CHANGED, NONE, PRINTED),
    Attack("a revision replaces the credential", saving.attachment_changed, CHANGED, PART, Seen.FILES),
    Attack("a revision replaces the proof", saving.proof_changed, CHANGED, PART, Seen.FILES),
    Attack("a revision replaces the evidence", saving.evidence_changed, CHANGED, PART, Seen.FILES, berkas),
    Attack("a revision attaches evidence", saving.attachment_added, CHANGED, PART, Seen.FILES),
    Attack("a revision attaches a second credential", saving.attachment_doubled, CHANGED, PART, Seen.FILES),
    Attack("a revision removes the evidence", saving.attachment_removed, CHANGED, PART, Seen.FILES, berkas),
    Attack(
        "another key signs a changed document a second time",
        saving.signed_again, CHANGED, f"{PART}, then {WHOLE}", PRINTED,
    ),
    Attack("a line feed after the end", saving.line_feed, CHANGED, PART),
    Attack("blanks and another %%EOF after the end", saving.end_again, CHANGED, PART),
    Attack("a comment and the same end once more", saving.comment, CHANGED, PART),
    Attack("another document after the end", saving.second_file, CHANGED, DIFFERS, Seen.LOOK),
    Attack("an archive after the end (polyglot)", wrapping.archive_after, CHANGED, PART),
    Attack("the last byte is missing", saving.cut, CHANGED, UNVERIFIED_PART),
)  # fmt: skip
WRAPPING = (
    Attack("/ByteRange with a wide gap", wrapping.wide_gap, CHANGED, DIFFERS),
    Attack("/ByteRange that does not begin at 0", wrapping.later_start, CHANGED, DIFFERS_WHOLE),
    Attack("/ByteRange that ends before the file", wrapping.short_end, CHANGED, DIFFERS),
    Attack("/ByteRange that ends far beyond the file", wrapping.huge, CHANGED, UNVERIFIED_PART),
    Attack("/ByteRange with a negative length", wrapping.negative, CHANGED, UNVERIFIED_PART),
    Attack("/ByteRange of two numbers", wrapping.half, CHANGED, "digest differs"),
    Attack("/ByteRange of zeros", wrapping.zeros, CHANGED, DIFFERS),
    Attack("/ByteRange null", wrapping.empty_range, CHANGED, UNVERIFIED),
    Attack("no /ByteRange", wrapping.missing_range, CHANGED, UNVERIFIED),
    Attack("/Contents null", wrapping.null_contents, OTHER, UNVERIFIED_PART),
    Attack("/Contents an empty string", wrapping.empty_contents, OTHER, "fails of a part"),
    Attack("/Contents zeros", wrapping.zero_contents, OTHER, "fails of a part"),
    Attack("something hidden in the zeros of /Contents", wrapping.padded_contents, CHANGED, PART),
    Attack("/Contents shorter, and a comment after it", wrapping.short_contents, CHANGED, PART),
    Attack("a second /Contents by another key", wrapping.second_contents, CHANGED, PART),
    Attack("/ByteRange whose second part was moved (wrapping)", wrapping.moved, CHANGED, PART, PRINTED),
    Attack("the same with a shorter /Contents", wrapping.moved_shorter, CHANGED, PART, PRINTED),
    Attack("a script before %PDF (polyglot)", wrapping.before_start, CHANGED, DIFFERS),
    Attack("a web page before %PDF (polyglot)", wrapping.page_before, CHANGED, DIFFERS),
    Attack("1,100 bytes before %PDF", wrapping.far_before_start, Reason.IMAGE_FORMAT, DIFFERS),
)
SHADOW = (
    Attack("hide: a cover is taken away", shadow.hide, CHANGED, PART, Seen.LOOK, shadow.cover_prepared, True),
    Attack("replace: an appearance is replaced", shadow.replace, CHANGED, PART, PRINTED, shadow.field_prepared, True),
    Attack(
        "hide and replace: a table names a hidden catalog",
        shadow.hide_and_replace, CHANGED, PART, PRINTED, shadow.catalog_prepared, True,
    ),
)  # fmt: skip
FORGING = (
    Attack("the document of another Pakta of the same name", forging.another_pakta, OTHER, WHOLE, Seen.FILES),
    Attack("our CMS replaced by one of certificates of the same names", forging.own_chain, OTHER, WHOLE),
    Attack("sealed anew by certificates of the same names", forging.sealed_anew, OTHER, WHOLE, PRINTED),
    Attack("the seal's certificate as an authority, without its key", forging.beside_the_seal, OTHER, WHOLE),
    Attack("the seal's certificate as an authority", forging.under_the_seal, OTHER, WHOLE, thief=True),
    Attack("the seal allows comments (/P 3)", forging.permission, CHANGED, DIFFERS_WHOLE),
    Attack("XMP written over in its place", forging.title, CHANGED, DIFFERS_WHOLE),
    Attack("the file as it was before the seal", forging.without_seal, UNSEALED, NONE),
    Attack("a true credential under another name, unsealed", forging.printed, UNSEALED, NONE, PRINTED),
    Attack(
        "the evidence of somebody else", forging.evidence_swapped, PARTS, WHOLE, Seen.FILES, resealed, True
    ),
    Attack(
        "the proof of somebody else's key", forging.enrolment_swapped, PARTS, WHOLE, Seen.FILES, resealed, True
    ),
    Attack("the proof of another pact", forging.proof_swapped, PARTS, WHOLE, Seen.FILES, resealed, True),
    Attack("somebody else's credential", forging.credential_swapped, PARTS, WHOLE, Seen.FILES, resealed, True),
    Attack("evidence and no proof of its key", forging.without_enrolment, PARTS, WHOLE, Seen.FILES, resealed, True),
    Attack("a proof of somebody else's log", forging.other_log, PARTS, WHOLE, Seen.FILES, resealed, True),
    Attack(
        "the credential of another Pakta",
        forging.other_issuer, Reason.ISSUER_UNKNOWN, WHOLE, Seen.FILES, resealed, True,
    ),
    Attack(
        "no credential",
        forging.without_credential, Reason.PDF_NO_CREDENTIAL, WHOLE, Seen.FILES, resealed, True,
    ),
)  # fmt: skip
ARCHIVING = (
    Attack("an archive with rubbish in its store", archiving.rubbish, CHANGED, f"{PART}, {THEN_UNKNOWN}"),
    Attack(
        "an archive of our form after a seal that says B-B",
        archiving.of_our_form, CHANGED, f"{PART}, {THEN_UNKNOWN}",
    ),
    Attack(
        "/Contents one byte aside, its /ByteRange in an archive",
        archiving.moved, CHANGED, f"{DIFFERS}, {THEN_UNKNOWN}",
    ),
    Attack("free bytes where a timestamp would lie in the seal", archiving.free_bytes, CHANGED, WHOLE),
    Attack("a timestamp in a seal that says B-B", archiving.own_timestamp, CHANGED, WHOLE),
)  # fmt: skip
KINDS: dict[str, Sequence[Attack]] = {
    "Incremental saving": SAVING,
    "Range and signature (USF, USW)": WRAPPING,
    "Shadow attacks": SHADOW,
    "Other keys, other parts": FORGING,
    "Timestamps of a stranger": ARCHIVING,
}
ALL = tuple(each for attacks in KINDS.values() for each in attacks)


def lines() -> Iterator[str]:
    """Yield the table as docs/judges.md shows it."""
    yield "| attack | our reason | pdfsig |"
    yield "|---|---|---|"
    for kind, attacks in KINDS.items():
        yield f"| **{kind}** | | |"
        for each in attacks:
            key = " ¹" if each.thief else ""
            yield f"| {each.name}{key} | `{each.reason}` | {each.pdfsig} |"


if __name__ == "__main__":
    print("\n".join(lines()))
