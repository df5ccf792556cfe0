"""A timestamp counts only from the authority that was named, over exactly what was asked for; a failure is told."""

from __future__ import annotations

import asyncio
import hashlib
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from asn1crypto import tsp
from cryptography import x509
from pyhanko.sign.timestamps.dummy_client import DummyTimeStamper

from pakta.config import Timestamps
from pakta.timestamps import authority as client
from pakta.timestamps import token
from pakta.timestamps.authority import NoTimestamp, Stamper, Trouble
from pakta.timestamps.token import TokenRefused
from tests.timestamping.authority import Authority, by_pyhanko, dummy, serving

DIGEST = hashlib.sha256(b"segel").digest()


def ask(settings: Timestamps, digest: bytes = DIGEST) -> Stamper:
    """Ask for one timestamp."""
    stamper = Stamper(settings)
    asyncio.run(stamper.async_timestamp(digest, "sha256"))
    return stamper


def trouble_of(settings: Timestamps) -> Trouble:
    """Ask for a timestamp that does not come, and return why."""
    with pytest.raises(NoTimestamp) as failed:
        ask(settings)
    return failed.value.trouble


def test_openssls_timestamp_is_taken_and_tells_when_and_by_whom(authority: Authority) -> None:
    (stamp,) = ask(authority.settings()).stamps
    assert stamp.by == authority.name
    assert stamp.path == (authority.certificate, authority.root)
    assert stamp.at.utcoffset() is not None


@pytest.mark.parametrize(
    ("way", "trouble"),
    [
        ("closed", Trouble.SILENT),
        ("elsewhere", Trouble.SILENT),
        ("rejects", Trouble.REFUSED),
        ("garbage", Trouble.GARBLED),
        ("endless", Trouble.GARBLED),
        ("of_another_digest", Trouble.UNTRUSTED),
        ("of_another_nonce", Trouble.UNTRUSTED),
        ("without_nonce", Trouble.UNTRUSTED),
    ],
)
def test_an_authority_that_fails_gives_no_timestamp(authority: Authority, way: str, trouble: Trouble) -> None:
    assert ask(authority.settings()).stamps
    authority.answer = getattr(authority, way)
    assert trouble_of(authority.settings()) is trouble
    assert authority.asked == 2


def test_a_redirect_is_not_followed(authority: Authority) -> None:
    authority.answer = authority.elsewhere
    trouble_of(authority.settings())
    assert authority.asked == 1  # and nobody asked at /good, which answers well
    client.forget()
    good = Timestamps(authority.url.replace("/tsr", "/good"), (authority.root,))
    assert ask(good).stamps


def test_whoever_says_nothing_is_not_waited_for(authority: Authority, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(client, "PATIENCE", 0.2)
    authority.answer = authority.silent
    assert trouble_of(authority.settings()) is Trouble.SILENT


def test_nobody_there_is_silence(authority: Authority) -> None:
    assert trouble_of(Timestamps("http://127.0.0.1:9/tsr", (authority.root,))) is Trouble.SILENT


def test_a_timestamp_of_another_root_does_not_count(authority: Authority, tmp_path: Path) -> None:
    other = Authority(tmp_path)  # of the same name
    assert trouble_of(Timestamps(authority.url, (other.root,))) is Trouble.UNTRUSTED
    client.forget()
    assert ask(Timestamps(authority.url, (other.root, authority.root))).stamps


@pytest.mark.parametrize(("minutes", "counts"), [(-432_000, False), (-6, False), (-4, True), (4, True), (6, False)])
def test_a_time_that_is_not_now_does_not_count(
    authority: Authority, stating: tuple[DummyTimeStamper, x509.Certificate], minutes: int, counts: bool
) -> None:
    """The authority's clock is wrong, or ours: either way the document would say what cannot be true."""
    stamper, root = stating
    stamper.fixed_dt = datetime.now(UTC) + timedelta(minutes=minutes)
    authority.answer = lambda query: (200, stamper.request_tsa_response(tsp.TimeStampReq.load(query)).dump())
    settings = Timestamps(authority.url, (root,))
    if counts:
        assert ask(settings).stamps
    else:
        assert trouble_of(settings) is Trouble.UNTRUSTED


@pytest.fixture(scope="module")
def stating() -> tuple[DummyTimeStamper, x509.Certificate]:
    """Give an authority that states what time it is told to, and its root."""
    return dummy("alone")


def test_a_certificate_whose_days_are_over_does_not_count(authority: Authority, tmp_path: Path) -> None:
    late = Authority(tmp_path, expired=True)
    authority.answer = late.good
    assert trouble_of(Timestamps(authority.url, (late.root,))) is Trouble.UNTRUSTED


def test_after_a_failure_the_authority_is_left_alone_for_a_while(
    authority: Authority, monkeypatch: pytest.MonkeyPatch
) -> None:
    authority.answer = authority.closed
    for _ in range(3):
        assert trouble_of(authority.settings()) is Trouble.SILENT
    assert authority.asked == 1
    authority.answer = authority.good
    assert trouble_of(authority.settings()) is Trouble.SILENT
    monkeypatch.setattr(client.time, "monotonic", lambda now=client.time.monotonic: now() + client.LEFT_ALONE)
    assert ask(authority.settings()).stamps


def test_one_authoritys_failure_is_not_anothers(authority: Authority, tmp_path: Path) -> None:
    authority.answer = authority.closed
    trouble_of(authority.settings())
    with serving(Authority(tmp_path)) as other:
        assert ask(other.settings()).stamps


def test_a_token_is_judged_again_by_whoever_reads_it(authority: Authority, tmp_path: Path) -> None:
    stamper = Stamper(authority.settings())
    given = asyncio.run(stamper.async_timestamp(DIGEST, "sha256")).dump()
    read = token.judge(token.load(given + b"\0" * 9), digest=DIGEST, roots=(authority.root,))
    assert read == stamper.stamps[0]
    for der, digest, roots in (
        (given, hashlib.sha256(b"lain").digest(), (authority.root,)),
        (given, DIGEST, (Authority(tmp_path).root,)),
        (given, DIGEST, ()),
        (given[:-1], DIGEST, (authority.root,)),
        (given + b"\1", DIGEST, (authority.root,)),
    ):
        with pytest.raises(TokenRefused) as refused:
            token.judge(token.load(der), digest=digest, roots=roots)
        unknown = (der, digest) == (given, DIGEST)  # all is well but for its root
        assert isinstance(refused.value, token.TokenUnknown) is unknown


def test_a_changed_bit_of_a_token_never_gives_another_time_or_name(authority: Authority) -> None:
    stamper = Stamper(authority.settings())
    given = asyncio.run(stamper.async_timestamp(DIGEST, "sha256")).dump()
    refused = 0
    for at in range(0, len(given), 23):
        changed = bytearray(given)
        changed[at] ^= 1 << at % 8
        try:
            read = token.judge(token.load(bytes(changed)), digest=DIGEST, roots=(authority.root,))
        except TokenRefused:
            refused += 1
        else:
            assert (read.at, read.by) == (stamper.stamps[0].at, authority.name)
    assert refused > len(given) // 23 // 2


def test_a_token_signed_with_rsa_is_read(authority: Authority) -> None:
    given, root = by_pyhanko(DIGEST, "alone")
    assert token.judge(given, digest=DIGEST, roots=(root,)).by == "Otoritas"


@pytest.mark.parametrize("uses", ["and more", "not critical", "none"])
def test_a_certificate_that_may_do_more_than_stamp_does_not_count(uses: str) -> None:
    given, root = by_pyhanko(DIGEST, uses)
    with pytest.raises(TokenRefused):
        token.judge(given, digest=DIGEST, roots=(root,))
