"""Every template compiles, and uses no name that nothing gives it."""

from __future__ import annotations

import ast
import re
from pathlib import Path

from flask import Flask
from jinja2 import meta, nodes

import pakta

HOME = Path(pakta.__file__).parent
GIVEN = re.compile(r"(?<![\w.])(\w+)=(?!=)|\"(\w+)\":|\[\"(\w+)\"\] = ")  # a keyword, or a key of a dict
TITLED = re.compile(
    r"""(?:\bwho\([^)]*\)|\.(?:name|title)|"title"\)\|join\("[^"]*"\))\)? *(?:\}\}(?:</\w+>)*| ~ ")\.(?!\w)"""
)


def test_a_template_uses_only_names_that_some_page_gives_it(app: Flask) -> None:
    given = {
        name
        for path in HOME.rglob("*.py")
        for found in GIVEN.finditer(path.read_text())
        for name in found.groups()
        if name
    }
    with app.test_request_context("/"):
        shared = dict(app.jinja_env.globals)
        app.update_template_context(shared)
    trees = {name: _tree(app, name) for name in app.jinja_env.list_templates(extensions=["html", "txt", "svg"])}
    named = {name: _own(tree) for name, tree in trees.items()}
    anywhere = set().union(*named.values())  # a piece of a page sees what the page names that takes it in
    unknown = {
        name: meta.find_undeclared_variables(tree)
        - shared.keys()
        - given
        - (anywhere if name.split("/")[-1].startswith("_") else named[name])
        for name, tree in trees.items()
    }
    assert {name: names for name, names in unknown.items() if names} == {}


def test_no_sentence_gives_a_name_a_full_stop_that_it_may_have_itself() -> None:
    assert TITLED.search("oleh {{ i.who(row.by) }}. ") and TITLED.search("<a>{{ each.person.name }}</a>.</p>")
    found = {str(path): TITLED.findall(path.read_text()) for path in (HOME.parent / "templates").rglob("*.html")}
    assert {name: each for name, each in found.items() if each} == {}, "say it with the filter `ended`"


def _tree(app: Flask, name: str) -> nodes.Template:
    app.jinja_env.get_template(name)
    assert app.jinja_env.loader
    return app.jinja_env.parse(app.jinja_env.loader.get_source(app.jinja_env, name)[0])


def _own(tree: nodes.Template) -> set[str]:
    """Return what a template names itself on its outside; blocks see it, Jinja's own search does not."""
    found = {each.target for each in tree.find_all(nodes.Import)} | {each.name for each in tree.find_all(nodes.Macro)}
    for each in tree.find_all(nodes.FromImport):
        found |= {name if isinstance(name, str) else name[1] for name in each.names}
    for node in tree.find_all((nodes.Assign, nodes.AssignBlock)):
        found |= {name.name for name in node.find_all(nodes.Name) if name.ctx == "store"}
    for each in tree.find_all(nodes.With):
        found |= {target.name for target in each.targets if isinstance(target, nodes.Name)}
    return found | {"self", "super", "caller", "loop", "varargs", "kwargs"}


def test_no_view_gives_a_page_a_name_that_every_page_calls(app: Flask) -> None:
    base = (HOME.parent / "templates" / "base.html").read_text(encoding="utf-8")
    called = set(re.findall(r"\b(\w+)\(", base)) & set(app.jinja_env.globals)
    assert "menu_waits" in called
    given = {
        word.arg
        for path in HOME.rglob("*.py")
        for call in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(call, ast.Call) and getattr(call.func, "id", "") == "render_template"
        for word in call.keywords
    }
    assert not called & given
