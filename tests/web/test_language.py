"""Two languages: what is said in both, how values are written, and that a text remembers its blanks."""

from __future__ import annotations

import errno
import pickle
from datetime import UTC, date, datetime

import pytest

from pakta.core.errors import Reason, Refusal
from pakta.verification import saving, telling
from pakta.web import display, display_english, language, wording
from pakta.web.language import INDONESIAN, sentence
from tests.web import messages

AT = datetime(2026, 11, 23, 1, 15, tzinfo=UTC)


def test_every_text_has_its_english_and_every_english_its_text() -> None:
    said, told = set(messages.every()), {each.msgid for each in messages.catalogue()}
    assert sorted(said - told) == [], "run `make translations`, then write the English"
    assert sorted(told - said) == [], "run `make translations`"
    assert [each.msgid for each in messages.catalogue() if not each.translated()] == []


def test_no_english_is_unsure_or_left_over() -> None:
    found = messages.catalogue()
    assert [each.msgid for each in found if each.fuzzy or each.obsolete] == []


def test_the_english_has_the_blanks_and_tags_of_its_text() -> None:
    both = [(each.msgid, each.msgstr) for each in messages.catalogue()]
    assert [one for one, other in both if messages.blanks(one) != messages.blanks(other)] == []


def test_a_lost_blank_or_link_would_be_found() -> None:
    assert messages.blanks("Sejak %(at)s, {who}: 5 %%") == ["%%", "%(at)s", "{who}"]
    assert messages.blanks('<a href="/arti">a</a>') != messages.blanks('<a href="/lapor">a</a>')


def test_a_sentence_ends_as_its_text_ends() -> None:
    ends = [(each.msgid[-1], each.msgstr[-1], each.msgid) for each in messages.catalogue()]
    assert [text for one, other, text in ends if (one in ".:…?,") != (other in ".:…?,")] == []


@pytest.mark.parametrize("reason", list(Reason))
def test_every_reason_is_told_in_english(reason: Reason) -> None:
    refusal = Refusal(reason, AT.isoformat())
    told = language.english().text(wording.sentence(refusal))
    assert told != wording.sentence(refusal)
    assert "pukul" not in told and "{" not in told
    assert ("08:15 WIB" in told) is ("{detail}" in wording.WORDING[reason])


def test_values_are_written_as_english_writes_them() -> None:
    assert display_english.moment(AT) == "23 November 2026 at 08:15 WIB"
    assert display_english.day(date(2027, 5, 1)) == "1 May 2027"
    assert display_english.day(AT) == "23 November 2026"
    assert display_english.number(1_234_567) == "1,234,567"
    assert display_english.bytes(3_400_000) == "3.4 MB"
    assert [display_english.percent(part, 1004) for part in (0, 812, 1004)] == ["0%", "80.9%", "100%"]
    assert display_english.audience(["pns", "pppk", "non-asn"]) == "PNS, PPPK and Non-ASN"
    assert display_english.audience(["tni"]) == "TNI"
    with pytest.raises(ValueError, match="without a zone"):
        display_english.moment(AT.replace(tzinfo=None))


def test_every_twin_in_english_shows_the_same_kind_of_value() -> None:
    twins = {name for name in vars(display_english) if callable(getattr(display, name, None)) and name.islower()}
    assert {"moment", "day", "number", "bytes", "percent", "audience"} <= twins
    assert language.english().shown("method")(1) == "Screen-lock key (passkey)"
    assert language.english().shown("masked")("198609262015052901") == display.masked("198609262015052901")


def test_a_sentence_remembers_its_blanks_and_is_indonesian_to_whoever_does_not_ask() -> None:
    said = sentence("Terakhir diteguhkan {at}.", at=AT)
    outer = sentence("Menunggu saksi sejak {since}. {more}", since=AT, more=said)
    assert said == INDONESIAN.text(said) == "Terakhir diteguhkan 23 November 2026 pukul 08.15 WIB."
    assert language.english().text(outer).endswith("Last cosigned 23 November 2026 at 08:15 WIB.")
    copied = pickle.loads(pickle.dumps(said))
    assert language.english().text(copied) == "Last cosigned 23 November 2026 at 08:15 WIB."


def test_what_was_typed_is_shown_as_it_is() -> None:
    refusal = Refusal(Reason.OTHER_HOST, "{detail} Kode: {x}")
    assert "{detail} Kode: {x}" in language.english().text(wording.sentence(refusal))
    assert language.english().text("Siti Lestari") == "Siti Lestari"


def test_a_text_of_ours_within_another_is_said_in_english_and_one_of_others_stays() -> None:
    english = language.english()
    saved = sentence(saving.SHORTER, origin="https://hari.example", safe=saving.SAFE)
    assert english.text(saving.SAFE) in english.text(saved) and english.text(saving.SAFE) != saving.SAFE
    for lost in (FileNotFoundError(errno.ENOENT, ""), IsADirectoryError(errno.EISDIR, ""), OSError(errno.EIO, "")):
        (line,) = telling.unreadable(lost, english).lines
        assert line.startswith("The file cannot be read: ") and "kesalahan" not in line and "folder itu" not in line
    told = english.text(sentence("folder {folder}, disimpan {at}", folder="Pakta", at=AT))
    assert told == "folder Pakta, saved 23 November 2026 at 08:15 WIB"
