"""Whether two names of a roster are one person's, written in another way."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from difflib import SequenceMatcher

ALIKE = 0.75  # of two words: Sukarno and Soekarno have 0.8, Siti and Joko nothing
WHOLE = 3  # letters of a word that is no initial
TOGETHER = 0.9  # of two whole names, one of which is written apart: Abdul Rahman, Abdurrahman
_TITLES = (
    "dr drs dra drg drh ir prof h hj kh pdt ust apt ns spd mpd spdi mpdi skom mkom sh mh mkn se mm msi mse ssos msos"
    " sip map mip st mt ssi sag mag skep skm mkes stp sstp sst sp mp spt sfarm spsi mpsi shut sik mhum shum sikom"
    " mikom sab mab sds amd amdkeb amdkep str strkeb strkep phd bsc msc mba cpa"
)
TITLES = frozenset(_TITLES.split())
_SHORT = "m md mhd moh mohd muh moch much mohamad muhamad mochamad muchamad mukhamad muhamat mohamed muhamed"
_MUHAMMAD = frozenset(_SHORT.split())
_WORD = re.compile(r"[^\W_]+")
_POINTED = re.compile(r"(?:[^\W\d_]{1,5}\.)+[^\W\d_]{0,5}")  # S.Pd. and M.Kom, behind the comma


def is_other(old: str, new: str) -> bool:
    """Say whether a name is somebody else's: a word of the shorter one has no like in the longer one.

    Degrees are no words of a name.  Words are alike where nearly all letters are, or one begins the other.  An
    initial is like a word only where neither name has a word more, and beside a whole word; of a name of one word
    the first word of a longer one is not enough.
    """
    first, second = sorted((words(old), words(new)), key=len)
    return first != second and not _holds(first, second) and not _is_one_apart(first, second)


def words(name: str) -> list[str]:
    """Return the words of a name without its degrees, in small letters; with them where nothing else is left."""
    front, _, behind = unicodedata.normalize("NFC", name).casefold().partition(",")
    parts = [part for part in front.split() if not _is_title(part)]
    parts += [
        part for part in behind.replace(",", " ").split() if not _is_title(part) and not _POINTED.fullmatch(part)
    ]
    return _split(parts) or _split(name.casefold().split())


def _is_title(part: str) -> bool:
    return "".join(_WORD.findall(part)) in TITLES


def _split(parts: list[str]) -> list[str]:
    joined = (part.replace("'", "").replace("’", "").replace("`", "") for part in parts)
    return [_plain(word) for part in joined for word in _WORD.findall(part)]


def _plain(word: str) -> str:
    """Return a word as it is spelt today: Soekarno as Sukarno, Djoko as Joko, Any as Ani, Sitti as Siti."""
    for old, new in (("oe", "u"), ("dj", "j"), ("tj", "c"), ("y", "i")):
        word = word.replace(old, new)
    return re.sub(r"(.)\1+", r"\1", word)


def _holds(first: list[str], second: list[str]) -> bool:
    """Say whether each word of the shorter name has a like in the longer one."""
    whole = _pairs(first, second, _is_whole)
    if len(first) < len(second):
        return len(whole) == len(first) and whole != [(0, 0)]
    beside = any(len(first[at]) > 1 and len(second[other]) > 1 for at, other in whole)
    used_first, used_second = {at for at, _ in whole}, {other for _, other in whole}
    left = [word for at, word in enumerate(first) if at not in used_first]
    rest = [word for at, word in enumerate(second) if at not in used_second]
    return beside and len(_pairs(left, rest, _begins)) == len(left)


def _pairs(first: list[str], second: list[str], alike: Callable[[str, str], bool]) -> list[tuple[int, int]]:
    """Return which words are alike, each used once."""
    free = list(range(len(second)))
    found = []
    for at, word in enumerate(first):
        other = next((each for each in free if alike(word, second[each])), None)
        if other is not None:
            free.remove(other)
            found.append((at, other))
    return found


def _is_whole(one: str, other: str) -> bool:
    """Say whether words are alike and neither is an initial of the other; M. and Muhammad are the same word."""
    if one == other or {one, other} <= _MUHAMMAD:
        return True
    if min(len(one), len(other)) < WHOLE:
        return False
    return _begins(one, other) or SequenceMatcher(None, one, other).ratio() >= ALIKE


def _begins(one: str, other: str) -> bool:
    return one.startswith(other) or other.startswith(one)


def _is_one_apart(first: list[str], second: list[str]) -> bool:
    """Say whether the same letters are only written together or apart."""
    if len(first) == len(second) or any(len(word) < 3 for word in (*first, *second)):
        return False
    return SequenceMatcher(None, "".join(first), "".join(second)).ratio() >= TOGETHER
