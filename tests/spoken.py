"""A page as a screen reader has it: its accessibility tree in reading order, and what a listener would stumble over."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from playwright.sync_api import Page

CONTROLS = frozenset(
    {
        "button", "checkbox", "combobox", "DisclosureTriangle", "link", "listbox", "menuitem", "radio", "searchbox",
        "slider", "spinbutton", "switch", "tab", "textbox",
    }
)  # fmt: skip
LANDMARKS = frozenset({"banner", "complementary", "contentinfo", "form", "main", "navigation", "region", "search"})
# What tells two things of one name apart, if it has a name of its own.
_SURROUNDINGS = frozenset({"article", "form", "group", "navigation", "radiogroup", "region", "row"})
# What is heard each time one comes to a part of the page says what it is, and no more.
_LONGEST_NAME = 160
# Chromium's own nodes, which nobody hears; the parts of a date's field belong to the browser.
_SILENT = frozenset({"InlineTextBox", "LineBreak", "ListMarker", "MenuListPopup", "Date", "DateTime", "InputTime"})


@dataclass(frozen=True)
class Node:
    """One node. ``states`` is what is said beside role and name; ``within`` the named part of the page around it."""

    depth: int
    role: str
    name: str
    states: dict[str, Any]
    within: str

    def __str__(self) -> str:
        said = " ".join(f"{name}={value}" for name, value in self.states.items() if name not in ("url", "focusable"))
        return f"{'  ' * self.depth}{self.role} “{self.name}” {said}".rstrip()


def spoken(page: Page) -> list[Node]:
    """The nodes that a screen reader meets, in its order."""
    session = page.context.new_cdp_session(page)
    tree = session.send("Accessibility.getFullAXTree")["nodes"]
    session.detach()
    by_id = {node["nodeId"]: node for node in tree}
    found: list[Node] = []
    waiting = [(tree[0]["nodeId"], 0, "")]
    while waiting:
        identity, depth, within = waiting.pop()
        node = by_id.get(identity)
        if node is None:
            continue
        role = node.get("role", {}).get("value", "")
        is_heard = not node["ignored"] and role not in _SILENT and role not in ("none", "generic")
        if is_heard:
            name = " ".join(str(node.get("name", {}).get("value", "")).split())
            found.append(Node(depth, role, name, _states(node), within))
            if role in _SURROUNDINGS and (name or role == "row"):
                within = identity
        if role not in _SILENT:
            waiting += [(child, depth + is_heard, within) for child in reversed(node.get("childIds", []))]
    return found


def _states(node: dict[str, Any]) -> dict[str, Any]:
    states = {one["name"]: one["value"].get("value") for one in node.get("properties", [])}
    for key in ("description", "value"):
        if node.get(key, {}).get("value") not in (None, ""):
            states[key] = node[key]["value"]
    return states


def stumbles(nodes: list[Node]) -> list[str]:
    """What a listener could not make out: one sentence for each."""
    return [
        *_unnamed(nodes),
        *_headings(nodes),
        *_landmarks(nodes),
        *_ambiguous(nodes),
        *_twice(nodes),
        *_tables(nodes),
    ]


def _unnamed(nodes: list[Node]) -> Iterable[str]:
    for node in nodes:
        stops = node.role in CONTROLS or (node.role in ("group", "region") and node.states.get("focusable"))
        if stops and not node.name:
            yield f"{node.role} without a name"


def _headings(nodes: list[Node]) -> Iterable[str]:
    headings = [(int(node.states.get("level", 0)), node.name) for node in nodes if node.role == "heading"]
    ones = [name for level, name in headings if level == 1]
    if len(ones) != 1:
        yield f"{len(ones)} headings of the first level: {ones}"
    before = 1  # what was refused stands before the heading of the page
    for level, name in headings:
        if not name:
            yield f"heading of level {level} without words"
        if level > before + 1:
            yield f"heading “{name}” jumps from level {before} to {level}"
        before = level


def _landmarks(nodes: list[Node]) -> Iterable[str]:
    called: dict[str, list[str]] = defaultdict(list)
    for node in nodes:
        # A form without a name is no landmark: the tree has it, nobody hears it.
        if node.role in LANDMARKS and (node.name or node.role != "form"):
            called[node.role].append(node.name)
    if len(called["main"]) != 1:
        yield f"{len(called['main'])} main parts"
    for role, names in called.items():
        for name in sorted(set(names)):
            if len(names) > 1 and (not name or names.count(name) > 1):
                yield f"{names.count(name)} of {len(names)} parts {role} are called “{name}”"


def _ambiguous(nodes: list[Node]) -> Iterable[str]:
    """What has the name of something else beside it, and leads or belongs elsewhere."""
    places: dict[tuple[str, str, str], set[str]] = defaultdict(set)
    for number, node in enumerate(nodes):
        if node.role in CONTROLS - {"radio"} and node.name:
            told = f"{node.name} {node.states.get('description', '')}"
            places[node.role, told.strip(), node.within].add(str(node.states.get("url", number)))
    for (role, name, _), addresses in places.items():
        if len(addresses) > 1:
            yield f"{len(addresses)} different {role}s “{name}” side by side"


def _twice(nodes: list[Node]) -> Iterable[str]:
    """Two links to one place one after the other, of which the second says nothing new."""
    links = [node for node in nodes if node.role == "link"]
    for one, next_one in pairwise(links):
        if (one.name, one.within, one.states.get("url")) == (
            next_one.name,
            next_one.within,
            next_one.states.get("url"),
        ):
            yield f"link “{one.name}” twice in a row"


def _tables(nodes: list[Node]) -> Iterable[str]:
    """A table is called by its caption, or by the part of the page of which it is all."""
    for before, node in pairwise(nodes):
        if node.role == "table" and not node.name and not (before.role in _SURROUNDINGS and before.name):
            yield f"table after “{before.name}” without a name"
        if len(node.name) > _LONGEST_NAME and node.role in ("navigation", "region", "table"):
            yield f"{node.role} called by a whole text: “{node.name[:40]}…”"
