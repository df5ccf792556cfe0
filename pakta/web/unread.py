"""The answer to a request that the server could not read, so that no view ever saw it.

Bytes for gunicorn's worker: made without the application, its templates and its database.
"""

from __future__ import annotations

from http import HTTPStatus

from pakta.web import headers, problem, wording

PAGE = """<!doctype html>
<html lang="id">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title} · Pakta</title>
<link rel="stylesheet" href="/static/pakta.css">
</head>
<body>
<main id="isi">
<h1>{title}</h1>
<p class="lead">{sentence}</p>
<div class="actions">{action}<a class="target" href="/">Ke halaman awal</a></div>
<p class="small muted">Kode: <code>HTTP {status}</code></p>
</main>
</body>
</html>
"""
ASK = '<a class="button" href="/pakta/status">Periksa status</a> '
UNSURE = (
    " Kami belum tahu apakah permintaan terakhir Anda sudah tersimpan. Jika Anda sedang menandatangani pakta, jangan"
    " ulangi; periksa dulu statusnya."
)


def is_for_programs(begun: bytes) -> bool:
    """Say whether the first bytes of a request ask the interface for programs, as far as they can be read."""
    return begun.partition(b" ")[2].startswith(problem.BELOW.encode())


def answer(status: HTTPStatus, *, program: bool = False) -> bytes:
    """Return the whole answer: line, headers and page, with nothing of what was sent in it.

    program  problem details in the page's place, which any site may read
    """
    page = (problem.text_of_status(status, known=_known(status)) if program else _page(status)).encode()
    fields = {
        "Connection": "close",
        "Content-Type": problem.TYPE if program else "text/html; charset=utf-8",
        "Content-Length": str(len(page)),
        "Cache-Control": "no-store",
        **headers.HEADERS,
        **(problem.OPEN if program else {}),
    }
    lines = [f"HTTP/1.1 {status.value} {status.phrase}", *(f"{name}: {value}" for name, value in fields.items())]
    return "\r\n".join([*lines, "", ""]).encode() + page


def _known(status: HTTPStatus) -> HTTPStatus:
    ours = status is HTTPStatus.INTERNAL_SERVER_ERROR
    return status if ours or status in wording.STATUS else HTTPStatus.BAD_REQUEST


def _page(status: HTTPStatus) -> str:
    ours = status is HTTPStatus.INTERNAL_SERVER_ERROR
    sentence = wording.status(_known(status))
    return PAGE.format(
        title="Gangguan di sistem kami" if ours else "Permintaan ditolak",
        sentence=sentence + (UNSURE if ours else ""),
        action=ASK if ours else "",
        status=status.value,
    )
