"""What `pakta-verify --simpan` keeps of a site: nothing that does not hold, and nothing older than what it has."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Mapping
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest

from pakta.core import keyset, note, tiles
from pakta.core.errors import Reason, Refusal
from pakta.keyring import Keyring
from pakta.verification import auditing, publicfiles, savedfiles, saving, sealroots
from pakta.verification.auditing import Wishes
from pakta.verification.telling import Outcome
from tests.verdicts import judges
from tests.verdicts.judges import Site
from tests.verdicts.seeded import BEHIND, SIZE, STATUS, tiles_of
from tests.verdicts.world import AT, World
from tests.verification.lasting import stranger
from tests.verification.paper import NOW, City, Issuer

Served = Mapping[str, bytes]
HOUR = 3600


@pytest.fixture(scope="module")
def site() -> Iterator[Site]:
    """Serve whatever a test wants to be served."""
    with judges.site() as running:
        yield running


@pytest.fixture(scope="module")
def world(site: Site) -> World:
    """Give the pieces of a city at the address of the site."""
    return World("simpan", site.origin)


@pytest.fixture
def good(world: World, site: Site) -> Served:
    """Serve what a good city serves."""
    site.served = world.case("good", "SAH", None).served()
    return dict(site.served)


def save(folder: Path, site: Site, **changes: bytes | None) -> int:
    """Save the site, `changes` served in the place of what it serves, a path a name."""
    paths = {
        "keys": savedfiles.KEYS,
        "status": savedfiles.STATUS,
        "head": savedfiles.HEAD,
        "pending": savedfiles.PENDING,
    }
    before = dict(site.served)
    for name, content in changes.items():
        site.served.pop(paths[name], None)
        if content is not None:
            site.served[paths[name]] = content
    try:
        return saving.save(folder, origin=site.origin, now=NOW)
    finally:
        site.served = before


def held(folder: Path) -> dict[str, bytes]:
    """Return all files of a folder."""
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def judge(folder: Path, world: World, **wishes: object) -> Outcome:
    """Judge the world's certificate by a folder."""
    target = world.address(world.city.named)
    return auditing.verify(target, source=str(folder), site=world.origin, wishes=Wishes(**wishes), now=NOW)  # type: ignore[arg-type]


def grown(city: City, size: int) -> Served:
    """Return head and tiles of a city's ledger of another size."""
    shorter = City(city.issuer, city.ledger_key, city.entries[:size], city.origin)
    return {savedfiles.HEAD: shorter.checkpoint(), **tiles_of(shorter)}


def test_a_revocation_is_not_taken_back_by_an_older_list(
    good: Served, site: Site, world: World, tmp_path: Path
) -> None:
    revoked = world.city.status_list({STATUS: 1}, issued_at=AT - HOUR)
    save(tmp_path, site, status=revoked)
    kept = held(tmp_path)
    with pytest.raises(Refusal, match=Reason.STATUS_ROLLED_BACK):
        save(tmp_path, site, status=world.city.status_list({}, issued_at=AT - HOUR - 1))
    assert (held(tmp_path), judge(tmp_path, world).lines[0]) == (kept, "DICABUT")
    (tmp_path / savedfiles.SITE).unlink()  # where what was noted is lost, the kept list itself still tells
    with pytest.raises(Refusal, match=Reason.STATUS_ROLLED_BACK):
        save(tmp_path, site, status=world.city.status_list({}, issued_at=AT - HOUR - 1))
    save(tmp_path, site, status=world.city.status_list({}, issued_at=AT - HOUR + 1))
    assert judge(tmp_path, world).lines[0] == "SAH"


@pytest.mark.parametrize(
    ("name", "content", "reason"),
    [
        ("status", b"rusak", Reason.COSE_MALFORMED),
        ("keys", b"{}", Reason.KEYSET_MALFORMED),
        ("head", b"rusak\n", Reason.NOTE_MALFORMED),
        ("pending", b"rusak\n", Reason.NOTE_MALFORMED),
    ],
)
def test_what_does_not_hold_is_not_saved(
    good: Served, site: Site, tmp_path: Path, name: str, content: bytes, reason: Reason
) -> None:
    with pytest.raises(Refusal, match=reason):
        save(tmp_path, site, **{name: content})
    assert held(tmp_path) == {}


def test_a_stale_list_a_strangers_list_and_a_foreign_head_are_not_saved(
    good: Served, site: Site, world: World, tmp_path: Path
) -> None:
    for changes, reason in (
        ({"status": world.city.status_list({}, issued_at=AT - 49 * HOUR)}, Reason.STATUS_STALE),
        ({"status": world.stranger.status_list({}, issued_at=AT - 60)}, Reason.ISSUER_UNKNOWN),
        ({"head": world.stranger.checkpoint()}, Reason.NOTE_SIGNATURE),
        ({"head": world.city.checkpoint(name="lain.go.id/log")}, Reason.OTHER_LOG),
    ):
        with pytest.raises(Refusal) as refused:
            save(tmp_path, site, **changes)
        assert refused.value.reason in (reason, Reason.NOTE_UNSIGNED)
    assert held(tmp_path) == {}


def test_an_older_key_set_and_one_that_nobody_vouches_for_are_not_saved(
    good: Served, site: Site, world: World, tmp_path: Path
) -> None:
    save(tmp_path, site)
    kept, newcomer, host = held(tmp_path), Issuer(), world.city.host
    known = keyset.parse(good[savedfiles.KEYS])
    payload = keyset.build(
        issuer_keys={newcomer.kid: newcomer.public}, version=known.version + 1, host=host, issued_at=NOW,
        log_origin=known.log_origin, log_vkey=known.log_vkey,
    )  # fmt: skip
    for keys, reason in (
        (world.city.key_set(version=2), Reason.KEYSET_ROLLED_BACK),
        (keyset.sign(payload, kid=newcomer.kid, sign=newcomer.sign), Reason.KEYSET_UNVOUCHED),
    ):
        with pytest.raises(Refusal, match=reason):
            save(tmp_path, site, keys=keys)
    assert held(tmp_path) == kept
    save(tmp_path, site, keys=world.city.key_set(version=4))
    assert savedfiles.read_site(tmp_path).newest_version == 4


def test_the_folder_of_another_site_is_left_alone(good: Served, site: Site, world: World, tmp_path: Path) -> None:
    save(tmp_path, site)
    other = World("kota lain", "https://lain.example").key_sets["its key"]
    assert other is not None
    (tmp_path / ".well-known/pakta-keys.json").write_bytes(other)
    kept = held(tmp_path)
    with pytest.raises(saving.NotSaved, match="situs lain"):
        save(tmp_path, site)
    (tmp_path / ".well-known/pakta-keys.json").write_bytes(b"{}")
    with pytest.raises(saving.NotSaved, match="rusak"):
        save(tmp_path, site)
    assert {**held(tmp_path), ".well-known/pakta-keys.json": b""} == {**kept, ".well-known/pakta-keys.json": b""}


def test_a_fork_is_called_one_and_the_good_copy_stays(good: Served, site: Site, world: World, tmp_path: Path) -> None:
    save(tmp_path, site)
    kept = held(tmp_path)
    site.served = {**good, **tiles_of(world.fork), savedfiles.HEAD: world.fork.checkpoint()}
    with pytest.raises(saving.NotSaved, match=r"(?s)bercabang.*tetap seperti semula.*folder lain"):
        save(tmp_path, site)
    assert (held(tmp_path), judge(tmp_path, world).lines[0]) == (kept, "SAH")
    save(tmp_path / "lain", site)  # as evidence
    longer = City(world.city.issuer, world.city.ledger_key, [*world.fork.entries, b"\1\1" + bytes(32)], world.origin)
    site.served = {**good, **grown(longer, SIZE + 1)}
    with pytest.raises(saving.NotSaved, match="bercabang"):
        save(tmp_path, site)


def test_a_head_that_waits_must_go_on_from_the_witnessed_one(
    good: Served, site: Site, world: World, tmp_path: Path
) -> None:
    site.served = {**good, **grown(world.city, BEHIND)}
    fork = City(world.city.issuer, world.city.ledger_key, [b"\1\1" + bytes(32)] * SIZE, world.origin)
    site.served |= tiles_of(fork)
    with pytest.raises(Refusal, match=Reason.ROOT_DIFFERS):
        save(tmp_path, site, pending=fork.checkpoint())
    assert held(tmp_path) == {}


def test_a_ledger_may_grow_and_not_shrink(good: Served, site: Site, world: World, tmp_path: Path) -> None:
    site.served = {**good, **grown(world.city, BEHIND)}
    save(tmp_path, site)
    assert "LEDGER_BEHIND" in judge(tmp_path, world).lines[1]
    site.served = dict(good)
    save(tmp_path, site)
    assert judge(tmp_path, world).good
    site.served = {**good, **grown(world.city, BEHIND)}
    with pytest.raises(saving.NotSaved, match="lebih pendek"):
        save(tmp_path, site)
    with pytest.raises(saving.NotSaved, match="lebih pendek"):  # even where a longer one is said to wait
        site.served = {
            **good,
            savedfiles.PENDING: good[savedfiles.HEAD],
            savedfiles.HEAD: world.city.checkpoint(BEHIND),
        }
        save(tmp_path, site)
    assert judge(tmp_path, world).good


def test_a_head_that_waited_may_not_be_taken_back(good: Served, site: Site, world: World, tmp_path: Path) -> None:
    site.served = {**good, savedfiles.PENDING: good[savedfiles.HEAD], savedfiles.HEAD: world.city.checkpoint(BEHIND)}
    save(tmp_path, site)
    kept = held(tmp_path)
    site.served = {**good, **grown(world.city, BEHIND)}
    with pytest.raises(saving.NotSaved, match="lebih pendek"):
        save(tmp_path, site)
    assert held(tmp_path) == kept
    site.served = dict(good)
    save(tmp_path, site)
    assert judge(tmp_path, world).good


def test_a_ledger_under_another_name_or_key_asks_for_a_new_folder(
    good: Served, site: Site, world: World, tmp_path: Path
) -> None:
    save(tmp_path, site)
    name = f"{world.city.host}/log/2"
    payload = keyset.build(
        issuer_keys={world.city.issuer.kid: world.city.issuer.public}, version=4, host=world.city.host, issued_at=NOW,
        log_origin=name, log_vkey=note.vkey(name=name, public_key=world.city.ledger_public),
    )  # fmt: skip
    renamed = keyset.sign(payload, kid=world.city.issuer.kid, sign=world.city.issuer.sign)
    with pytest.raises(saving.NotSaved, match="folder yang baru"):
        save(tmp_path, site, keys=renamed)
    assert judge(tmp_path, world).good


def test_the_size_of_a_head_is_believed_once_it_is_signed_and_then_only_so_far(
    good: Served, site: Site, world: World, tmp_path: Path
) -> None:
    body = note.checkpoint_body(origin=f"{world.city.host}/log", size=10**12, root=bytes(32))
    with pytest.raises(Refusal, match=Reason.NOTE_UNSIGNED):
        save(tmp_path, site, head=body + b"\n" + "— x AAAAAAAA\n".encode())
    signed = note.sign(
        body, name=f"{world.city.host}/log", public_key=world.city.ledger_public, sign=world.city.ledger_key.sign
    )
    with pytest.raises(saving.NotSaved, match="lebih dari yang dapat disimpan"):
        save(tmp_path, site, head=signed)
    assert held(tmp_path) == {}


@pytest.mark.parametrize("path", [savedfiles.KEYS, savedfiles.STATUS, savedfiles.HEAD])
def test_a_site_that_lacks_what_is_needed_is_told_so(good: Served, site: Site, tmp_path: Path, path: str) -> None:
    del site.served[path]
    with pytest.raises(saving.NotSaved, match=f"tidak menyajikan {path}"):
        save(tmp_path, site)
    assert held(tmp_path) == {}


def test_every_tile_of_both_heads_is_saved_and_no_whole_one_twice(
    good: Served, site: Site, world: World, tmp_path: Path
) -> None:
    more = City(
        world.city.issuer, world.city.ledger_key, [*world.city.entries, *[b"\1\1" + bytes(32)] * 300], world.origin
    )
    site.served = {**good, **tiles_of(more), savedfiles.PENDING: more.checkpoint()}
    first = save(tmp_path, site)
    wanted = {place for size in (SIZE, SIZE + 300) for place in tiles.tiles_for(0, size)}
    saved = {path for path in held(tmp_path) if path.startswith("log/tile/")}
    assert saved == {savedfiles.tile_path(*place).removeprefix("/") for place in wanted}
    whole = tmp_path / savedfiles.tile_path(0, 0, 256).removeprefix("/")
    del site.served[savedfiles.tile_path(0, 0, 256)]
    assert save(tmp_path, site) == first - len(wanted)
    whole.write_bytes(bytes(256 * 32))
    site.served[savedfiles.tile_path(0, 0, 256)] = tiles_of(more)[savedfiles.tile_path(0, 0, 256)]
    assert save(tmp_path, site) == first - len(wanted) + 1  # what was damaged is fetched again
    assert judge(tmp_path, world).good


@pytest.mark.parametrize(("level", "width"), [(0, 256), (0, SIZE - 256), (1, 1)])
def test_a_tile_that_does_not_lead_to_the_head_is_not_saved(
    good: Served, site: Site, world: World, tmp_path: Path, level: int, width: int
) -> None:
    path = savedfiles.tile_path(level, 0 if width in (1, 256) else 1, width)
    site.served[path] = bytes(len(good[path]))
    with pytest.raises((Refusal, saving.NotSaved)):
        save(tmp_path, site)
    assert path.removeprefix("/") not in held(tmp_path) and savedfiles.SITE not in held(tmp_path)


def test_a_lost_root_of_seals_stays_lost(good: Served, site: Site, keys: Keyring, tmp_path: Path) -> None:
    root, other = keys.seal.chain[-1], stranger()
    site.served[sealroots.PATH] = sealroots.build(root=other, earlier=[root], lost=[root])
    save(tmp_path, site)
    site.served[sealroots.PATH] = sealroots.build(root=other, earlier=[root], lost=[])
    save(tmp_path, site)
    place = tmp_path / sealroots.PATH.removeprefix("/")
    assert sealroots.read(place.read_bytes()) == ((other, root), (root,))
    kept = place.read_bytes()
    site.served[sealroots.PATH] = b"rusak"
    save(tmp_path, site)
    assert place.read_bytes() == kept
    site.served[sealroots.PATH] = sealroots.build(root=other, earlier=[root], lost=[other])
    save(tmp_path, site)
    assert sealroots.read(place.read_bytes())[1] == (other, root)


def test_more_than_2_mib_of_one_file_are_not_taken(good: Served, site: Site, world: World, tmp_path: Path) -> None:
    large = good[savedfiles.HEAD] + b" " * publicfiles.LARGEST
    with pytest.raises(saving.NotSaved, match="Tidak semua berkas"):
        save(tmp_path, site, head=large)
    site.served[savedfiles.HEAD] = large
    target = world.address(world.city.named)
    outcome = auditing.verify(target, source=site.origin, wishes=Wishes(), now=NOW)
    assert "LEDGER_MISSING" in outcome.lines[1]


def test_a_site_is_asked_by_the_name_of_this_command(tmp_path: Path) -> None:
    agents: list[str] = []

    class Answers(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            agents.append(self.headers["User-Agent"])
            self.send_error(404)

        def log_message(self, *_: object) -> None:
            return

    with HTTPServer(("127.0.0.1", 0), Answers) as server:
        threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
        with pytest.raises(saving.NotSaved):
            saving.save(tmp_path, origin=f"http://127.0.0.1:{server.server_port}", now=NOW)
        with publicfiles.from_origin(f"http://127.0.0.1:{server.server_port}"):
            server.shutdown()
    assert set(agents) == {"pakta-verify"}


def test_no_link_that_lies_in_the_folder_is_followed(good: Served, site: Site, tmp_path: Path) -> None:
    victim, folder = tmp_path / "korban", tmp_path / "situs"
    victim.write_text("RAHASIA")
    folder.mkdir()
    for name in (savedfiles.SITE, f"{savedfiles.SITE}.baru"):
        (folder / name).symlink_to(victim)
    save(folder, site)
    assert (victim.read_text(), savedfiles.read_site(folder).origin) == ("RAHASIA", site.origin)
    assert [path for path in folder.rglob("*.baru") if not path.is_symlink()] == []
