"""A city that lies cleverly: once only, in how a page is read, by what makes the monitor fail or forget."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from http.server import BaseHTTPRequestHandler
from pathlib import Path

import pytest
from click.testing import CliRunner

from pakta.commands.monitor import monitor
from pakta.core import canonical, merkle, note
from pakta.core.ledgerentry import EntryKind
from pakta.core.note import Checkpoint
from pakta.monitor import served, state
from pakta.monitor.findings import Unread
from pakta.monitor.page import Page
from pakta.monitor.state import Known, State
from tests.monitor.lies import INSPEKTORAT, a_quorum, a_waiting_head_of_certificates, fork, pad, sized
from tests.monitor.town import SCRIPTS, Town, once_garbage
from tests.monitor.watching import watch, words

RUN = b'<script type="module" src="/v/0123456789ab/v.js"></script>'
START = b"<!doctype html>"


@pytest.mark.parametrize(("bundles", "full"), [(0, False), (0, True), (3, True)])
def test_a_fork_that_shows_garbage_once_is_named_with_its_proof(
    town: Town, tmp_path: Path, bundles: int, full: bool
) -> None:
    town.live()
    if bundles:
        pad(town)
    assert watch(town, tmp_path / "state.json").good
    old = state.load(tmp_path / "state.json")
    assert old is not None
    fork(town)
    whole, rest = divmod(len(town.entries), 256)
    assert bool(whole) == bool(bundles)
    once_garbage(town, f"/log/tile/0/{whole:03}.p/{rest}")
    report = watch(town, tmp_path / "state.json", full=full)
    assert words(report) == {"LOG_FORKED"}
    assert state.load(tmp_path / "state.json") == old
    (proof,) = [json.loads(each.read_text()) for each in report.evidence if each.suffix == ".json"]
    heads = [each.read_bytes() for each in report.evidence if each.suffix == ".note"]
    assert_forked([note.parse_checkpoint(note.verify(each, verifier_key=town.vkey)) for each in heads], proof)


@pytest.mark.parametrize("size", [14, 256, 300, 512])
def test_a_fork_that_tiles_show_is_kept_with_its_proof_whatever_the_size(
    town: Town, tmp_path: Path, size: int
) -> None:
    town.live()
    town.pad(size - len(town.entries))
    assert watch(town.publish(), tmp_path / "state.json").good
    fork(town)
    report = watch(town, tmp_path / "state.json")
    assert words(report) == {"LOG_FORKED"}
    (proof,) = [json.loads(each.read_text()) for each in report.evidence if each.suffix == ".json"]
    heads = [each.read_bytes() for each in report.evidence if each.suffix == ".note"]
    assert_forked([note.parse_checkpoint(note.verify(each, verifier_key=town.vkey)) for each in heads], proof)


@pytest.mark.parametrize("garbage", [False, True])
def test_a_city_that_falls_silent_before_the_proof_is_whole_is_named_all_the_same(
    town: Town, tmp_path: Path, garbage: bool
) -> None:
    assert watch(town.live(), tmp_path / "state.json").good
    fork(town)
    silent_after(town, sized(town, "0"), garbage=garbage)
    report = watch(town, tmp_path / "state.json")
    assert words(report) == {"LOG_FORKED"}
    assert [each.suffix for each in report.evidence if each.suffix == ".note"] == [".note"] * 2


def silent_after(town: Town, path: str, *, garbage: bool) -> None:
    """Serve a file once, after a file of zeros or not, and then fail."""
    good = town.files[path]
    assert isinstance(good, bytes)
    bodies = [good, bytes(len(good))] if garbage else [good]

    def answer(handler: BaseHTTPRequestHandler) -> None:
        body = bodies.pop() if bodies else b""
        handler.send_response(200 if body else 500)
        handler.send_header("Content-Length", str(len(body)))
        handler.end_headers()
        handler.wfile.write(body)

    town.files[path] = answer


def assert_forked(heads: list[Checkpoint], proof: dict[str, object]) -> None:
    """Check, as anybody can, that two signed heads are not of one tree."""
    old, new = sorted(heads, key=lambda each: each.size)
    assert (proof["old_size"], proof["new_size"], proof["new_root"]) == (old.size, new.size, new.root.hex())
    root, path = bytes.fromhex(str(proof["old_root_now"])), proof["path"]
    assert isinstance(path, list)
    merkle.verify_consistency(
        old_size=old.size, new_size=new.size, old_root=root, new_root=new.root, path=[*map(bytes.fromhex, path)]
    )
    assert root != old.root


def test_a_full_disk_does_not_take_back_what_was_seen(town: Town, tmp_path: Path) -> None:
    path = tmp_path / ("k" * 230)  # with the word behind it a name that no disk takes
    assert watch(town.live(), path).good
    fork(town)
    assert words(watch(town, path)) == {"LOG_FORKED", "STATE_UNREADABLE"}


@pytest.mark.parametrize(
    ("page", "odd"),
    [
        (b"", "kosong"),
        (RUN, "<script>"),
        (START, "kosong"),
        (START + b'<script type="module" data-src="/v/0123456789ab/v.js" src="https://evil.example"></script>', ""),
        (START + RUN + b'<script data-type="application/json">alert(1)</script>', "inline"),
        (START + RUN + b'<script type="application/json">{}</script>', "inline"),
        (START + RUN + b'<script type="importmap">{}</script>', "inline"),
        (START + RUN * 70, "70 script"),
        (START + b'<base href="https://evil.example/">' + RUN, "<base>"),
        (START + RUN + b'<iframe srcdoc="&lt;script src=/evil.js&gt;"></iframe>', "<iframe>"),
        (START + RUN + b'<a href="javascript:alert(1)">x</a>', "href=javascript"),
        (START + RUN + b'<a href="java&#10;script:alert(1)">x</a>', "href=java"),
        (START + RUN + b'<p onclick="alert(1)">x</p>', "onclick="),
        (START + RUN + b'<svg><a xlink:href="javascript:alert(1)"></a></svg>', "xlink:href="),
        (START + RUN + b'<link rel="import" href="/x">', "link import"),
        (START + RUN + b'<meta http-equiv="refresh" content="0;url=https://evil.example">', "http-equiv="),
        (START + RUN + b"<!-- --!><script>alert(1)</script>-->", "<!"),
        (START + RUN + b"<![CDATA[><script>alert(1)</script>]]>", "<!"),
        (START + RUN + b"<?x><script>alert(1)</script>?>", "<?"),
        (START + b'<script type="module" src="/v/0123456789ab/v.js" src="/evil.js"></script>', "<script>"),
        (START + RUN + b"\xff", "UTF-8"),
    ],
)  # fmt: skip
def test_a_page_that_is_not_ours_alone_is_named(town: Town, tmp_path: Path, page: bytes, odd: str) -> None:
    town.live().files["/v"] = page
    report = watch(town, tmp_path / "state.json")
    assert words(report) == {"SCRIPT_UNKNOWN"}
    assert any(odd in each.what for each in report.findings)
    assert Page(START + RUN).odd == []


@pytest.mark.parametrize("path", ["/v", "/v?bahasa=en", "/v?bahasa=id"])
def test_a_page_that_is_gone_is_named(town: Town, tmp_path: Path, path: str) -> None:
    town.live().files[path] = None
    assert words(watch(town, tmp_path / "state.json")) == {"SCRIPT_UNKNOWN"}


@pytest.mark.parametrize(
    "content", [b"<script ", b"<a ", b"<!", b'<a b="', b"</", b"<script src='", b"<![", b"<!--", b"<?"]
)
def test_what_takes_long_to_read_is_not_read(content: bytes) -> None:
    page = Page(START + RUN + content * 10_000)
    assert len(page.odd) == 1 and page.odd[0].startswith("<") and page.scripts == []  # not fed to the parser


def test_a_page_of_more_bytes_than_any_of_ours_concludes_nothing(town: Town, tmp_path: Path) -> None:
    town.live().files["/v"] = START + RUN + b"<p>" * 50_000
    with pytest.raises(Unread) as unread:
        watch(town, tmp_path / "state.json")
    assert unread.value.finding.word == "TOO_LARGE"


def test_a_worker_whose_line_is_nested_without_end_is_a_changed_script(town: Town, tmp_path: Path) -> None:
    deep = b"[" * 5000 + b"]" * 5000
    line = b'const SHELL = {"files": ' + deep + b', "version": "0"};\n'
    town.live().files["/v-sw.js"] = line + SCRIPTS["v-sw.js"]
    assert words(watch(town, tmp_path / "state.json")) == {"SCRIPT_CHANGED"}


def test_what_makes_the_monitor_itself_fail_is_a_finding_beside_the_others(
    town: Town, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    town.live().files["/v"] = None
    monkeypatch.setattr(served, "check_script", lambda *_: 1 / 0)
    town.enter(EntryKind.TEXT_PUBLISHED, b"no JSON")
    town.publish()
    report = watch(town, tmp_path / "state.json")
    assert words(report) == {"TEXT_MALFORMED", "UNFORESEEN"}
    assert report.findings[-1].what.startswith("test_cunning.py:") and not report.good


@pytest.mark.parametrize("wishes", [lambda _: {}, a_quorum], ids=["no policy", "a policy"])
def test_totals_may_be_ahead_of_a_head_that_waits_for_witnesses_and_no_further(
    town: Town, tmp_path: Path, wishes: Callable[[Town], Mapping[str, object]]
) -> None:
    town.live()
    size = len(town.entries)
    town.files["/log/checkpoint"] = town.cosigned(INSPEKTORAT)
    town.enrol("198609262015052905")
    town.files |= {"/log/pending": town.files_of(size + 1), "/log/totals": json.dumps(town.totals()).encode()}
    assert words(watch(town, tmp_path / "state.json", **wishes(town))) == set()
    town.files["/log/totals"] = json.dumps(lying(town)).encode()
    assert words(watch(town, tmp_path / "state.json", **wishes(town))) == {"TOTALS_DIFFER"}
    town.files["/log/totals"] = json.dumps(town.totals()).encode()
    town.files["/log/pending"] = town.checkpoint(size)
    assert words(watch(town, tmp_path / "state.json", **wishes(town))) == {"TOTALS_OTHER_SIZE"}


def test_a_head_that_waits_and_has_no_entries_makes_no_totals_true(town: Town, tmp_path: Path) -> None:
    honest = town.live().totals()
    for more, kinds in ((10**6, {"1": 10**6}), (1, {"1": 1})):
        size = len(town.entries) + more
        body = note.checkpoint_body(origin=town.log, size=size, root=bytes(32))
        town.files["/log/pending"] = town.signed(body)
        told = honest | {"size": size, "kinds": {"1": size}, "editions": {"ASN-2026": size}}
        town.files["/log/totals"] = json.dumps(told).encode()
        report = watch(town, tmp_path / "state.json")
        assert words(report) in ({"BUNDLE_MISSING"}, {"TILE_MISSING"}), kinds


@pytest.mark.parametrize("full", [False, True], ids=["in a bundle", "after full bundles"])
def test_a_head_that_waits_and_forks_from_the_read_one_is_a_lie(town: Town, tmp_path: Path, full: bool) -> None:
    town.live()
    if full:
        town.pad(256 - len(town.entries))
    town.publish()
    first = town.enrol("198609262015052905") - 1
    town.files["/log/totals"] = json.dumps(town.totals()).encode()
    town.entries[first - 1], town.entries[first] = town.entries[first], town.entries[first - 1]
    head, later = dict(town.files), town.files_of(len(town.entries))
    town.files |= head | {each: town.files[each] for each in town.files if each not in head} | {"/log/pending": later}
    report = watch(town, tmp_path / "state.json")
    assert words(report) & {"LOG_FORKED", "ROOT_DIFFERS"} and not report.good


def test_totals_of_a_waiting_head_take_nothing_away_from_what_stands_below_the_head(
    town: Town, tmp_path: Path
) -> None:
    a_waiting_head_of_certificates(town.live(), read=False)
    assert words(watch(town, tmp_path / "state.json")) == {"TILE_MISSING"}
    town.files |= town.tree(town.entries)
    assert words(watch(town, tmp_path / "state.json")) == {"TOTALS_DIFFER"}
    town.files["/log/totals"] = json.dumps(town.totals()).encode()
    assert words(watch(town, tmp_path / "state.json")) == set()


def test_totals_of_an_entry_ago_are_counted_at_their_own_size_once_a_head_covers_it(
    town: Town, tmp_path: Path
) -> None:
    town.live()
    assert watch(town, tmp_path / "state.json").good
    town.enrol("198609262015052905")
    town.files["/log/totals"] = json.dumps(lying(town)).encode()
    town.files |= town.tree(town.entries)
    town.files["/log/checkpoint"] = town.checkpoint()
    assert words(watch(town, tmp_path / "state.json")) == {"TOTALS_DIFFER"}


def lying(town: Town) -> dict[str, object]:
    """Return totals that call an enrolment a certificate."""
    found = town.totals()
    kinds = found["kinds"]
    assert isinstance(kinds, dict)
    return found | {"kinds": kinds | {"1": kinds["1"] + 1, "2": kinds["2"] - 1}}


def test_texts_without_end_are_named_and_those_that_are_known_stay_so(
    town: Town, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("pakta.monitor.published.MOST_TEXTS", 1)
    assert words(watch(town.live(), tmp_path / "state.json")) == set()
    same = canonical.encode({"code": "ASN-2026", "v": 1})
    town.enter(EntryKind.TEXT_PUBLISHED, same)
    assert words(watch(town.publish(), tmp_path / "state.json")) == set()
    town.enter(EntryKind.TEXT_PUBLISHED, canonical.encode({"code": "ASN-2027", "v": 1}))
    assert words(watch(town.publish(), tmp_path / "state.json")) == {"TEXT_MALFORMED"}


@pytest.mark.parametrize(
    ("limit", "most", "word"), [("MOST_SCRIPTS", 3, "SCRIPTS_MALFORMED"), ("LONGEST_KEYS", 0, "KEYSET_MALFORMED")]
)
def test_what_the_state_keeps_of_a_release_and_a_key_set_has_a_limit(
    town: Town, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, limit: str, most: int, word: str
) -> None:
    town.live()
    most = most or max(len(each) for each in town.payloads.values() if b'"log"' in each)
    monkeypatch.setattr(f"pakta.monitor.published.{limit}", most)
    assert words(watch(town, tmp_path / "state.json")) == set()
    monkeypatch.setattr(f"pakta.monitor.published.{limit}", most - 1)
    assert word in words(watch(town, tmp_path / "state.json", full=True))


def test_a_state_that_could_not_be_read_again_is_not_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(state, "LARGEST", 2000)
    small = State("http://localhost", "x", b"note", known=Known(texts={"a": "b"}))
    state.save(tmp_path / "s.json", small)
    kept = (tmp_path / "s.json").read_bytes()
    with pytest.raises(Unread):
        state.save(tmp_path / "s.json", State("http://localhost", "x", b"note", known=Known(keys=["k" * 2000])))
    assert (tmp_path / "s.json").read_bytes() == kept


def test_more_entries_than_whoever_watches_wants_conclude_nothing(town: Town, tmp_path: Path) -> None:
    town.live()
    with pytest.raises(Unread) as unread:
        watch(town, tmp_path / "state.json", most=len(town.entries) - 1)
    assert unread.value.finding.word == "LOG_TOO_LONG"
    endless = note.checkpoint_body(origin=f"{town.host}/log", size=10**14, root=bytes(32))
    town.files["/log/checkpoint"] = town.signed(endless)
    done = CliRunner().invoke(monitor, [town.origin, "--state", str(tmp_path / "state.json")])
    assert done.exit_code == 2 and "LOG_TOO_LONG" in done.output and len(town.asked) < 20
    assert sized(town, "0") not in town.asked


def test_a_fork_after_full_bundles_is_named_also_without_reading_all_again(town: Town, tmp_path: Path) -> None:
    """What was read before is kept as the edge of a tree: another past does not lead to the new tiles."""
    pad(town.live())
    assert watch(town, tmp_path / "state.json").good
    fork(town)
    whole, rest = divmod(len(town.entries), 256)
    once_garbage(town, f"/log/tile/0/{whole:03}.p/{rest}")
    assert words(watch(town, tmp_path / "state.json")) == {"TILE_CHANGED"}
