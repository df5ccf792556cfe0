"""At which level a document is sealed, and what its text says of that.

The text is set for the level that is to be reached.  Where the authority then gives no timestamp that counts, it is
set anew for B-B and says why: no document claims a level that it does not have, and none hides a lower one.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from pakta.certificates import seal as seals
from pakta.config import Config, Timestamps
from pakta.keyring import SealKey
from pakta.timestamps import authority
from pakta.timestamps.authority import NoTimestamp, Stamper, Trouble
from pakta.timestamps.level import Level

OWN_TIME = "waktunya menurut segel itu sendiri"
WITHOUT = {
    Trouble.SILENT: "otoritas waktu tidak menjawab",
    Trouble.REFUSED: "otoritas waktu menolak",
    Trouble.GARBLED: "jawaban otoritas waktu tidak terbaca",
    Trouble.UNTRUSTED: "jawaban otoritas waktu tidak tepercaya",
}

SetText = Callable[[str], bytes]


def wanted(config: Config, *, key: SealKey) -> Level:
    """Return the level at which documents are to be sealed; a seal without a list of revocations reaches B-T."""
    if config.timestamps is None or not config.timestamps.url:
        return Level.B_B
    return Level.B_LTA if config.timestamps.archive and key.crl is not None else Level.B_T


def seal(set_text: SetText, *, key: SealKey, signed_at: datetime, config: Config) -> tuple[bytes, Level]:
    """Return the sealed file and its level.

    set_text  returns the unsealed file that says this of its seal
    """
    level, asked = wanted(config, key=key), config.timestamps
    if asked is None or level is Level.B_B:
        said = f"PAdES B-B, {OWN_TIME}"
        return seals.seal(set_text(said), key=key, signed_at=signed_at, city=config.city), Level.B_B
    trouble = authority.trouble(asked.url)
    if trouble is None:
        try:
            return _stamped(set_text, key, signed_at, config.city, level, asked), level
        except NoTimestamp as failed:
            trouble = failed.trouble
    said = f"PAdES B-B, tanpa cap waktu: {WITHOUT[trouble]}"
    return seals.seal(set_text(said), key=key, signed_at=signed_at, city=config.city), Level.B_B


def _stamped(
    set_text: SetText, key: SealKey, signed_at: datetime, city: str, level: Level, asked: Timestamps
) -> bytes:
    """Return the file, sealed with timestamps; raises NoTimestamp.

    The text calls the authority as its certificate does, where one was seen already: so does whoever reads the file.
    One that stamps under several names is called by its host.
    """
    known = authority.name(asked.url)
    if known:
        stamper = Stamper(asked)
        made = _with(set_text, known, key, signed_at, city, level, stamper)
        if {each.by for each in stamper.stamps} == {known}:
            return made
    return _with(set_text, asked.host, key, signed_at, city, level, Stamper(asked))


def _with(
    set_text: SetText, who: str, key: SealKey, signed_at: datetime, city: str, level: Level, stamper: Stamper
) -> bytes:
    unsealed = set_text(f"PAdES {level}, bercap waktu dari {who}")
    return seals.seal(unsealed, key=key, signed_at=signed_at, city=city, level=level, stamper=stamper)
