"""Links within the repository lead somewhere, anchors included."""

from __future__ import annotations

import re

import pytest
from documentation import ROOT, pages

_CODE = re.compile(r"```.*?```|`[^`\n]*`", re.DOTALL)
_LINK = re.compile(r"(?<!\\)\[[^\]]*\]\((?P<target>[^)\s]+)\)", re.DOTALL)


def anchors(path):
    """As GitHub makes them of headings."""
    found, seen = set(), {}
    text = re.sub(r"```.*?```", "", path.read_text("utf-8"), flags=re.DOTALL)
    for heading in re.findall(r"^#+ (.*)$", text, re.MULTILINE):
        plain = heading.replace("`", "").replace("\\", "").lower()
        anchor = re.sub(r"[^\w\- ]", "", plain).replace(" ", "-")
        count = seen.get(anchor, 0)
        seen[anchor] = count + 1
        found.add(f"{anchor}-{count}" if count else anchor)
    return found


def links(path):
    text = _CODE.sub("", path.read_text("utf-8"))
    return [found["target"] for found in _LINK.finditer(text)]


@pytest.mark.parametrize("path", pages(), ids=lambda path: str(path.relative_to(ROOT)))
def test_links_resolve(path):
    for target in links(path):
        assert "://" not in target, f"{target}: name what is meant, links outside are not checked"
        file, _, anchor = target.partition("#")
        there = (path.parent / file).resolve() if file else path
        assert there.exists(), target
        assert there.is_relative_to(ROOT), target
        if anchor:
            assert anchor in anchors(there), target


def test_every_page_can_be_reached_from_the_readme():
    reached, waiting = set(), [ROOT / "README.md"]
    while waiting:
        path = waiting.pop()
        if path in reached or path.suffix != ".md":
            continue
        reached.add(path)
        waiting += [(path.parent / target.partition("#")[0]).resolve() for target in links(path) if target[0] != "#"]
    assert set(pages()) <= reached


def test_a_broken_link_would_be_noticed(tmp_path):
    page = tmp_path / "page.md"
    page.write_text("# One `two` three-four\n\n[a](#one-two-three-four) [b](gone.md) `[no](code.md)`\n", "utf-8")
    assert links(page) == ["#one-two-three-four", "gone.md"]
    assert anchors(page) == {"one-two-three-four"}
