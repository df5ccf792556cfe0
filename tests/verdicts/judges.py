"""Who judges the table: the rules in Python, the server's page and interface, the commands, and Chromium."""

from __future__ import annotations

import html
import re
import threading
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from flask.testing import FlaskClient
from playwright.sync_api import Page

from pakta.api import openapi
from pakta.config import Config
from pakta.core import credential, verdict
from pakta.core.errors import Refusal
from pakta.core.policy import Policy
from pakta.core.verdict import Inclusion
from pakta.keyring import Keyring
from pakta.verification import auditing, command, judging, publicfiles, savedfiles
from pakta.verification.auditing import Wishes
from pakta.verification.judging import Terms
from pakta.verification.telling import Outcome
from pakta.verification.views import LONGEST_TYPED
from tests import databases, make
from tests.verdicts.case import ANY, Case

Answer = tuple[str, str | None]
Steps = Mapping[str, str]
RESULT = re.compile(r"<span>((?:SAH|DICABUT|DITANGGUHKAN|TIDAK|KEDALUWARSA)[A-Z, ]*)</span>")
CODE = re.compile(r"Kode: <code>([A-Z_]+)</code>")
DECIDE = """
async (cases) => {
  const [credential, keyset, tlog, { decide }] = await Promise.all(
    ["credential", "keyset", "tlog", "verdict"].map((name) => import(`/js/${name}.js`)));
  const bytes = (text) => text === null ? null : Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));

  /* As v.js does: the path to the served head, or to the root that the key set states of the certificate's key. */
  async function pathTo(each, checkpoint, known = null) {
    const { claims, sealed } = credential.parse(credential.fromAddress(each.address, each.origin));
    const newest = tlog.readCheckpoint(checkpoint);
    const head = known ? keyset.mark(known, sealed.kid) : newest;
    if (!head || claims.ledgerIndex >= head.size) return null;
    const read = async (path) => {
      if (!(path in each.tiles)) throw new Error(path);
      return bytes(each.tiles[path]);
    };
    return tlog.pathFromTiles(claims.ledgerIndex, head, read, Math.max(head.size, newest.size));
  }

  const answers = [];
  for (const each of cases) {
    const [keySet, statusToken, checkpoint] = [each.keySet, each.statusToken, each.checkpoint].map(bytes);
    const known = keySet && await keyset.verify(keySet, each.origin.split("://")[1], 0).catch(() => null);
    const path = checkpoint && await pathTo(each, checkpoint).catch(() => null);
    const marked = path && known && await pathTo(each, checkpoint, known).catch(() => null);
    const inclusion = checkpoint && { checkpoint, path, marked };
    const { word, reason, steps } = await decide({ ...each, keySet, statusToken, inclusion });
    answers.push([word, reason, steps]);
  }
  return answers;
}
"""


def by_browser(page: Page, cases: Sequence[Case]) -> list[tuple[Answer, Steps]]:
    """Return what the browser's scripts say, all cases in one call."""
    found = page.evaluate(DECIDE, [each.for_browser() for each in cases])
    return [((word, reason), steps) for word, reason, steps in found]


def by_core(case: Case) -> tuple[Answer, Steps]:
    """Return what Python's rules say."""
    found = verdict.decide(
        address=case.address,
        origin=case.origin,
        keyset_text=case.key_set,
        status_token=case.status_token,
        inclusion=_inclusion(case),
        now=case.now,
        policy=case.policy,
        newest_version=case.newest_version,
        newest_status=case.newest_status,
    )
    steps = {step.value: mark.value for step, mark in found.steps}
    return (found.word.value, found.reason.value if found.reason else None), steps


def _inclusion(case: Case) -> Inclusion | None:
    try:
        found = credential.parse(credential.from_address(case.address, origin=case.origin))
    except Refusal:
        return None
    return publicfiles.inclusion(case.files(), index=found.claims.ledger_index, kid=found.kid)


def settled(cases: Sequence[Case]) -> list[Case]:
    """Return the cases with the reason that Python's rules give where any would do, for others to give the same."""
    return [replace(each, reason=by_core(each)[0][1]) if each.reason == ANY else each for each in cases]


def wrong(cases: Sequence[Case], answers: Sequence[Answer]) -> list[str]:
    """Return the cases on which somebody says other than the table, each as a line that says who said what."""
    return [
        f"{case.name}: expected {case.word} ({case.reason}), said {word} ({reason})"
        for case, (word, reason) in zip(cases, answers, strict=True)
        if word != case.word or case.reason not in (ANY, reason)
    ]


def differing(cases: Sequence[Case], ours: Sequence[object], theirs: Sequence[object]) -> list[str]:
    """Return the cases on which two judges differ, to the reason and to each step."""
    judged = zip(cases, ours, theirs, strict=True)
    return [f"{case.name}: {one} and {other}" for case, one, other in judged if one != other]


def is_asked_of_the_command(case: Case) -> bool:
    """Say whether a command can be given a case: it remembers nothing, and takes what is no address for a file."""
    return not case.remembers and case.address.lower().startswith(("http://", "https://"))


def by_command(case: Case, site: Site, config: Config) -> Answer:
    """Return what `python -m pakta verify ADDRESS` prints, the files of the case fetched from the running site."""
    site.served = case.served()
    config = replace(config, policy=case.policy)
    return _said(case, command.verify(case.address, source=case.origin, config=config, now=case.now))


def by_auditor(case: Case, site: Site) -> Answer:
    """Return what `pakta-verify ADDRESS --dari ORIGIN` prints, with the files fetched from the running site."""
    site.served = case.served()
    wishes = Wishes(policy=case.policy)
    return _said(case, auditing.verify(case.address, source=case.origin, wishes=wishes, now=case.now))


def is_asked_of_the_interface(case: Case) -> bool:
    """Say whether `/api/v1/verify` takes a case's address: it is no question where it is empty or too long."""
    return not case.remembers and 0 < len(case.address) <= openapi.LONGEST


def by_interface(case: Case, clients: Clients) -> Answer:
    """Return the word and the reason that a program is told."""
    answer = clients[id(case.policy)].client.post("/api/v1/verify", json={"address": case.address})
    assert answer.status_code == 200, f"{case.name}: {answer.text}"
    (found,) = answer.get_json()["results"]
    assert found["valid"] == (found["verdict"] in verdict.GOOD), case.name
    return found["verdict"], found["reason"]


def by_folder(case: Case, folder: Path) -> Answer:
    """Return what is concluded without a network from the case's files in a folder, as `--simpan` leaves them."""
    for path, content in case.served().items():
        place = folder / path.removeprefix("/")
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes(content)
    terms = Terms(case.origin, (), (), case.policy, (), carried=True)
    published = savedfiles.from_folder(folder, demo=False)
    (found,) = judging.findings(case.address, None, published, terms=terms, now=case.now)
    return found.verdict.word.value, found.verdict.reason.value if found.verdict.reason else None


def _said(case: Case, outcome: Outcome) -> Answer:
    word, sentence = outcome.lines[0], outcome.lines[1]
    found = re.search(r" Kode: ([A-Z_]+)$", sentence)
    assert outcome.good == (word in verdict.GOOD), case.name
    return word, found[1] if found else None


def is_asked_of_the_server(case: Case) -> bool:
    """Say whether the server's page takes a case's address for one: without `#` and `://` it is a number."""
    return not case.remembers and ("#" in case.address or "://" in case.address) and len(case.address) < LONGEST_TYPED


@contextmanager
def clients(config: Config, keys: Keyring, policies: Iterable[Policy | None]) -> Iterator[Clients]:
    """Give a visitor of the server's page under each policy, by the policy."""
    found: Clients = {}
    apps = []
    for policy in {id(each): each for each in policies}.values():
        apps.append(make.app(replace(config, policy=policy), keys=keys))
        if len(apps) == 1:
            databases.make_tables(apps[0])
        found[id(policy)] = Visitor(apps[-1].test_client())
    yield found
    for app in apps:
        databases.leave(app)


class Visitor:
    """A browser without scripts, which has opened /periksa."""

    def __init__(self, client: FlaskClient) -> None:
        self.client = client
        token = re.search(r'name="csrf_token" value="([^"]+)"', client.get("/periksa").text)
        assert token
        self.token = token[1]

    def post(self, address: str) -> str:
        """Hand in an address; return the page."""
        return self.client.post("/periksa", data={"csrf_token": self.token, "nomor": address}).text


Clients = dict[int, Visitor]


def by_server(case: Case, clients: Clients) -> Answer:
    """Return the word and the reason on the server's page."""
    page = clients[id(case.policy)].post(case.address)
    word, reason = RESULT.search(page), CODE.search(page)
    assert word, f"{case.name}: no verdict on the page"
    return html.unescape(word[1]), reason[1] if reason else None


@dataclass
class Site:
    """A city's public files on a loopback address, whatever case they are of at the moment."""

    origin: str = ""
    served: dict[str, bytes] = field(default_factory=dict)


@contextmanager
def site() -> Iterator[Site]:
    """Serve the files of one case after the other, by HTTP as a city's are."""
    shown = Site()

    class Answers(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        wbufsize = 65_536  # head and body in one packet: else each file waits 40 ms for an acknowledgement

        def do_GET(self) -> None:
            data = shown.served.get(self.path)
            self.send_response(404 if data is None else 200)
            self.send_header("Content-Length", str(len(data or b"")))
            self.end_headers()
            self.wfile.write(data or b"")

        def log_message(self, *_: object) -> None:
            return

    with ThreadingHTTPServer(("127.0.0.1", 0), Answers) as server:
        server.daemon_threads = True
        threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
        shown.origin = f"http://localhost:{server.server_port}"
        yield shown
        server.shutdown()
