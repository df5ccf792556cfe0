"""What a page has checked it does not check again: each signature once, however often it is asked about."""

from __future__ import annotations

from collections.abc import Callable

from playwright.sync_api import Page

from tests.verification.paper import Case

TWICE = """
async (each) => {
  const [{ decide }, keyset, tlog, statuslist] = await Promise.all(
    ["verdict", "keyset", "tlog", "statuslist"].map((name) => import(`/js/${name}.js`)));
  const bytes = (text) => Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
  const subtle = SubtleCrypto.prototype;
  const { verify } = subtle;
  let count = 0;
  subtle.verify = function (...words) {
    count += 1;
    return verify.apply(this, words);
  };
  try {
    const [keySet, statusToken, checkpoint] = [each.keySet, each.statusToken, each.checkpoint].map(bytes);
    const inclusion = { checkpoint, path: each.path.map(bytes) };
    const known = await keyset.verify(keySet, each.origin.split("://")[1], 0);
    await Promise.all([tlog.verifyCheckpoint(checkpoint, known.log.vkey), statuslist.open(statusToken, known.sound)]);
    const counts = [count];
    const words = [];
    for (let time = 0; time < 2; time++) {
      words.push((await decide({ ...each, keySet, statusToken, inclusion })).word);
      counts.push(count);
    }
    const refusal = (promise) => promise.then(() => null, (error) => error.reason);
    const other = await refusal(keyset.verify(keySet, "lain.example", 0));
    const older = await refusal(keyset.verify(keySet, each.origin.split("://")[1], 1000));
    return { counts, words, other, older };
  } finally {
    subtle.verify = verify;
  }
}
"""


def test_what_was_checked_when_files_were_chosen_is_not_checked_again(
    bare: Page, make_case: Callable[..., Case]
) -> None:
    """Three signatures when the files are chosen; then only the certificate's own, each time."""
    found = bare.evaluate(TWICE, make_case().for_browser())
    assert (found["counts"], found["words"]) == ([3, 4, 5], ["SAH", "SAH"])
    assert (found["other"], found["older"]) == ("KEYSET_OTHER", "KEYSET_ROLLED_BACK")
