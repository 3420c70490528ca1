"""What the later phases of the review made of ranked cases, item by item, for the account of their places."""

from awards.consensus.judgement import rounded
from awards.consensus.models import AgreedItem, Consensus
from awards.hearings.judgement import hearing_score
from awards.hearings.queries import percentages_of
from awards.programmes.phase_rules import Kind
from awards.rubric.scoring import mean_of
from awards.site_visits.models import RescoredItem, SiteVisit

from .account import Change, Later

CONSENSUS, VISIT, HEARING = (Kind(kind).label for kind in (Kind.CONSENSUS, Kind.SITE_VISIT, Kind.HEARING))


def later_of(ranking, rows):
    """{application: its later phases in order}, of these places. Four queries at most, any number of them; none for a
    ranking of the independent review alone."""
    parts = {part["label"] for row in rows for part in row["parts"]}
    keys = [row["application"] for row in rows]
    agreed = _agreed(keys) if parts & {CONSENSUS, VISIT} else {}
    visited, changed = (_visited(keys), _changed(keys)) if VISIT in parts else (set(), {})
    heard = percentages_of(keys) if HEARING in parts else {}
    found = {}
    for row in rows:
        key, later = row["application"], []
        before = {item.item.code: item.percentage for item in agreed.get(key, [])}
        if CONSENSUS in parts and before:
            talked = [_talked(item) for item in agreed[key] if item.discussion]
            later.append(Later(CONSENSUS, before, talked, "取各专家均值，按评分档取整"))
        if key in visited:
            before = before or _means(row, ranking)
            changes = changed.get(key, [])
            after = before | {change.item.code: change.after for change in changes}
            later.append(Later(VISIT, after, [_rescored(change) for change in changes], "同现场评审之前"))
        if heard.get(key):
            later.append(Later(HEARING, {}, [], said=_heard(heard[key], ranking.scheme["total"])))
        found[key] = later
    return found


def _agreed(keys):
    """The items of the closed consensuses by application, in order. One query."""
    rows = AgreedItem.objects.filter(consensus__application__in=keys, consensus__state=Consensus.State.CLOSED)
    return _by_case(rows.exclude(percentage=None).select_related("item", "consensus"), "consensus")


def _visited(keys):
    """The applications whose visit has a result. One query."""
    locked = SiteVisit.objects.filter(application__in=keys, state=SiteVisit.State.LOCKED)
    return set(locked.values_list("application", flat=True))


def _changed(keys):
    """The items marked anew on visits by application, in order. One query."""
    return _by_case(RescoredItem.objects.filter(visit__application__in=keys).select_related("item", "visit"), "visit")


def _by_case(rows, through):
    found = {}
    for row in rows:
        found.setdefault(getattr(row, through).application_id, []).append(row)
    return found


def _talked(row):
    before = f"各专家 {'、'.join(map(str, row.marks))}，均值 {mean_of(row.marks)}%"
    return Change(row.item.code, row.item.title, before, row.percentage, row.discussion)


def _rescored(row):
    return Change(row.item.code, row.item.title, f"{row.before}%", row.after, row.reason)


def _means(row, ranking):
    """What a case stands at before a visit that no consensus preceded: the means of its sheets on the scale."""
    step, marks = ranking.edition.rubric.step, [sheet["marks"] for sheet in row["sheets"]]
    codes = [item[3] for item in ranking.scheme["items"]]
    return {code: rounded(given, step) for code, given in zip(codes, zip(*marks, strict=True), strict=True)}


def _heard(percentages, total):
    given, score = " + ".join(f"{p}%" for p in percentages), hearing_score(percentages, total)
    if len(percentages) == 1:
        return f"{HEARING}：{given} × {total} = {score}"
    return f"{HEARING}：（{given}）÷ {len(percentages)} × {total} = {score}"
