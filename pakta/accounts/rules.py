"""Pure decisions of accounts: codes, passphrases, device words, safe addresses, windows of attempts."""

from __future__ import annotations

import hashlib
import hmac
import re
import secrets
import unicodedata
from collections.abc import Callable, Iterable
from datetime import UTC, datetime, timedelta
from ipaddress import IPv6Address, ip_address
from urllib.parse import urlsplit

Pepper = Callable[[str], bytes]

ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
CODE_LENGTH = 12
SLIP_VALID = timedelta(days=14)
TICKET_VALID = timedelta(minutes=30)
CHALLENGE_VALID = timedelta(minutes=5)

PASSPHRASE_LEAST = 12
PASSPHRASE_MOST = 128
REMAINDER_LEAST = 8  # characters that must be left once the guessable parts are taken out
DISTINCT_LEAST = 5
COMMON_WORDS = (
    "netral",
    "netralitas",
    "pakta",
    "integritas",
    "pegawai",
    "password",
    "passphrase",
    "katasandi",
    "rahasia",
    "sandi",
    "bismillah",
    "indonesia",
    "merdeka",
    "pancasila",
    "admin",
    "administrator",
    "selamat",
    "sayang",
    "korpri",
)
KEYBOARD_ROWS = ("1234567890", "qwertyuiop", "asdfghjkl", "zxcvbnm", "abcdefghijklmnopqrstuvwxyz")
RUN_LEAST = 4

WINDOW = timedelta(minutes=15)


def new_code() -> str:
    """Return a fresh slip code: 12 Crockford base32 characters, 60 random bits."""
    return "".join(secrets.choice(ALPHABET) for _ in range(CODE_LENGTH))


def parse_code(text: str) -> str | None:
    """Return the code that was meant by `text`, or None where it cannot be one.

    Forgives small letters, spaces, dashes, O for 0, I and L for 1.
    """
    if len(text) > 100:
        return None
    plain = re.sub(r"[\s\-‐-―_.·]+", "", unicodedata.normalize("NFKC", text)).upper()
    plain = plain.translate(str.maketrans("OIL", "011"))
    good = len(plain) == CODE_LENGTH and all(letter in ALPHABET for letter in plain)
    return plain if good else None


def grouped_code(code: str) -> str:
    """Return a code as it is printed: `7K3M-Q2XA-91TB`."""
    return "-".join(code[at : at + 4] for at in range(0, len(code), 4))


def code_hash(code: str, *, pepper: Pepper) -> bytes:
    """Return the keyed hash under which a slip is stored."""
    return hmac.digest(pepper("slip"), code.encode(), "sha256")


def passphrase_of(text: str) -> str:
    """Return a passphrase in the one form that is hashed: NFKC, with single blanks inside."""
    return " ".join(unicodedata.normalize("NFKC", text).split())


def is_guessable(passphrase: str, *, own: Iterable[str]) -> bool:
    """Say whether too little of a passphrase is left once its guessable parts are taken out.

    own  what others know of the person: number, name, unit, city
    """
    left = _plain(passphrase)
    for word in sorted({*_own_words(own), *COMMON_WORDS}, key=len, reverse=True):
        left = left.replace(word, "")
    left = _without_runs(re.sub(r"(.)\1{2,}", r"\1", left))
    return len(left) < REMAINDER_LEAST or len(set(left)) < DISTINCT_LEAST


def _plain(text: str) -> str:
    return re.sub(r"[\W_]+", "", unicodedata.normalize("NFKD", text).casefold())


def _own_words(own: Iterable[str]) -> set[str]:
    words: set[str] = set()
    for text in own:
        parts = [_plain(part) for part in text.split()] + [_plain(text)]
        for part in parts:
            if part.isdigit() and len(part) >= 8:
                words |= {part, part[:8], part[6:8] + part[4:6] + part[:4]}
            elif len(part) >= 3:
                words.add(part)
    return words


def _without_runs(text: str) -> str:
    """Take out runs of neighbouring keys, four or more, in either direction."""
    for row in KEYBOARD_ROWS:
        for line in (row, row[::-1]):
            for length in range(len(line), RUN_LEAST - 1, -1):
                for at in range(len(line) - length + 1):
                    text = text.replace(line[at : at + length], "")
    return text


BROWSERS = (
    ("Edg", "Edge"),
    ("SamsungBrowser", "Samsung Internet"),
    ("OPR/", "Opera"),
    ("Firefox", "Firefox"),
    ("FxiOS", "Firefox"),
    ("CriOS", "Chrome"),
    ("Chrome", "Chrome"),
    ("Safari", "Safari"),
)
SYSTEMS = (
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Android", "Android"),
    ("CrOS", "ChromeOS"),
    ("Windows", "Windows"),
    ("Mac OS X", "Mac"),
    ("Linux", "Linux"),
)
IN_APP = re.compile(r"WhatsApp|Instagram|FBAN|FBAV|FB_IAB|; wv\)|\bLine/|Telegram|TikTok|musical_ly|BytedanceWebview")


def device_words(user_agent: str) -> str:
    """Return a browser and system in words, "Chrome di Android", from what the browser calls itself."""
    browser = next((word for sign, word in BROWSERS if sign in user_agent), "Peramban")
    system = next((word for sign, word in SYSTEMS if sign in user_agent), "")
    return f"{browser} di {system}" if system else browser


def is_in_app(user_agent: str) -> bool:
    """Say whether the page is shown inside another app, which keeps keys badly or not at all."""
    return IN_APP.search(user_agent) is not None


def own_path(text: str, *, otherwise: str) -> str:
    """Return `text` where it is a path on this very site, else `otherwise`."""
    if not text.startswith("/") or len(text) > 500 or "\\" in text or any(ord(c) < 33 for c in text):
        return otherwise
    if text.startswith("//"):
        return otherwise
    parts = urlsplit(text)
    return otherwise if parts.scheme or parts.netloc else text


def masked_number(number: str) -> str:
    """Return an identity number of which only the end can be read; what an authenticator stores."""
    shown = 3 if len(number) >= 8 else 2
    return "•••" + number[-shown:]


def window_of(now: datetime) -> datetime:
    """Return the beginning of the quarter of an hour in which attempts are counted together."""
    seconds = int(WINDOW.total_seconds())
    return datetime.fromtimestamp(int(now.timestamp()) // seconds * seconds, UTC)


def near(address: str) -> str:
    """Return the neighbourhood of a network address: a /24, or a /48 of IPv6."""
    try:
        parsed = ip_address(address)
    except ValueError:
        return "unknown"
    if isinstance(parsed, IPv6Address) and parsed.ipv4_mapped is None:
        return parsed.packed[:6].hex()
    return parsed.packed[-4:-1].hex()


def subject(*parts: str, pepper: Pepper) -> bytes:
    """Return the keyed hash under which attempts at something, or from somewhere, are counted."""
    return hmac.digest(pepper("attempts"), "\0".join(parts).encode(), hashlib.sha256)
