"""B-T and B-LTA files: what a timestamp adds is told, and nothing else may follow a seal, whoever stamps it."""

from __future__ import annotations

import io
import re
from dataclasses import replace
from pathlib import Path

import pytest
from cryptography import x509
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.diff_analysis import ModificationLevel

from pakta.core.errors import Reason, Refusal
from pakta.keyring import Keyring
from pakta.timestamps.level import Level
from pakta.verification import archive, pdf, seals
from pakta.verification.pdf import PdfFacts
from pakta.web import clock
from pakta.web.language import sentence
from tests import documents, slices
from tests.timestamping.authority import Authority
from tests.timestamping.fixtures import authority as authority
from tests.timestamping.fixtures import running as running
from tests.verification import lasting

Made = dict[Level, bytes]


@pytest.fixture(scope="module")
def made(keys: Keyring, running: Authority) -> Made:
    """Give a lembar of each level."""
    return {level: lasting.sealed(keys, running, level) for level in Level}


def read(content: bytes, keys: Keyring, *roots: x509.Certificate) -> PdfFacts:
    """Read a file where these authorities are trusted."""
    return pdf.read(content, trust_roots=keys.seal.roots, lost=keys.seal.lost, authorities=roots)


def reason_of(content: bytes, keys: Keyring, *roots: x509.Certificate) -> Reason | None:
    """Return why a file is refused, or None where it is believed."""
    try:
        read(content, keys, *roots)
    except Refusal as refusal:
        return refusal.reason
    return None


@pytest.mark.parametrize("level", list(Level))
def test_each_level_is_read_as_what_it_is(level: Level, made: Made, keys: Keyring, running: Authority) -> None:
    facts = read(made[level], keys, running.root)
    assert (facts.level, facts.claimed) == (level, level)
    assert facts.credential == documents.ATTACHED["credential.cose"]
    assert [each.stamp.by for each in (facts.stamp, facts.archived) if each and each.stamp] == [running.name] * (
        list(Level).index(level)
    )


@pytest.mark.parametrize("level", list(Level))
def test_pdfsig_calls_each_level_valid(level: Level, made: Made, tmp_path: Path) -> None:
    (tmp_path / "sealed.pdf").write_bytes(made[level])
    said = documents.run("pdfsig", tmp_path / "sealed.pdf")
    first, *later = said.split("Signature #")[1:]
    assert "Signature is Valid" in first
    assert ("  - Total document signed" in first) is (level is not Level.B_LTA)
    assert all("  - Total document signed" in each for each in later)
    assert len(later) == (level is Level.B_LTA)


@pytest.mark.parametrize("level", list(Level))
def test_the_seals_own_metadata_name_the_level(level: Level, made: Made) -> None:
    reader = PdfFileReader(io.BytesIO(made[level]))
    assert reader.embedded_signatures[0].sig_object["/Reason"] == f"Segel elektronik pakta, PAdES {level}"


def test_where_no_authority_is_known_timestamps_are_not_judged(made: Made, keys: Keyring) -> None:
    facts = read(made[Level.B_LTA], keys)
    assert facts.stamp is not None
    assert facts.archived is not None
    assert (facts.level, facts.stamp.stamp, facts.archived.stamp) == (Level.B_B, None, None)


@pytest.mark.parametrize("level", list(Level))
def test_a_timestamp_that_nobody_judged_is_said_to_be_there(
    level: Level, made: Made, keys: Keyring, running: Authority
) -> None:
    first = next(seals.facts(read(made[level], keys), fill=sentence, now=clock.now()))[1]
    unjudged = f"(menyatakan PAdES {level}; ada cap waktu, belum diperiksa)"
    assert ("(PAdES B-B)" in first, unjudged in first) == (level is Level.B_B, level is not Level.B_B)
    judged = next(seals.facts(read(made[level], keys, running.root), fill=sentence, now=clock.now()))[1]
    assert f"(PAdES {level})" in judged


def test_a_timestamp_of_a_stranger_is_never_green(made: Made, keys: Keyring, tmp_path: Path) -> None:
    """It is not called changed either: another root in the settings changes no file."""
    other = Authority(tmp_path).root
    for level in (Level.B_T, Level.B_LTA):
        facts = read(made[level], keys, other, keys.seal.chain[-1])
        assert facts.stamp is not None
        assert (facts.level, facts.stamp.stamp) == (Level.B_B, None)
        assert told(made[level], keys, other) == told(made[level], keys)
        assert {mark for mark, _ in told(made[level], keys, other)[2:]} == {"unchecked"}


def test_the_archive_taken_off_leaves_a_file_that_says_it_lacks_it(
    made: Made, keys: Keyring, running: Authority
) -> None:
    content = made[Level.B_LTA]
    facts = read(lasting.cut(content), keys, running.root)
    assert (facts.level, facts.claimed) == (Level.B_T, Level.B_LTA)


def test_the_timestamp_taken_out_leaves_a_file_that_says_it_lacks_it(
    made: Made, keys: Keyring, running: Authority
) -> None:
    facts = read(lasting.with_unsigned(made[Level.B_T], b""), keys, running.root)
    assert (facts.level, facts.claimed, facts.stamp) == (Level.B_B, Level.B_T, None)


def test_what_a_stranger_puts_beside_the_signature_is_refused(made: Made, keys: Keyring, running: Authority) -> None:
    attribute = lasting.joined(
        b"\x30", b"\x06\x03\x2a\x03\x04", lasting.joined(b"\x31", lasting.joined(b"\x04", b"apa saja" * 40))
    )
    changed = lasting.with_unsigned(made[Level.B_B], lasting.joined(b"\xa1", attribute))
    assert reason_of(changed, keys, running.root) is Reason.PDF_CHANGED
    assert reason_of(lasting.with_unsigned(made[Level.B_B], b""), keys, running.root) is None


@pytest.mark.parametrize("level", [Level.B_B, Level.B_LTA])
def test_the_same_string_in_small_letters_is_refused(
    level: Level, made: Made, keys: Keyring, running: Authority
) -> None:
    start, end = made[level].rindex(b"/Contents <"), made[level].rindex(b">\n/ByteRange")
    small = (
        made[level][:start] + made[level][start:end].lower().replace(b"/contents", b"/Contents") + made[level][end:]
    )
    assert small != made[level]
    assert reason_of(small, keys, running.root) is Reason.PDF_CHANGED


def test_the_timestamp_of_another_seal_does_not_count(made: Made, keys: Keyring, running: Authority) -> None:
    other = lasting.sealed(keys, running, Level.B_T)
    same = lasting.with_unsigned(made[Level.B_T], lasting.unsigned_of(made[Level.B_T]))
    assert read(same, keys, running.root).level is Level.B_T
    changed = lasting.with_unsigned(made[Level.B_T], lasting.unsigned_of(other))
    assert [reason_of(changed, keys, *roots) for roots in ((), (running.root,))] == [Reason.PDF_CHANGED] * 2


def test_our_own_revision_is_the_only_one_that_is_let_through(made: Made, keys: Keyring, running: Authority) -> None:
    """The same authority, the same certificates, nothing changed: and yet not written as we write it."""
    assert reason_of(made[Level.B_LTA], keys, running.root) is None
    foreign = lasting.stamped(lasting.cut(made[Level.B_LTA]), lasting.nothing, running)
    assert reason_of(foreign, keys, running.root) is Reason.PDF_CHANGED


@pytest.mark.parametrize("of", [Level.B_B, "B-LTA, cut", Level.B_LTA])
@pytest.mark.parametrize("name", slices.some(list(lasting.CHANGES), 1, of=2))
def test_what_was_changed_and_then_stamped_is_refused(
    name: str, of: Level | str, made: Made, keys: Keyring, running: Authority
) -> None:
    before = made[of] if isinstance(of, Level) else lasting.cut(made[Level.B_LTA])
    for content in (
        lasting.stamped(before, lasting.CHANGES[name], running),
        lasting.stamped(lasting.revised(before, lasting.CHANGES[name]), lasting.nothing, running, field="Y"),
        lasting.stamped(before, lasting.CHANGES[name], running, store=False),
    ):
        assert content.startswith(before)
        assert reason_of(content, keys, running.root) is Reason.PDF_CHANGED
        assert reason_of(content, keys) is Reason.PDF_CHANGED


@pytest.mark.parametrize("name", list(lasting.CHANGES))
def test_the_difference_analysis_alone_refuses_it_too(name: str, made: Made, running: Authority) -> None:
    archive.compare(made[Level.B_LTA])
    changed = lasting.stamped(made[Level.B_T], lasting.CHANGES[name], running)
    with pytest.raises(Refusal):
        archive.compare(changed)


def test_a_timestamp_that_does_not_reach_the_end_is_refused(made: Made, keys: Keyring, running: Authority) -> None:
    longer = lasting.revised(made[Level.B_LTA], lasting.orphan)
    assert reason_of(longer, keys, running.root) is Reason.PDF_CHANGED
    assert reason_of(made[Level.B_LTA] + b"\n", keys, running.root) is Reason.PDF_CHANGED
    assert reason_of(made[Level.B_LTA][:-1], keys, running.root) is Reason.PDF_CHANGED


def test_any_changed_byte_of_the_archive_is_refused(made: Made, keys: Keyring, running: Authority) -> None:
    content = made[Level.B_LTA]
    begin, until = (int(each) for each in re.findall(rb"/ByteRange \[0 (\d+) (\d+) \d+\]", content)[-1])
    for at in (*range(len(lasting.cut(content)), begin, 601), *range(until, len(content), 101)):
        changed = content[:at] + bytes([content[at] ^ 1]) + content[at + 1 :]
        assert reason_of(changed, keys, running.root) is Reason.PDF_CHANGED, at


def test_a_changed_byte_in_the_timestamps_own_string_never_changes_what_is_believed(
    made: Made, keys: Keyring, running: Authority
) -> None:
    content = made[Level.B_LTA]
    known = read(content, keys, running.root)
    begin, until = (int(each) for each in re.findall(rb"/ByteRange \[0 (\d+) (\d+) \d+\]", content)[-1])
    token, refused = len(content[begin:until].rstrip(b"0>")), 0
    for at in range(begin, begin + token, 509):
        changed = content[:at] + bytes([content[at] ^ 1]) + content[at + 1 :]
        try:
            assert read(changed, keys, running.root) == known
        except Refusal as refusal:
            assert refusal.reason is Reason.PDF_CHANGED
            refused += 1
    assert refused > token // 509 // 2


REPLACED: dict[str, tuple[bytes, bytes]] = {
    "an action of the field": (b"/TU (Timestamp)", b"/AA<</O 9 0 R>>"),
    "a field that is seen": (b"/Rect [ 0 0 0 0 ]", b"/Rect [ 0 0 9 9 ]"),
    "another subfilter": (b"/SubFilter /ETSI.RFC3161", b"/SubFilter /ETSI.RFC3162"),
    "another catalog": (b"/Direction /L2R", b"/Direction /R2L"),
    "another page's size": (b"/MediaBox [ 0 0 595.2756 841.8898 ]", b"/MediaBox [ 0 0 595.2756 421.8898 ]"),
    "another parent": (b"/Parent 1 0 R", b"/Parent 2 0 R"),
    "an object that is called otherwise": (b"/SigFlags 3", b"/SigFlags 1"),
    "the store's place": (b"/DSS 1", b"/DSX 1"),
}  # fmt: skip


@pytest.mark.parametrize("name", list(REPLACED))
def test_an_archive_of_our_form_but_other_content_is_refused_though_it_is_stamped_anew(
    name: str, made: Made, keys: Keyring, running: Authority
) -> None:
    old, new = REPLACED[name]
    content, end = made[Level.B_LTA], len(lasting.cut(made[Level.B_LTA]))
    again = lasting.stamped_again(content, content, running)
    assert reason_of(again, keys, running.root) is None  # the positive twin: the same way, nothing changed
    assert content.count(old, end) == 1
    changed = content[:end] + content[end:].replace(old, new)
    assert reason_of(lasting.stamped_again(content, changed, running), keys, running.root) is Reason.PDF_CHANGED


def test_a_strangers_certificate_in_the_store_is_refused(made: Made, keys: Keyring, running: Authority) -> None:
    """Whoever may fill the store could put in anything that a mending reader takes for an object."""
    key, stranger = replace(keys.seal), lasting.stranger()
    content = lasting.archived(made, key, running, certificates=(stranger,))
    assert reason_of(content, keys, running.root) is Reason.PDF_CHANGED
    assert reason_of(lasting.archived(made, key, running, certificates=()), keys, running.root) is None


def test_a_lost_seals_files_are_refused_with_their_own_reason(made: Made, keys: Keyring, running: Authority) -> None:
    lost = replace(keys, seal=replace(keys.seal, lost=(keys.seal.chain[-1],)))
    for level in Level:
        assert reason_of(made[level], keys, running.root) is None
        assert reason_of(made[level], lost, running.root) is Reason.PDF_SEAL_LOST


def told(content: bytes, keys: Keyring, *roots: x509.Certificate) -> list[tuple[str, str]]:
    """Return what is shown of a file's seal."""
    return [
        (str(mark), text) for mark, text in seals.facts(read(content, keys, *roots), fill=sentence, now=clock.now())
    ]


def test_what_is_shown_says_whose_word_the_time_is(made: Made, keys: Keyring, running: Authority) -> None:
    (own, _reach) = told(made[Level.B_B], keys, running.root)
    assert "menurut segel itu sendiri, tanpa cap waktu" in own[1]
    (_, _, stamp) = told(made[Level.B_T], keys, running.root)
    assert stamp[0] == "yes"
    assert stamp[1].endswith(f"menurut {running.name}")
    assert [mark for mark, _ in told(made[Level.B_LTA], keys, running.root)] == ["yes"] * 4


def test_what_does_not_verify_is_never_green(made: Made, keys: Keyring, running: Authority, tmp_path: Path) -> None:
    other = Authority(tmp_path).root
    assert [mark for mark, _ in told(made[Level.B_T], keys, other)] == ["yes", "yes", "unchecked"]
    assert [mark for mark, _ in told(made[Level.B_T], keys)] == ["yes", "yes", "unchecked"]
    assert [mark for mark, _ in told(made[Level.B_LTA], keys)] == ["yes", "yes", "unchecked", "unchecked"]
    bare = lasting.with_unsigned(made[Level.B_T], b"")
    assert [mark for mark, _ in told(bare, keys, running.root)] == ["yes", "yes", "no"]
    assert [mark for mark, _ in told(lasting.cut(made[Level.B_LTA]), keys, running.root)] == [
        "yes",
        "yes",
        "yes",
        "no",
    ]


def test_the_difference_analysis_knows_no_more_than_proof() -> None:
    assert ModificationLevel.LTA_UPDATES < ModificationLevel.FORM_FILLING
    assert archive.POLICY.ignore_orphaned_objects is False
