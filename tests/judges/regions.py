"""Where things lie in a sealed document, so that bytes can be changed in every one of them."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from random import Random

from asn1crypto import cms

from tests.attacks.edits import span

CMS_OUTSIDE = "CMS: versions, algorithms, the signer's name"
CMS_OWN, CMS_ROOT = "CMS: the seal's certificate", "CMS: the root's certificate"
CMS_SIGNED, CMS_SIGNATURE = "CMS: signed attributes", "CMS: signature"
PADDING = "zeros after the CMS"
OTHER_CASE = "a letter of the CMS, small for capital"
REST = "all other objects"
# Where a changed byte may escape a judge, as `make judges` measured it; docs/judges.md tells why.
UNSIGNED = (CMS_OUTSIDE, CMS_ROOT, OTHER_CASE)
BLIND = {
    "pdfsig": UNSIGNED,
    "openssl": (*UNSIGNED, PADDING),
    "pyhanko": (*UNSIGNED, PADDING),
    "endesive": (*UNSIGNED, PADDING),
}
Places = Sequence[int]


def of(content: bytes) -> Mapping[str, Places]:
    """Return the places of each region; every byte is in exactly one."""
    taken: dict[int, str] = {}
    for name, begin, end in _spans(content):
        for at in range(begin, end):
            taken.setdefault(at, name)
    found: dict[str, list[int]] = {}
    for at in range(len(content)):
        found.setdefault(taken.get(at, REST), []).append(at)
    return found


def _spans(content: bytes) -> Iterator[tuple[str, int, int]]:
    """Yield name, begin and end; what comes first has a byte."""
    where = span(content)
    yield "header", 0, 16
    yield from _in_cms(content, where.begin + 1, where.end - 1)
    yield "the string's brackets", where.begin, where.end
    at = content.rindex(b"/ByteRange")
    yield "/ByteRange", at, content.index(b"]", at) + 1
    yield "signature dictionary", content.rindex(b"obj", 0, where.begin), content.index(b"endobj", at)
    yield "last %%EOF", content.rindex(b"%%EOF"), len(content)
    for name, pattern in (
        ("xref", rb"\nxref\n.*?(?=trailer)"),
        ("trailer", rb"trailer\n.*?%%EOF"),
        ("XMP", rb"<\?xpacket begin.*?<\?xpacket end[^>]*>"),
        ("attachments", rb"/Type/EmbeddedFile.*?endstream"),
        ("catalog", rb"/Type ?/Catalog.*?endobj"),
    ):
        for found in re.finditer(pattern, content, re.DOTALL):
            yield name, found.start(), found.end()
    for number in set(re.findall(rb"/Type ?/Page\b.*?/Contents (\d+) 0 R", content, re.DOTALL)):
        begin = content.index(b"\n%s 0 obj" % number)
        yield "page content", begin, content.index(b"endstream", begin)


def _in_cms(content: bytes, begin: int, end: int) -> Iterator[tuple[str, int, int]]:
    """Yield the parts of the CMS by their hexadecimal digits."""
    der = bytes.fromhex(content[begin:end].decode())
    info = cms.ContentInfo.load(der)
    signer = info["content"]["signer_infos"][0]
    parts = {CMS_SIGNED: signer["signed_attrs"].dump()[4:], CMS_SIGNATURE: signer["signature"].native}
    for each in info["content"]["certificates"]:
        root = each.chosen.subject == each.chosen.issuer
        parts[CMS_ROOT if root else CMS_OWN] = each.chosen.dump()
    for name, part in parts.items():
        at = der.index(part)
        yield name, begin + 2 * at, begin + 2 * (at + len(part))
    used = begin + 2 * len(info.dump())
    yield CMS_OUTSIDE, begin, used
    yield PADDING, used, end


def flipped(content: bytes, at: int, bit: int) -> bytes:
    """Return the file with one bit changed."""
    return content[:at] + bytes([content[at] ^ 1 << bit]) + content[at + 1 :]


def _in_words(content: bytes, changed: bytes, at: int, region: str) -> str:
    """Return the region of a change; a digit of the CMS that means what it meant is one of its own."""
    where = span(content)
    same = where.begin < at < where.end and content[at : at + 1].lower() == changed[at : at + 1].lower()
    return OTHER_CASE if same else region


def changes(content: bytes, *, of_each: int, anywhere: int, random: Random) -> Iterator[tuple[str, bytes]]:
    """Yield changed files with the region of the change: so many in each region, and so many anywhere."""
    known = of(content)
    named = {at: name for name, places in known.items() for at in places}
    chosen = [at for places in known.values() for at in random.sample(places, min(of_each, len(places)))]
    for at in (*chosen, *random.sample(range(len(content)), anywhere)):
        changed = flipped(content, at, random.randrange(8))
        yield _in_words(content, changed, at, named[at]), changed
    where = span(content)
    letters = [at for at in range(where.begin + 1, where.end - 1) if content[at : at + 1].isalpha()]
    for at in random.sample(letters, of_each):
        yield OTHER_CASE, flipped(content, at, 5)
    for added in (b"\n", b" ", b"\0", b"%%EOF\n"):
        yield "after the last %%EOF", content + added
