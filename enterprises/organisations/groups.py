"""Who belongs to one group by what firms said of their parents, to this day or once. Pure."""

from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True)
class Link:
    """What an organisation said its parent is, both by credit code, from a day on; until another day, or still."""

    child: str
    child_name: str
    parent: str
    parent_name: str
    since: date
    until: date | None = None

    @property
    def said(self) -> str:
        """The link and its days in words."""
        until = f"，{self.until} 起不再登记" if self.until else ""
        return f"{self.child_name}自 {self.since} 登记上级单位为{self.parent_name}{until}"


def kin(codes: Collection[str], links: Iterable[Link]) -> dict[str, dict[str, Link | None]]:
    """For each code everybody of its group, itself included: None for who belongs to it to this day, else the link that
    ended first of those that led there, by the way that held longest."""
    links = list(links)
    members, group = _groups(codes, links)
    ended = defaultdict(set)
    for link in links:
        ends = group[link.child], group[link.parent]
        if link.until and ends[0] != ends[1]:
            for here, there in (ends, ends[::-1]):
                ended[here].add((link, there))
    found = {}
    for code in codes:
        if group[code] not in found:
            found[group[code]] = _reached(group[code], members, ended)
    return {code: found[group[code]] for code in codes}


def _groups(codes, links):
    """The groups of this day: their members by a code that stands for each, and that code by each member's."""
    above = {code: code for code in codes}

    def top(code):
        while above.setdefault(code, code) != code:
            above[code] = above[above[code]]
            code = above[code]
        return code

    for link in links:
        ends = top(link.child), top(link.parent)
        if link.until is None:
            above[ends[0]] = ends[1]
    members = defaultdict(list)
    for code in list(above):
        members[top(code)].append(code)
    return members, {code: top(code) for code in list(above)}


def _reached(start, members, ended):
    """Everybody that ended links lead to from one group, the links that held longest first."""
    because, waiting = {start: None}, set(ended[start])
    while waiting:
        link, there = max(waiting, key=lambda way: (way[0].until, way[0].child, way[0].parent, way[0].since))
        waiting.discard((link, there))
        if there in because:
            continue
        because[there] = link
        waiting |= {(_earlier(link, next_), group) for next_, group in ended[there] if group not in because}
    return {code: link for group, link in because.items() for code in members[group]}


def _earlier(link, other):
    return min(link, other, key=lambda each: each.until)
