"""All hostile files, and what is said of one where it is handed in."""

from __future__ import annotations

from pakta.core import verdict
from pakta.core.errors import Reason, Refusal
from pakta.core.verdict import Inclusion, Verdict
from pakta.keyring import Keyring
from pakta.verification import document, words
from pakta.verification.document import Place
from pakta.web import wording
from tests.hostile import others, papers, pictures
from tests.hostile.case import Case
from tests.verification import paper

KINDS: dict[str, tuple[Case, ...]] = {"picture": pictures.ALL, "PDF": papers.ALL, "other": others.ALL}
ALL: tuple[Case, ...] = tuple(case for cases in KINDS.values() for case in cases)


class Desk:
    """A city on paper, to which files are handed in as to the page: by the confined process, and then judged."""

    def __init__(self, keys: Keyring) -> None:
        """Issue a certificate, so that there is something to prove; `keys` have the city's seal."""
        self.city = paper.City()
        self.good = self.city.issue()
        self.place = Place(self.city.origin, "localhost", self.city.key_set(), keys.seal.roots)

    def judge(self, address: str) -> Verdict:
        """Judge an address, with the proof of the one certificate that there is."""
        return verdict.decide(
            address=address,
            origin=self.city.origin,
            keyset_text=self.city.key_set(),
            status_token=self.city.status_list(),
            inclusion=Inclusion(self.city.checkpoint(), self.city.path(0)),
            now=paper.NOW,
        )

    def say(self, content: bytes) -> tuple[set[Reason | None], str]:
        """Return the reasons for which a file is refused or is no certificate (None: it is one), and what is said."""
        try:
            found = document.examine(content, place=self.place, judge=self.judge, now=paper.NOW)
        except Refusal as refusal:
            return {refusal.reason}, wording.sentence(refusal)
        said = [words.sentence(each.verdict.word, each.verdict.reason) for each in found]
        return {None if each.verdict.good else each.verdict.reason for each in found}, " ".join(said)
