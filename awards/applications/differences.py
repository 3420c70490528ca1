"""What changed between two submitted versions of a dossier, in the order of the form. Pure."""

from dataclasses import dataclass

from . import history
from .shown import ShownDocument, ShownDossier

CONTEXT = 60  # characters of an unchanged passage that stay on each side of a change


@dataclass(frozen=True)
class ChangedText:
    """One text: passages as ("same" | "del" | "ins" | "cut", text); a cut passage says only how long it is."""

    label: str
    passages: list[tuple[str, str]]


@dataclass(frozen=True)
class ChangedRow:
    """One indicator: (year, before, now) of the years that differ, and the notes when they do."""

    label: str
    unit: str
    cells: list[tuple[int, str, str]]
    notes: tuple[str, str] | None


@dataclass(frozen=True)
class ChangedFiles:
    """One line of the catalogue: files gone and files come."""

    kind: str
    gone: list[ShownDocument]
    come: list[ShownDocument]


@dataclass(frozen=True)
class Differences:
    """Everything that differs, and the names of what does not."""

    facts: list[tuple[str, str, str]]
    texts: list[ChangedText]
    rows: list[ChangedRow]
    files: list[ChangedFiles]
    unchanged: list[str]

    @property
    def count(self):
        """In how many places the two versions differ."""
        return len(self.facts) + len(self.texts) + len(self.rows) + len(self.files)


def between(old: ShownDossier, new: ShownDossier) -> Differences:
    """The way from one version to the next."""
    before, after = dict(old.organisation), dict(new.organisation)
    labels = list(dict.fromkeys([*before, *after]))
    facts = [(k, before.get(k, ""), after.get(k, "")) for k in labels if before.get(k, "") != after.get(k, "")]
    was, texts = _texts(old), _texts(new)
    rewritten = [label for label, text in texts.items() if was.get(label) != text]
    changed = [ChangedText(k, shortened(history.compare(was.get(k, ""), texts[k]))) for k in rewritten]
    rows = [row for pair in zip(old.indicators, new.indicators, strict=True) if (row := _row(*pair, new.years))]
    files = [found for kind in _kinds(old, new) if (found := _files(kind, old, new))]
    differing = {item.label for item in [*changed, *rows]} | {label for label, *_ in facts} | {f.kind for f in files}
    everything = [*labels, *texts, *(row.label for row in new.indicators), *_kinds(old, new)]
    return Differences(facts, changed, rows, files, [label for label in everything if label not in differing])


def _texts(dossier):
    report = [(f"{item.code} {item.title}", item.text) for category in dossier.report for item in category.items]
    return {str(label): text for label, text in [*dossier.profile, *report]}


def _row(old, new, years):
    cells = [(y, a, b) for y, a, b in zip(years, old.cells, new.cells, strict=True) if a != b]
    notes = (old.note, new.note) if old.note != new.note else None
    return ChangedRow(new.label, new.unit, cells, notes) if cells or notes else None


def _kinds(old, new):
    return list(dict.fromkeys(paper.kind for paper in [*old.documents, *new.documents]))


def _files(kind, old, new):
    before = {p.digest: p for p in old.documents if p.kind == kind}
    after = {p.digest: p for p in new.documents if p.kind == kind}
    gone = [paper for digest, paper in before.items() if digest not in after]
    come = [paper for digest, paper in after.items() if digest not in before]
    return ChangedFiles(kind, gone, come) if gone or come else None


def shortened(passages):
    """Long unchanged passages folded: what stands next to a change stays, between it only how much is left out."""
    result, last = [], len(passages) - 1
    for place, (kind, text) in enumerate(passages):
        head = text[:CONTEXT] if place > 0 else ""
        tail = text[-CONTEXT:] if place < last else ""
        left_out = len(text) - len(head) - len(tail)
        if kind == "same" and left_out > CONTEXT:
            result += [("same", head), ("cut", str(left_out)), ("same", tail)]
        else:
            result.append((kind, text))
    return [(kind, text) for kind, text in result if text]
