"""The smallest application that reads what it is sent, for the worker to serve; it fails where it is asked to."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any


def app(environ: dict[str, Any], start: Callable[..., Any]) -> Iterable[bytes]:
    """Answer with the number of bytes sent; read nothing at /lewati; fail at /gagal, or at /tengah midway."""
    if environ["PATH_INFO"] == "/gagal":
        raise RuntimeError(f"planted: {environ['QUERY_STRING']}")
    if environ["PATH_INFO"] == "/tengah":
        start("200 OK", [("Content-Type", "text/plain")])
        return _broken(environ["QUERY_STRING"])
    got = b"0" if environ["PATH_INFO"] == "/lewati" else str(len(environ["wsgi.input"].read())).encode()
    start("200 OK", [("Content-Type", "text/plain"), ("Content-Length", str(len(got)))])
    return [got]


def _broken(query: str) -> Iterable[bytes]:
    yield b"begun"
    raise RuntimeError(f"planted: {query}")
