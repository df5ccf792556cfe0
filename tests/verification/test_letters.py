"""The letters of the texts, in the browser: our script refuses what our Python refuses, for the same reason."""

from __future__ import annotations

import json

from playwright.sync_api import Page

from pakta.core import merkle, note
from tests.interop import cases, letters
from tests.interop.cases import Case
from tests.interop.logs import LOG, ORIGIN, VKEY

JUDGE = """
async (cases) => {
  const { leafHash, verifyCheckpoint, verifyInclusion } = await import("/js/tlog.js");
  const bytes = (text) => Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
  const answers = [];
  for (const each of cases) {
    try {
      let head = { size: each.size, root: each.root && bytes(each.root) };
      if (each.note) head = await verifyCheckpoint(bytes(each.note), each.vkey);
      const leaf = each.entry === undefined ? null : await leafHash(bytes(each.entry));
      if (leaf) await verifyInclusion(leaf, each.index, head, each.path.map(bytes));
      answers.push("");
    } catch (error) {
      answers.push(error.reason ?? String(error));
    }
  }
  return answers;
}
"""


def judged(page: Page, asked: list[Case]) -> None:
    """Check that browser and Python say the same of each case, and that it is what it should be."""
    answers = page.evaluate(JUDGE, [each.plain() for each in asked])
    assert {each.name: answer for each, answer in zip(asked, answers, strict=True)} == {
        each.name: each.ours() for each in asked
    }
    assert [each.name for each in asked if bool(each.ours()) is each.good] == []


def test_every_letter_is_read_the_same_in_the_browser(bare: Page) -> None:
    judged(bare, [each.case for each in letters.every()])


def test_every_changed_place_is_refused_the_same_in_the_browser(bare: Page) -> None:
    entries = [b"entri %d" % at for at in range(7)]
    leaves = [merkle.leaf_hash(each) for each in entries]
    for size, index in ((1, 0), (2, 1), (7, 0), (7, 4), (7, 6)):
        root = merkle.root(leaves[:size])
        path = merkle.inclusion_path(leaves[:size], index)
        head = LOG.note(note.checkpoint_body(origin=ORIGIN, size=size, root=root))
        placed = {"entry": entries[index], "index": index, "path": path}
        under = Case("under a root", "inclusion", True, {**placed, "size": size, "root": root})
        signed = Case("under a head", "place", True, {**placed, "note": head, "vkey": VKEY})
        judged(bare, [under, *cases.changed(under)])
        refused = [each for each in cases.changed(signed)]
        answers = bare.evaluate(JUDGE, [each.plain() for each in [signed, *refused]])
        assert answers[0] == "" and all(answers[1:]), json.dumps(answers)
