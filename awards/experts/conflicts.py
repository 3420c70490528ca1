"""Who must not judge whom. Pure; reports every reason. Basis: 回避 rules of comparable programmes (domain notes)."""

from collections import defaultdict
from dataclasses import dataclass
from datetime import date

from foshan_quality.lib.problems import Problem

from .fields import plain


@dataclass(frozen=True)
class Tie:
    """One declared or entered interest: kind and its word, the organisation by name and code, the day it ended."""

    kind: str
    said: str
    name: str
    code: str = ""
    ended_on: date | None = None


@dataclass(frozen=True)
class Above:
    """An organisation that was named as parent, by name and code, and the day from which it was not any more."""

    name: str
    code: str
    ended_on: date


@dataclass(frozen=True)
class Judge:
    """What is known of an expert: account, telephone, employer with its code, group and parents' codes, the
    organisations on the portal the person belongs to, the interests that stand."""

    name: str
    employer: str
    organisations: frozenset[int] = frozenset()
    employer_code: str = ""
    group: str = ""
    parent_code: str = ""
    phone: str = ""
    ties: tuple[Tie, ...] = ()
    former_parents: tuple[Above, ...] = ()


@dataclass(frozen=True)
class Applicant:
    """What is known of an applicant: name and former names, code, parents, the telephones of its members."""

    key: int
    name: str
    code: str = ""
    former_names: tuple[str, ...] = ()
    parent_name: str = ""
    parent_code: str = ""
    phones: frozenset[str] = frozenset()
    former_parents: tuple[Above, ...] = ()


def since(opened: date, years: int) -> date:
    """The first day that still counts: so many years before the opening of the call; 29 February as the 28th."""
    try:
        return opened.replace(year=opened.year - years)
    except ValueError:
        return opened.replace(year=opened.year - years, day=28)


def conflicts(judge: Judge, applicant: Applicant, first_day: date) -> list[Problem]:
    """Every known reason why this expert must not review this applicant.

    Ties and parents that ended before `first_day` are past.
    """
    own = _of_names(applicant.name, *applicant.former_names), applicant.code
    aboves = _aboves(applicant, first_day)
    found = []
    if _is(judge.employer, judge.employer_code, own):
        found.append(Problem("employer", f"{judge.name}的工作单位就是申报单位。"))
    elif (ended := _group_until(judge, own, aboves, first_day)) is not None:
        found.append(Problem("group", f"{judge.name}的工作单位与申报单位属于同一集团{ended}。"))
    if applicant.key in judge.organisations:
        found.append(Problem("member", f"{judge.name}是申报单位在本平台的成员。"))
    elif judge.phone and judge.phone in applicant.phones:
        found.append(Problem("same_person", f"{judge.name}与申报单位一名成员的手机号码相同，可能是同一人。"))
    for tie in judge.ties:
        if tie.ended_on is not None and tie.ended_on < first_day:
            continue
        if _is(tie.name, tie.code, own):
            found.append(Problem(tie.kind, f"{judge.name}与申报单位有利害关系：{tie.said}{_until(tie)}。"))
        elif (ended := next((words for above, words in aboves if _is(tie.name, tie.code, above)), None)) is not None:
            text = f"{judge.name}与申报单位的上级单位有利害关系：{tie.said}{_until(tie)}{ended}。"
            found.append(Problem(tie.kind, text))
    return found


def _of_names(*names):
    return frozenset(plain(name) for name in names) - {""}


def _is(name, code, known):
    names, known_code = known
    return plain(name) in names or (bool(code) and code == known_code)


def _aboves(applicant, first_day):
    """The applicant's parent and those it had since the first day that counts, each with the words of its end."""
    former = [
        ((_of_names(above.name), above.code), _left(above))
        for above in applicant.former_parents
        if above.ended_on >= first_day
    ]
    return [((_of_names(applicant.parent_name), applicant.parent_code), ""), *former]


def _group_until(judge, own, aboves, first_day):
    """The words of the end of the group both belong to, empty where they do to this day; None where they are of none:
    the employer is the applicant's parent, the applicant is the employer's, or both have the same."""
    named = [(judge.group, judge.parent_code, "")]
    named += [("", above.code, _left(above)) for above in judge.former_parents if above.ended_on >= first_day]
    known = [(own, ""), *aboves]
    ends = [words for above, words in aboves if _is(judge.employer, judge.employer_code, above)]
    ends += [mine or theirs for name, code, mine in named for one, theirs in known if _is(name, code, one)]
    return min(ends, default=None)


def _left(above):
    return f"（上级单位{above.name}自 {above.ended_on} 起不再登记）"


def _until(tie):
    return f"（{tie.ended_on:%Y-%m-%d} 终止）" if tie.ended_on else ""


def all_conflicts(judges: dict, applicants: list[Applicant], first_day: date) -> dict:
    """The conflicts of everybody with everybody, {(judge's key, applicant's key): reasons}, those without left out.

    Only pairs that share a name, a code, a telephone or a membership are judged, so that 200,000 pairs take a second.
    """
    by_mark = defaultdict(set)
    for key, judge in judges.items():
        for mark in _marks_of_judge(judge):
            by_mark[mark].add(key)
    found = {}
    for applicant in applicants:
        touched = {key for mark in _marks_of_applicant(applicant) for key in by_mark.get(mark, ())}
        for key in sorted(touched):
            reasons = conflicts(judges[key], applicant, first_day)
            if reasons:
                found[key, applicant.key] = reasons
    return found


def _marks_of_judge(judge):
    names = {judge.employer, judge.group, *(tie.name for tie in judge.ties)}
    codes = {judge.employer_code, judge.parent_code, *(tie.code for tie in judge.ties)}
    codes |= {above.code for above in judge.former_parents}
    return ({plain(name) for name in names} | codes | {judge.phone} | set(judge.organisations)) - {""}


def _marks_of_applicant(applicant):
    names = {applicant.name, applicant.parent_name, *applicant.former_names}
    names |= {above.name for above in applicant.former_parents}
    codes = {applicant.code, applicant.parent_code, *(above.code for above in applicant.former_parents)}
    return ({plain(name) for name in names} | codes | {applicant.key} | applicant.phones) - {""}
