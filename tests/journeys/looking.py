"""What may stand in somebody's way on a page: what axe-core finds, cut text, sideways scrolling, small targets."""

from __future__ import annotations

from typing import Any

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import CDPSession, Page

RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
LEAST = 24  # pixels of a target, WCAG 2.2 AA 2.5.8; links within a sentence are excused there
KEPT = "svg, .hidden-text, .skip, caption, .table, pre"  # drawn, hidden on purpose, or scrolling within itself
SIDEWAYS = """([kept, wide]) => {
  const cut = [], root = document.documentElement;
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  for (let node = walker.nextNode(); node; node = walker.nextNode()) {
    const parent = node.parentElement, range = document.createRange();
    if (!node.data.trim() || !parent.checkVisibility() || parent.closest(kept)) continue;
    range.selectNodeContents(node);
    const box = range.getBoundingClientRect();
    if (box.width && (box.right > wide + 1 || box.left < -1)) cut.push(node.data.trim().slice(0, 40));
  }
  for (const each of document.querySelectorAll("main *, header *, footer *")) {
    if (!each.checkVisibility() || each.closest(kept)) continue;
    const style = getComputedStyle(each);
    const hides = [style.overflowX, style.overflowY].some((value) => ["hidden", "clip"].includes(value));
    const over = each.scrollWidth > each.clientWidth + 1 || each.scrollHeight > each.clientHeight + 1;
    if (hides && over) cut.push(`${each.tagName} ${each.textContent.trim().slice(0, 40)}`);
  }
  return root.scrollWidth > wide ? [...cut, `the page is ${root.scrollWidth} pixels wide`] : cut;
}"""
SMALL = """(least) => [...document.querySelectorAll("a, button, input, select, textarea, summary, [role=button]")]
  .filter((each) => each.checkVisibility() && each.type !== "hidden" && !each.matches(".skip"))
  .filter((each) => getComputedStyle(each).display !== "inline")
  .map((each) => [each, each.matches("[type=checkbox], [type=radio]") ? each.closest("label") ?? each : each])
  .map(([each, target]) => [each, target.getBoundingClientRect()])
  .filter(([, box]) => box.width > 0 && (box.width < least || box.height < least))
  .map(([each]) => `${each.tagName} ${each.textContent.trim().slice(0, 40)}`)"""


def barriers(page: Page, *rules: str) -> list[str]:
    """Return what axe-core finds, one line for each place; `rules` alone, where some are given."""
    only: Any = {"type": "rule", "values": list(rules)} if rules else RULES
    found = Axe().run(page, options={"runOnly": only}).response["violations"]
    return [f"{each['id']}: {node['html'][:120]}" for each in found for node in each["nodes"]]


def cut(page: Page) -> list[str]:
    """Return the texts that are cut or leave the window, and whether the page itself scrolls sideways."""
    assert page.viewport_size is not None
    return list(page.evaluate(SIDEWAYS, [KEPT, page.viewport_size["width"]]))


def small(page: Page) -> list[str]:
    """Return the targets that are too small for a finger."""
    return list(page.evaluate(SMALL, LEAST))


def enlarge_text(page: Page, percent: int) -> None:
    """Enlarge the text alone, as a browser's setting does."""
    page.evaluate("(size) => document.documentElement.style.setProperty('font-size', size)", f"{percent}%")


def spoken_first(page: Page) -> list[tuple[str, str]]:
    """Return role and name of what assistive technology meets in <main>, in its order: the first three."""
    session: CDPSession = page.context.new_cdp_session(page)
    nodes = {each["nodeId"]: each for each in session.send("Accessibility.getFullAXTree")["nodes"]}
    main = next(each for each in nodes.values() if each.get("role", {}).get("value") == "main")
    found: list[tuple[str, str]] = []
    waiting = list(reversed(main.get("childIds", [])))
    while waiting and len(found) < 3:
        node = nodes[waiting.pop()]
        role = node.get("role", {}).get("value", "")
        if not node.get("ignored") and role not in ("none", "generic", "InlineTextBox"):
            found.append((role, node.get("name", {}).get("value", "")))
        waiting += reversed(node.get("childIds", []))
    session.detach()
    return found
