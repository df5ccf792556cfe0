"""Deterministic CBOR (RFC 8949 section 4.2.1), read and written in its one form.

Of CBOR only integers, bytes, text, arrays, maps with integer or text keys, false, true and null:
definite lengths, shortest heads, map keys sorted by their bytes and each once, no tags, no floats,
nothing after the end.  Reading is our own because a general reader does too much with a stranger's
bytes: it builds shared and cyclic values, patterns and big numbers out of tags.
"""

from __future__ import annotations

from pakta.core.errors import Reason, Refusal

DEEPEST = 8  # containers around a value
SIMPLE: dict[int, bool | None] = {20: False, 21: True, 22: None}
UNSIGNED, NEGATIVE, BYTES, TEXT, ARRAY, MAP, TAG, OTHER = range(8)  # major types

Cbor = None | bool | int | str | bytes | list["Cbor"] | dict[int | str, "Cbor"]


def encode(value: Cbor) -> bytes:
    """Return the one form of a value; refuses with CBOR_MALFORMED what has none: huge integers, lone surrogates."""
    if isinstance(value, dict):
        pairs = sorted((encode(key), encode(item)) for key, item in value.items())
        return _head(MAP, len(pairs)) + b"".join(key + item for key, item in pairs)
    if isinstance(value, list):
        return _head(ARRAY, len(value)) + b"".join(encode(item) for item in value)
    if isinstance(value, bytes):
        return _head(BYTES, len(value)) + value
    if isinstance(value, str):
        text = _utf8(value)
        return _head(TEXT, len(text)) + text
    if value is None or isinstance(value, bool):
        return bytes((OTHER << 5 | (22 if value is None else 20 + value),))
    return _head(UNSIGNED, value) if value >= 0 else _head(NEGATIVE, -1 - value)


def decode(data: bytes) -> Cbor:
    """Return the value that these bytes are the one form of; refuses with CBOR_MALFORMED."""
    reader = _Reader(data)
    value = reader.item(0)
    if reader.at != len(data):
        raise Refusal(Reason.CBOR_MALFORMED)
    return value


def _head(major: int, argument: int) -> bytes:
    if argument < 24:
        return bytes((major << 5 | argument,))
    for info, size in ((24, 1), (25, 2), (26, 4), (27, 8)):
        if argument < 1 << 8 * size:
            return bytes((major << 5 | info,)) + argument.to_bytes(size, "big")
    raise Refusal(Reason.CBOR_MALFORMED)


def _utf8(text: str) -> bytes:
    try:
        return text.encode()
    except UnicodeEncodeError as error:
        raise Refusal(Reason.CBOR_MALFORMED) from error


class _Reader:
    """Reads one item after the other; `at` is the place of the next byte."""

    def __init__(self, data: bytes) -> None:
        self.data = data
        self.at = 0

    def item(self, depth: int) -> Cbor:
        """Return the next item, inside `depth` containers."""
        if depth > DEEPEST:
            raise Refusal(Reason.CBOR_MALFORMED)
        major, argument = self._read_head()
        if major == UNSIGNED:
            return argument
        if major == NEGATIVE:
            return -1 - argument
        if major == BYTES:
            return self._take(argument)
        if major == TEXT:
            return self._text(argument)
        return self._container_or_simple(major, argument, depth)

    def _container_or_simple(self, major: int, argument: int, depth: int) -> Cbor:
        if major == ARRAY:
            return [self.item(depth + 1) for _ in range(self._fitting(argument))]
        if major == MAP:
            return self._map(argument, depth)
        if major == OTHER and argument in SIMPLE:
            return SIMPLE[argument]
        raise Refusal(Reason.CBOR_MALFORMED)

    def _map(self, count: int, depth: int) -> Cbor:
        found: dict[int | str, Cbor] = {}
        before = b""
        for _ in range(self._fitting(count)):
            start = self.at
            key = self.item(depth + 1)
            form = self.data[start : self.at]
            if isinstance(key, bool) or not isinstance(key, int | str) or form <= before:
                raise Refusal(Reason.CBOR_MALFORMED)
            before = form
            found[key] = self.item(depth + 1)
        return found

    def _read_head(self) -> tuple[int, int]:
        first = self._take(1)[0]
        major, short = first >> 5, first & 31
        if short < 24:
            return major, short
        if short > 27 or major == OTHER:
            raise Refusal(Reason.CBOR_MALFORMED)
        size = 1 << short - 24
        argument = int.from_bytes(self._take(size), "big")
        if argument < (24 if size == 1 else 1 << 4 * size):  # a shorter head would have done
            raise Refusal(Reason.CBOR_MALFORMED)
        return major, argument

    def _text(self, length: int) -> str:
        try:
            return self._take(length).decode()
        except UnicodeDecodeError as error:
            raise Refusal(Reason.CBOR_MALFORMED) from error

    def _take(self, count: int) -> bytes:
        start, self.at = self.at, self.at + self._fitting(count)
        return self.data[start : self.at]

    def _fitting(self, count: int) -> int:
        """Return `count` where so many bytes are left: every item has one at least."""
        if count > len(self.data) - self.at:
            raise Refusal(Reason.CBOR_MALFORMED)
        return count
