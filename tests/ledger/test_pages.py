"""The ledger's public files under /log/, as a stranger's program reads them, and the page for people."""

from __future__ import annotations

import pytest
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from pakta.core import ledgerentry, merkle, note, proof, tiles
from pakta.core.errors import Refusal
from pakta.core.ledgerentry import EntryKind
from pakta.database import db
from pakta.ledger import heads, service
from tests.ledger.conftest import Log


@pytest.fixture
def client(log: Log) -> FlaskClient:
    """Give a stranger, and a ledger with heads over 3, 256 and 300 entries."""
    for size in (3, 256, 300):
        log.grow_to(size)
        log.sign()
    return log.app.test_client()


def test_a_follower_rebuilds_the_whole_tree_from_the_public_files_alone(client: FlaskClient, log: Log) -> None:
    head = note.parse_checkpoint(note.verify(client.get("/log/checkpoint").data, verifier_key=log.vkey))
    entries: list[bytes] = []
    for index, width in tiles.bundles_for(0, head.size):
        path = tiles.tile_path(tiles.ENTRIES, index, width)
        entries += tiles.parse_entry_bundle(client.get(f"/log/tile/{path}").data)
    assert merkle.root([merkle.leaf_hash(each) for each in entries]) == head.root

    def read(level: int, index: int, width: int) -> bytes:
        return client.get("/log/tile/" + tiles.tile_path(level, index, width)).data

    path_ = tiles.inclusion_path_from_tiles(7, head.size, read)
    text = proof.make(index=7, path=path_, checkpoint=client.get("/log/checkpoint").data)
    proof.verify(proof.parse(text), entry=entries[7], verifier_key=log.vkey, origin=head.origin)


@pytest.mark.parametrize(
    "path",
    ["0/000", "0/001.p/44", "0/000.p/3", "1/000.p/1", "entries/000", "entries/001.p/44", "entries/000.p/3"],
)
def test_tiles_are_served_for_ever_and_to_every_origin(client: FlaskClient, path: str) -> None:
    answer = client.get(f"/log/tile/{path}")
    assert answer.status_code == 200
    assert answer.content_type == "application/octet-stream"
    assert answer.headers["Cache-Control"] == "public, max-age=31536000, immutable"
    assert answer.headers["Access-Control-Allow-Origin"] == "*"
    assert answer.headers["Cross-Origin-Resource-Policy"] == "cross-origin"
    assert "Set-Cookie" not in answer.headers and "Vary" not in answer.headers
    assert client.get(f"/log/tile/{path}").data == answer.data


@pytest.mark.parametrize("size", [3, 256, 300])
def test_every_tile_and_bundle_of_every_head_that_was_signed_is_served(
    client: FlaskClient, log: Log, size: int
) -> None:
    """Logs MUST serve the partial tiles of each size for which a checkpoint was produced; nobody prunes ours."""
    leaves = log.leaves(size)
    for level, index, width in tiles.tiles_for(0, size):
        data = client.get("/log/tile/" + tiles.tile_path(level, index, width)).data
        below = 256**level
        hashes = [
            merkle.root(leaves[at * below : (at + 1) * below]) for at in range(index * 256, index * 256 + width)
        ]
        assert data == b"".join(hashes)
    for index, width in tiles.bundles_for(0, size):
        bundle = client.get("/log/tile/" + tiles.tile_path(tiles.ENTRIES, index, width)).data
        found = [merkle.leaf_hash(each) for each in tiles.parse_entry_bundle(bundle)]
        assert found == leaves[index * 256 : index * 256 + width]


@pytest.mark.parametrize("path", ["tile/0/001.p/45", "tile/2/000.p/1", "tile/0/002", "tile/0/0", "payload/999"])
def test_what_is_not_there_yet_is_not_remembered_as_missing(client: FlaskClient, path: str) -> None:
    answer = client.get(f"/log/{path}")
    assert answer.status_code == 404
    assert "max-age=31536000" not in answer.headers.get("Cache-Control", "")


def test_a_tile_that_was_missing_is_served_once_a_head_wants_it(client: FlaskClient, log: Log) -> None:
    assert client.get("/log/tile/0/001.p/45").status_code == 404
    log.grow_to(301)
    assert client.get("/log/tile/0/001.p/45").status_code == 404
    log.sign()
    assert client.get("/log/tile/0/001.p/45").status_code == 200


@pytest.mark.parametrize("coding", ["gzip", "identity", "gzip, identity", "br;q=1, *;q=0"])
def test_files_come_as_they_are_whatever_coding_is_asked_for(client: FlaskClient, coding: str) -> None:
    for path in ("checkpoint", "tile/0/000", "tile/entries/000"):
        answer = client.get(f"/log/{path}", headers={"Accept-Encoding": coding})
        assert answer.status_code == 200 and "Content-Encoding" not in answer.headers
        assert answer.data == client.get(f"/log/{path}").data


def test_files_are_only_ever_read(client: FlaskClient) -> None:
    for path in ("checkpoint", "tile/0/000", "tile/entries/000", "payload/4"):
        assert client.get(f"/log/{path}").status_code == client.head(f"/log/{path}").status_code == 200
        assert client.post(f"/log/{path}").status_code in (400, 405)
        assert client.delete(f"/log/{path}").status_code in (400, 405)


def test_the_log_is_named_after_its_address(client: FlaskClient, log: Log) -> None:
    """The origin SHOULD be the URL prefix without scheme and slash, and the key's name the origin."""
    origin = log.wired.config.origin.partition("://")[2] + "/log"
    text = client.get("/log/checkpoint").data.decode()
    assert text.split("\n")[0] == origin == log.vkey.split("+")[0]
    assert text.splitlines()[-1].startswith(f"— {origin} ")


def test_a_partial_tile_is_the_beginning_of_the_full_one(client: FlaskClient) -> None:
    whole, part = client.get("/log/tile/0/000").data, client.get("/log/tile/0/000.p/3").data
    assert len(whole) == 256 * 32 and part == whole[: 3 * 32]


@pytest.mark.parametrize(
    "path",
    [
        "0/000.p/4", "0/001.p/43", "0/001.p/45", "0/001", "entries/001.p/43", "entries/000.p/4",  # never so wide
        "1/000", "1/000.p/2", "2/000.p/1", "0/002.p/1", "0/x001/000",  # never there
        "0/0", "0/00", "0/0000", "0/x000/000", "00/000", "0/000.p/0", "0/000.p/256", "0/000.p/03", "0/001.p/044",
        "0/000/", "0/000.p/", "entries/0", "-1/000", "64/000", "0/x1/000", "0/1000", "data/000", "", "0", "0/000%0a",
        "63/x999/x999/x999/999",
    ],
)  # fmt: skip
def test_what_is_not_a_tiles_one_address_is_not_found(client: FlaskClient, path: str) -> None:
    assert client.get(f"/log/tile/{path}").status_code == 404


def test_the_newest_head_is_asked_for_each_time(client: FlaskClient, log: Log) -> None:
    answer = client.get("/log/checkpoint")
    assert answer.content_type == "text/plain; charset=utf-8"
    assert answer.headers["Cache-Control"] == "no-cache"
    assert answer.headers["Access-Control-Allow-Origin"] == "*"
    newest = heads.newest(_session())
    assert newest is not None and answer.data == newest.note
    log.append(b"satu lagi")
    assert client.get("/log/checkpoint").data == answer.data
    log.sign()
    later = note.parse_checkpoint(note.verify(client.get("/log/checkpoint").data, verifier_key=log.vkey))
    assert later.size == 301


def test_before_the_first_head_there_is_nothing_to_serve(log: Log) -> None:
    log.append(b"satu")
    stranger = log.app.test_client()
    assert stranger.get("/log/checkpoint").status_code == 404
    assert stranger.get("/log/tile/0/000.p/1").status_code == 404
    assert "belum berisi" in stranger.get("/log/").text


def test_a_public_payload_is_what_its_entry_is_the_hash_of(client: FlaskClient) -> None:
    index = next(at for at in range(20) if _kind(at) is EntryKind.TEXT_PUBLISHED)
    answer = client.get(f"/log/payload/{index}")
    assert answer.status_code == 200 and answer.headers["Access-Control-Allow-Origin"] == "*"
    assert ledgerentry.entry(EntryKind.TEXT_PUBLISHED, answer.data) == service.entry_at(_session(), index=index)


def test_private_payloads_answer_as_unknown_ones_do(client: FlaskClient) -> None:
    client.get("/log/payload/999999")  # only the first request of the test's context loads the visitor
    unknown = client.get("/log/payload/999999")
    assert unknown.status_code == 404
    for index in range(22):
        answer = client.get(f"/log/payload/{index}")
        if _kind(index) in ledgerentry.PUBLIC:
            assert answer.status_code == 200
        else:
            assert (answer.status_code, answer.data) == (404, unknown.data)
            assert dict(answer.headers) == dict(unknown.headers)


@pytest.mark.parametrize("index", ["04", "-4", "4 ", "٤", "4.0", "0x4", "9" * 30, "+4", ""])
def test_an_index_has_one_form_only(client: FlaskClient, index: str) -> None:
    assert _kind(4) in ledgerentry.PUBLIC and client.get("/log/payload/4").status_code == 200
    assert client.get(f"/log/payload/{index}").status_code == 404


def test_people_read_how_the_ledger_stands_and_that_no_witness_watches_it_yet(client: FlaskClient, log: Log) -> None:
    page = client.get("/log/").text
    newest = heads.newest(_session())
    assert newest is not None
    for wanted in ("Buku catatan", "300", newest.root.hex(), log.vkey, "belum ada saksi luar", "08.15 WIB"):
        assert wanted in page.replace("&#43;", "+")
    assert 'href="/log/payload/' in page


def test_a_served_tile_with_one_changed_bit_does_not_lead_to_the_head(client: FlaskClient, log: Log) -> None:
    head = note.parse_checkpoint(note.verify(client.get("/log/checkpoint").data, verifier_key=log.vkey))
    tile = bytearray(client.get("/log/tile/0/000").data)
    hashes = tiles.hashes_of(bytes(tile)) + tiles.hashes_of(client.get("/log/tile/0/001.p/44").data)
    assert merkle.root(hashes) == head.root
    tile[100] ^= 1
    changed = tiles.hashes_of(bytes(tile)) + hashes[256:]
    assert merkle.root(changed) != head.root
    with pytest.raises(Refusal):
        merkle.verify_inclusion(
            leaf_hash=changed[3], index=3, size=300, root=head.root, path=merkle.inclusion_path(hashes, 3)
        )


def _kind(index: int) -> EntryKind:
    entry = service.entry_at(_session(), index=index)
    assert entry is not None
    return EntryKind(entry[1])


def _session() -> Session:
    """Return the database as it stands now."""
    db.session.rollback()
    return db.session()
