"""What importing a file would do: what is new, what is known, what changes. Pure."""

import hashlib
from dataclasses import dataclass
from datetime import date

from foshan_quality.lib.tables import Flaw

from .reading import HEADINGS, Entry, date_problems

# What a file may tell anew of a known record; code, kind and number say which record it is.
FACTS = ["name", "level", "authority", "decided_on", "published_on", "ends_on", "repaired_on", "summary", "source"]


@dataclass(frozen=True)
class Change:
    """A known record of which the file says something else: its newest row, the facts before and after."""

    entry: Entry
    record: object
    facts: dict

    @property
    def differences(self):
        """Every fact that changes: (field, before, after)."""
        return [(f, getattr(self.record, f), v) for f, v in self.facts.items() if getattr(self.record, f) != v]


@dataclass(frozen=True)
class Report:
    """The outcome of a trial. `seen` is a digest of all of it, so that a confirmation says which report it saw."""

    new: list[Entry]
    changed: list[Change]
    unchanged: list[Entry]
    flaws: list[Flaw]
    seen: str

    @property
    def unreadable(self):
        """How many rows have a flaw."""
        return len({flaw.row for flaw in self.flaws})


def compare(digest: str, entries: list[Entry], flaws: list[Flaw], chains: dict, today: date) -> Report:
    """Hold the entries of the file with this digest against what is known.

    `chains` gives, by key, all rows of each known record from the first to the newest. Whatever a chain said at
    any time is known, so a file imported twice changes nothing, not even what people corrected since. A blank
    cell says nothing and erases nothing.
    """
    new, changed, unchanged, more = [], [], [], []
    for entry in entries:
        chain = chains.get(entry.key)
        if not chain:
            new.append(entry)
        elif any(says_nothing_new(entry.facts, record) for record in chain):
            unchanged.append(entry)
        elif chain[-1].is_void:
            what, remedy = "这条记录已作废，而内容又有不同", "如应恢复，请在办公平台该记录的页面更正"
            more.append(Flaw(entry.row, "文书号", what, remedy))
        else:
            facts = merged(entry.facts, chain[-1])
            wrong = [Flaw(entry.row, HEADINGS[fact], what, todo) for fact, what, todo in date_problems(facts, today)]
            more += wrong
            changed += [] if wrong else [Change(entry, chain[-1], facts)]
    flaws = sorted([*flaws, *more], key=lambda flaw: flaw.row)
    return Report(new, changed, unchanged, flaws, _seen(digest, new, changed, unchanged, flaws))


def says_nothing_new(facts: dict, record) -> bool:
    """Whether the record already says everything the row says."""
    return all(getattr(record, fact) == facts[fact] for fact in FACTS if fact in facts)


def merged(facts: dict, record) -> dict:
    """The record's facts with what the row says laid over them."""
    return {fact: facts.get(fact, getattr(record, fact)) for fact in FACTS}


def _seen(digest, new, changed, unchanged, flaws):
    parts = [digest, *(f"new {e.row}" for e in new), *(f"known {e.row}" for e in unchanged)]
    parts += [f"changed {c.entry.row} {c.record.pk}" for c in changed]
    parts += [f"flaw {f.row} {f.column} {f.what}" for f in flaws]
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()
