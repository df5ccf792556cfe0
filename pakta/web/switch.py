"""The switch between Indonesian and English: the address carries it (`?bahasa=en`), neither cookie nor header does.

A view that has an English page is marked `@bilingual`.  Its links and forms that lead to such views stay English;
that is done here, once, to the finished page, so that no template has to think of it.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from functools import cache
from typing import TypeVar
from urllib.parse import urlencode

from flask import Flask, Response, current_app, has_request_context, request
from markupsafe import Markup
from werkzeug.exceptions import HTTPException

from pakta.config import ROOT
from pakta.web import display, language
from pakta.web.language import INDONESIAN, Language

View = TypeVar("View", bound=Callable[..., object])
ASKED, ENGLISH = "bahasa", "en"
LINK = re.compile(r'(?<=\s)(href|action)="(/[^"]*)"')
SAID = re.compile(r'\bsay\("([^"]+)"')  # in a script
_only: ContextVar[Language | None] = ContextVar("pakta_language", default=None)
# Of the request that is answered.
_asked: ContextVar[Language | None] = ContextVar("pakta_language_asked", default=None)


def bilingual(view: View) -> View:
    """Mark a view that answers in English, too, where it is asked to."""
    view.pakta_bilingual = True  # type: ignore[attr-defined]
    return view


def is_bilingual(view: object) -> bool:
    """Say whether a view answers in English, too."""
    return bool(getattr(view, "pakta_bilingual", False))


def current() -> Language:
    """Return the language of this answer: English only where the address says so and the view knows it."""
    return _only.get() or _asked.get() or _looked_up()


def _looked_up() -> Language:
    asked = by_address()
    return asked if asked is INDONESIAN or _can_switch() else INDONESIAN


def by_address() -> Language:
    """Return the language that the address asks for, whatever the view: that of answers to programs."""
    if not has_request_context():  # of what no view saw there is none
        return INDONESIAN
    return language.english() if request.args.get(ASKED) == ENGLISH else INDONESIAN


@contextmanager
def always(spoken: Language) -> Iterator[None]:
    """Speak one language within the block, whatever the request asks for."""
    before = _only.set(spoken)
    try:
        yield
    finally:
        _only.reset(before)


def say(text: str) -> str:
    """Return an Indonesian text in the language of this answer."""
    return current().text(text)


def init(app: Flask) -> None:
    """Let templates speak both languages, and English pages lead on to English pages."""
    language.english()  # a catalogue that cannot be read stops the start
    app.jinja_env.add_extension("jinja2.ext.i18n")
    app.jinja_env.policies["ext.i18n.trimmed"] = True
    app.jinja_env.install_gettext_callables(say, _many, newstyle=True)  # type: ignore[attr-defined]
    for function in display.FILTERS:
        app.add_template_filter(_filter(function.__name__), function.__name__)
    app.add_template_filter(say, "said")
    app.add_template_global(current, "language")
    app.add_template_global(other, "other_language")
    app.add_template_global(indonesian)
    app.add_template_global(script_words)
    app.before_request(_begin)
    app.after_request(_keep)
    app.teardown_request(_end)


def _begin() -> None:
    """Look up the language once: a page asks for it with each value that it shows, and may show a thousand."""
    _asked.set(_looked_up())


def _end(_error: BaseException | None) -> None:
    _asked.set(None)


def other() -> tuple[str, str, str] | None:
    """Return code, name and address of the same page in the other language, or None where there is none.

    What answers a form has no address of its own: there the form's page is meant.
    """
    if not _can_switch():
        return None
    code, name = ("id", "Indonesia") if current().code == ENGLISH else (ENGLISH, "English")
    kept = [(key, value) for key, value in request.args.items(multi=True) if key != ASKED]
    path = "" if request.method == "GET" else _form_page(request.path)
    return code, name, f"{path}?{urlencode([*kept, (ASKED, code)])}"


def indonesian() -> Markup:
    """Return the attribute for what stays Indonesian on an English page; nothing on an Indonesian page."""
    return Markup(' lang="id"') if current().code == ENGLISH else Markup("")


def script_words(names: Iterable[str]) -> Markup:
    """Return, on an English page, the English of what these scripts say; nothing on an Indonesian page."""
    spoken = current()
    if spoken.code != ENGLISH:
        return Markup("")
    texts = [text for name in names for text in said_in(name)]
    told = json.dumps({text: spoken.text(text) for text in texts}, ensure_ascii=False)
    return Markup('<meta name="kata" content="{}">').format(told)


@cache
def said_in(name: str) -> tuple[str, ...]:
    """Return the texts that a script says."""
    return tuple(SAID.findall((ROOT / "static" / "js" / name).read_text(encoding="utf-8")))


def _can_switch() -> bool:
    """Say whether this answer exists in both languages; the page of an address that does not exist does."""
    if _only.get() is not None or not has_request_context():
        return False
    return request.endpoint is None or is_bilingual(current_app.view_functions.get(request.endpoint))


def _many(one: str, many: str, count: int) -> str:
    """Return one of two texts by a count, as gettext asks; Indonesian knows no plural."""
    return say(one if count == 1 else many)


def _filter(name: str) -> Callable[..., str]:
    own = INDONESIAN.shown(name)
    return lambda *given: (own if current() is INDONESIAN else current().shown(name))(*given)


def _form_page(path: str) -> str:
    """Return the nearest page at or above an address to which a form was sent."""
    while path and not _leads_on(path, "GET"):
        path = path.rpartition("/")[0]
    return path or "/"


def _keep(answer: Response) -> Response:
    """Let what an English answer leads to be English."""
    if current().code != ENGLISH:
        return answer
    if answer.location and answer.location.startswith("/"):
        answer.location = stay(answer.location)
    elif answer.mimetype == "text/html" and not answer.direct_passthrough and not answer.content_encoding:
        answer.set_data(kept(answer.get_data(as_text=True)))
    return answer


def kept(page: str) -> str:
    """Return a finished page whose links and forms stay English."""
    methods = {"href": "GET", "action": "POST"}

    def english(found: re.Match[str]) -> str:
        return f'{found[1]}="{stay(found[2], methods[found[1]], joint="&amp;")}"'

    return LINK.sub(english, page)


def stay(address: str, method: str = "GET", *, joint: str = "&") -> str:
    """Return an address of this site that stays English where it leads to a view that can."""
    rest, mark, fragment = address.partition("#")
    path, asks, query = rest.partition("?")
    if f"{ASKED}=" in query or not _leads_on(path, method):
        return address
    return f"{path}?{ASKED}={ENGLISH}{joint if asks else ''}{query}{mark}{fragment}"


def _leads_on(path: str, method: str) -> bool:
    try:
        endpoint, _values = current_app.url_map.bind("").match(path, method=method)
    except HTTPException:
        return False
    return is_bilingual(current_app.view_functions[endpoint])
