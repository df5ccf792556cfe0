"""The letters of the texts: forms that they allow or forbid, and which tool is known to read them otherwise.

Every form is signed, so that nothing but the form can be refused.  Where others are named, they are known to accept
what we refuse; none is known to refuse what we accept.
"""

from __future__ import annotations

import base64
from collections.abc import Iterator
from dataclasses import dataclass

from pakta.core import merkle, note
from tests.core.refusing import flipped
from tests.interop.cases import Case
from tests.interop.logs import LOG, ORIGIN, OTHER, VKEY

GO, BUNDLE, SIGSTORE, BROWSER = "golang.org/x/mod/sumdb", "proofbundle", "@sigstore/verify", "static/js/tlog.js"
ROOT = base64.b64encode(merkle.leaf_hash(b"x")).decode()
BODY = f"{ORIGIN}\n1\n{ROOT}\n".encode()
GOOD = LOG.note(BODY)
LINE = GOOD.split(b"\n\n")[1].decode()
ENCODED = LINE.split()[2]


@dataclass(frozen=True)
class Letter:
    """A case, and the tools that are known to accept it although it is not as the texts demand."""

    case: Case
    others: tuple[str, ...] = ()


def every() -> list[Letter]:
    """Return every form."""
    return [*_allowed(), *_bodies(), *_lines()]


def _allowed() -> Iterator[Letter]:
    yield _letter("an extension line", LOG.note(BODY + b"more\n"), good=True)
    yield _letter(
        "an empty tree", _signed(f"{ORIGIN}\n0\n{base64.b64encode(merkle.EMPTY_ROOT).decode()}\n"), good=True
    )
    yield _letter("an origin that is not the key's name", _signed(f"contoh.go.id/lain\n1\n{ROOT}\n"), good=True)
    for count in (15, 99):
        lines = "".join(_stranger(f"lain{at}") for at in range(count))
        yield _letter(f"{count} signatures of strangers before ours", _with(lines + LINE), good=True)
    yield _letter("a stranger of our name", _with(_stranger(ORIGIN) + LINE), good=True)
    shared = f"— lain {_encoded(base64.b64decode(ENCODED)[:4] + bytes(64))}\n"
    yield _letter("a stranger with our id", _with(shared + LINE), good=True)
    yield _letter("a stranger's signature of one byte", _with(f"— lain {_encoded(bytes(5))}\n{LINE}"), good=True)
    yield _letter("our signature twice", _with(LINE + LINE), good=True)


def _bodies() -> Iterator[Letter]:
    """Yield texts that are signed and yet no checkpoint."""
    short, other = _encoded(bytes(31)), base64.urlsafe_b64encode(b"?" * 32).decode()
    for what, body, loose in (
        ("two lines", f"{ORIGIN}\n1\n", ()),
        ("no origin", f"\n1\n{ROOT}\n", (SIGSTORE,)),
        ("an empty line at the end", f"{ORIGIN}\n1\n{ROOT}\n\n", (BUNDLE,)),
        ("an empty line before an extension", f"{ORIGIN}\n1\n{ROOT}\n\nmore\n", (BUNDLE,)),
        ("a size with a leading zero", f"{ORIGIN}\n01\n{ROOT}\n", (SIGSTORE,)),
        ("a size with a sign", f"{ORIGIN}\n+1\n{ROOT}\n", (SIGSTORE,)),
        ("a size below zero", f"{ORIGIN}\n-1\n{ROOT}\n", (SIGSTORE,)),
        ("a size with a space", f"{ORIGIN}\n1 \n{ROOT}\n", (SIGSTORE,)),
        ("a size in hexadecimal", f"{ORIGIN}\n0x1\n{ROOT}\n", (SIGSTORE,)),
        ("a size in Arabic digits", f"{ORIGIN}\n١\n{ROOT}\n", ()),
        ("no size", f"{ORIGIN}\n\n{ROOT}\n", ()),
        ("a size of 2^53", f"{ORIGIN}\n{1 << 53}\n{ROOT}\n", (GO, BUNDLE, SIGSTORE)),
        ("a size of 2^63", f"{ORIGIN}\n{1 << 63}\n{ROOT}\n", (BUNDLE, SIGSTORE)),
        ("a size of 2^64", f"{ORIGIN}\n{1 << 64}\n{ROOT}\n", (BUNDLE, SIGSTORE)),
        ("a root of 31 bytes", f"{ORIGIN}\n1\n{short}\n", (BUNDLE, SIGSTORE)),
        ("a root without padding", f"{ORIGIN}\n1\n{ROOT.rstrip('=')}\n", (SIGSTORE,)),
        ("a root with other last bits", f"{ORIGIN}\n1\n{_other_bits(ROOT)}\n", (GO, BUNDLE, SIGSTORE)),
        (
            "a root in the alphabet of addresses",
            f"{ORIGIN}\n1\n{other}\n",
            (SIGSTORE,),
        ),
        ("a carriage return at each line", f"{ORIGIN}\r\n1\r\n{ROOT}\r\n", (SIGSTORE,)),
        ("a tab in an extension", f"{ORIGIN}\n1\n{ROOT}\na\tb\n", (SIGSTORE,)),
        ("a zero byte in an extension", f"{ORIGIN}\n1\n{ROOT}\na\0b\n", (SIGSTORE,)),
    ):
        yield _letter(what, _signed(body), good=False, others=loose)
    yield _letter("bytes that are no UTF-8 in an extension", LOG.note(BODY + b"\xff\n"), good=False)


def _lines() -> Iterator[Letter]:
    """Yield lines of signatures that are none, beside one that is good."""
    hundred = "".join(_stranger(f"lain{at}") for at in range(100))
    for what, line, loose in (
        ("a carriage return", LINE[:-1] + "\r\n", ()),
        ("no final newline", LINE[:-1], ()),
        ("an empty line after it", LINE + "\n", (SIGSTORE,)),
        ("a hyphen for the dash", LINE.replace("—", "-"), ()),
        ("two spaces", LINE.replace(f" {ENCODED}", f"  {ENCODED}"), ()),
        ("a word more", LINE[:-1] + " more\n", ()),
        ("other last bits", LINE.replace(ENCODED, _other_bits(ENCODED)), (GO, BUNDLE, SIGSTORE)),
        ("no padding", LINE.replace("=\n", "\n"), (SIGSTORE,)),
        ("a line without a signature", LINE + "— lain\n", (SIGSTORE,)),
        ("a line without a name", LINE + f"—  {ENCODED}\n", (SIGSTORE,)),
        ("a name with a plus", LINE + _stranger("la+in"), (SIGSTORE,)),
        ("a name with a no-break space", LINE + _stranger("la\u00a0in"), (SIGSTORE,)),
        ("a name with a next-line", LINE + _stranger("la\u0085in"), (SIGSTORE,)),
        ("a name with an ideographic space", LINE + _stranger("la\u3000in"), (SIGSTORE,)),
        ("a stranger's line of four bytes", LINE + f"— lain {_encoded(bytes(4))}\n", ()),
        ("a stranger's line that is no base64", LINE + "— lain !!!!!!!!\n", ()),
        ("a false signature of ours before it", _false() + LINE, (BUNDLE, SIGSTORE)),
        ("a false signature of ours after it", LINE + _false(), (GO, BUNDLE, SIGSTORE)),
        (
            "a hundred strangers after it",
            LINE + hundred,
            (BUNDLE, SIGSTORE),
        ),
    ):
        yield _letter(what, _with(line), good=False, others=loose)


def _letter(name: str, text: bytes, *, good: bool, others: tuple[str, ...] = ()) -> Letter:
    return Letter(Case(name, "note", good, {"note": text, "vkey": VKEY}), others)


def _signed(body: str) -> bytes:
    return LOG.note(body.encode())


def _with(lines: str) -> bytes:
    return BODY + b"\n" + lines.encode()


def _encoded(data: bytes) -> str:
    return base64.b64encode(data).decode()


def _stranger(name: str) -> str:
    signature = OTHER.private.sign(BODY)
    return note.signature_line(name=name, public_key=OTHER.public, kind=note.ED25519, signature=signature)


def _false() -> str:
    return f"— {ORIGIN} {_encoded(flipped(base64.b64decode(ENCODED), 200))}\n"


def _other_bits(encoded: str) -> str:
    """Return another spelling of the same bytes: its last letter differs in bits that say nothing."""
    letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
    end = len(encoded.rstrip("="))
    return encoded[: end - 1] + letters[letters.index(encoded[end - 1]) ^ 1] + encoded[end:]
