"""The card survives sharing: small, the QR in whole pixels, read by both readers after a messenger had it."""

from __future__ import annotations

import io
from pathlib import Path

import pytest
from PIL import Image

from pakta.certificates import card, qr
from pakta.core.errors import Reason, Refusal
from tests import documents

LARGEST = 300_000  # bytes


def longest() -> card.CardFacts:
    """Return a card on which everything is as long as it gets."""
    return documents.card_facts(
        who=documents.LONG_NAME,
        unit=documents.LONG_UNIT,
        title="Pakta Integritas Netralitas Kepala Perangkat Daerah",
        address=documents.address(name=documents.LONG_NAME, unit=documents.LONG_UNIT),
        demo=True,
    )


@pytest.mark.parametrize("facts", [documents.card_facts(), longest()], ids=["short", "longest"])
def test_the_card_is_small_and_both_readers_read_it(facts: card.CardFacts, tmp_path: Path) -> None:
    picture = card.render(facts)
    with Image.open(io.BytesIO(picture)) as image:
        assert (image.format, image.size) == ("PNG", (1080, 1350))
    assert len(picture) <= LARGEST
    assert documents.read_by_zxing(picture) == [facts.address]
    assert documents.read_by_zbar(picture, tmp_path) == [facts.address]


def test_the_card_is_read_after_a_messenger_made_a_small_jpeg_of_it(tmp_path: Path) -> None:
    facts = longest()
    with Image.open(io.BytesIO(card.render(facts))) as image:
        image.convert("RGB").resize((864, 1080), Image.Resampling.BILINEAR).save(tmp_path / "sent.jpg", quality=60)
    assert documents.read_by_zxing(tmp_path / "sent.jpg") == [facts.address]


def test_the_modules_begin_and_end_at_whole_pixels() -> None:
    facts = documents.card_facts()
    with Image.open(io.BytesIO(card.render(facts))) as image:
        grey = image.convert("L")
    rows = qr.matrix(facts.address)
    side = len(rows) + 2 * qr.QUIET
    pixels = card.QR_SIDE // side
    left, top = (card.WIDTH - side * pixels) // 2, card.QR_MIDDLE - side * pixels // 2
    code = grey.crop((left, top, left + side * pixels, top + side * pixels))
    for y, row in enumerate(rows):
        for x, dark in enumerate(row):
            at = ((x + qr.QUIET) * pixels, (y + qr.QUIET) * pixels)
            square = code.crop((*at, at[0] + pixels, at[1] + pixels))
            darkest, lightest = square.getextrema()
            assert lightest <= 1 if dark else darkest >= 254


def test_the_same_facts_give_the_same_bytes() -> None:
    facts = documents.card_facts()
    assert card.render(facts) == card.render(facts)
    assert card.render(facts) != card.render(documents.card_facts(address=facts.address, who="Sito Rahmawati"))


def test_an_example_looks_different_from_a_real_card() -> None:
    address = documents.address()
    real = card.render(documents.card_facts(address=address))
    assert card.render(documents.card_facts(address=address, demo=True)) != real


def test_a_letter_that_cannot_be_drawn_is_refused() -> None:
    with pytest.raises(Refusal) as refused:
        card.render(documents.card_facts(who="ꦱꦶꦠꦶ"))
    assert refused.value.reason is Reason.TEXT_UNPRINTABLE
    assert card.render(documents.card_facts(who="Żółć Ḥasan"))
