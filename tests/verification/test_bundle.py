"""The page's modules joined into one script: all of them, as they are, and nothing that cannot be joined."""

from __future__ import annotations

import re

import pytest
from flask.testing import FlaskClient

from pakta.config import ROOT
from pakta.verification import bundle, shell

FOLDER = ROOT / "static" / "js"
IMPORTS = re.compile(r"^import .*\n", re.MULTILINE)
EXPORTS = re.compile(r"^export ", re.MULTILINE)


def joined(modules: dict[str, str]) -> str:
    """Return the script that a.js becomes."""
    return bundle.make(modules.__getitem__, entry="a.js", apart={"policy.js"})


def test_each_module_comes_once_after_what_it_imports() -> None:
    text = joined(
        {
            "a.js": 'import * as b from "./b.js";\nimport { c } from "./c.js";\nb.d(c);\n',
            "b.js": 'import { c } from "./c.js";\nimport { P } from "./policy.js";\nexport const d = () => c + P;\n',
            "c.js": "export async function c() {}\nexport class D {}\n",
        }
    )
    assert text == (
        'import * as $policy from "./policy.js";\n'
        "const $c = (() => {\nasync function c() {}\nclass D {}\nreturn { c, D };\n})();\n"
        "const $b = (() => {\nconst { c } = $c;\n"
        "const { P } = $policy;\nconst d = () => c + P;\nreturn { d };\n})();\n"
        "const b = $b;\nconst { c } = $c;\nb.d(c);\n"
    )


@pytest.mark.parametrize(
    "line",
    ["export default 1;", "export let one = 1;", "export { one };", 'import one from "./b.js";', 'import "./b.js";'],
)
def test_what_cannot_be_joined_is_refused(line: str) -> None:
    with pytest.raises(ValueError, match=r"a\.js cannot be joined"):
        joined({"a.js": f"{line}\n", "b.js": ""})


def test_imports_that_go_round_are_refused() -> None:
    with pytest.raises(ValueError, match="imports itself"):
        joined({"a.js": 'import * as b from "./b.js";\n', "b.js": 'import * as a from "./a.js";\n'})


def test_the_served_script_holds_every_line_of_its_parts(client: FlaskClient) -> None:
    """What runs is what stands in static/js/, which the table of verdicts is held against."""
    (path,) = re.findall(r'<script type="module" src="([^"]+)"', client.get("/v").text)
    script = client.get(path).text
    parts = bundle.parts(lambda name: (FOLDER / name).read_text(), entry=shell.ENTRY, apart={"policy.js"})
    assert {"v.js", "verdict.js", "keyset.js", "tlog.js", "statuslist.js", "witnesses.js"} <= set(parts)
    for name, text in parts.items():
        assert all(EXPORTS.sub("", piece) in script for piece in IMPORTS.split(text)), name


def test_the_page_asks_for_two_scripts_and_neither_leads_to_a_third(client: FlaskClient) -> None:
    """A phone waits for one round of files, not for a chain of them."""
    asked = re.findall(r'(?:src|href)="/v/[^/]+/([^"]+)"', client.get("/v").text)
    assert set(asked) == {"v-all.js", "policy.js"}
    version = re.findall(r'src="/v/([^/]+)/', client.get("/v").text)[0]
    for name in set(asked):
        imported = re.findall(r'^import .* from "\./([^"]+)"', client.get(f"/v/{version}/{name}").text, re.MULTILINE)
        assert set(imported) <= {"policy.js"}


def test_what_is_loaded_later_loads_no_part_of_the_page_again_but_the_bytes() -> None:
    for name in shell.LATER:
        imported = re.findall(r'^import .* from "\./([^"]+)"', (FOLDER / name).read_text(), re.MULTILINE)
        assert set(imported) <= set(shell.LATER)
