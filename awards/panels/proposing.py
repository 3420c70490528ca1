"""A proposal for all panels at once: every rule of the edition kept, the loads as even as can be. Pure.

The method is mixed-integer linear programming by HiGHS (scipy.optimize.milp). One variable a pair of case and
expert says whether the expert joins; the rules are its constraints. Who already sits stays. What is minimised is
the number of new seats and the distance of each load from an even share; the seed settles which of equally good
panels it is, and which experts of a case are looked at first: all of them are, before anything is called impossible.
"""

from dataclasses import dataclass
from math import ceil
from random import Random

import numpy as np
import scipy
from scipy.optimize import Bounds, LinearConstraint, milp
from scipy.sparse import coo_array

from awards.experts.fields import knows
from awards.reviews.checking import OUTSIDE, Case, Problem, Rules, hindrances

METHOD = f"混合整数线性规划（scipy {scipy.__version__} 的 milp，求解器 HiGHS）"
LOOKED_AT = (24, 60)  # experts a case, first and then
PATIENCE = 60  # seconds for one solution
GAP = 0.002  # how far from the best distribution of loads a solution may end
UNEVEN = 1.0  # what one case more or less than the even share costs; a seat costs 1
FEW_PAIRS = 5000  # up to so many, what lacks is found in whole numbers
EPSILON = 1e-6
LACKING = 1000.0  # what one breach costs where breaches are allowed, to find the fewest


@dataclass(frozen=True)
class Proposal:
    """New seats as (case, expert), the head of each case, and why there is none if there is none."""

    seats: tuple[tuple[int, int], ...] = ()
    heads: tuple[tuple[int, int], ...] = ()
    problems: tuple[Problem, ...] = ()


def propose(cases: list[Case], experts: dict, rules: Rules, seed: int) -> Proposal:
    """Panels that keep every rule, or the reasons why there are none, naming case and rule. `experts` by key."""
    impossible = [problem for case in cases for problem in hindrances(case, experts, rules)]
    impossible = impossible or _too_little_room(cases, experts, rules)
    if impossible:
        return Proposal(problems=tuple(impossible))
    seats = None
    for most in sorted({min(most, len(experts)) for most in LOOKED_AT}):
        seats = _Model(cases, experts, rules, Random(f"{seed}-{most}"), most).solve()
        if seats is not None:
            break
    if seats is None:
        everybody = _Model(cases, experts, rules, Random(seed), len(experts), is_elastic=True)
        seats, problems = everybody.solve_or_say()
        if problems:
            return Proposal(problems=tuple(problems))
    return Proposal(tuple(sorted(seats)), tuple(sorted(_heads(cases, seats, experts, seed).items())))


def _too_little_room(cases, experts, rules):
    """The one reason that concerns all cases at once: more seats than all experts together can take."""
    needed = sum(max(rules.size - len(case.seated), 0) for case in cases)
    room = sum(max(e.capacity - e.load, 0) for e in experts.values())
    if needed <= room:
        return []
    text = (
        f"全部 {len(cases)} 件申报还需 {needed} 件次评审，全部专家的余量合计只有 {room} 件次，还差 {needed - room} 件次"
    )
    return [Problem("room", text)]


def even_shares(experts: dict, seats: int) -> dict[int, float]:
    """The load each would end with if so many seats were shared out evenly, nobody above the most. By expert."""
    low, high = 0.0, float(max((max(e.capacity, e.load) for e in experts.values()), default=0))
    total = sum(e.load for e in experts.values()) + seats
    for _ in range(50):
        level = (low + high) / 2
        filled = sum(max(e.load, min(e.capacity, level)) for e in experts.values())
        low, high = (level, high) if filled < total else (low, level)
    return {key: max(e.load, min(e.capacity, high)) for key, e in experts.items()}


class _Model:
    """The constraints as rows over columns: a pair of case and expert each, and helpers."""

    def __init__(self, cases, experts, rules, dice, most, *, is_elastic=False):
        self.cases, self.experts, self.rules, self.dice, self.most = cases, experts, rules, dice, most
        self.is_elastic, self.slacks = is_elastic, []
        self.costs, self.upper, self.is_whole, self.pairs = [], [], [], []
        self.places, self.low, self.high = [], [], []
        self.by_expert = {key: [] for key in experts}
        for case in cases:
            self._add_case(case)
        self._add_loads()

    def _column(self, cost, upper=1.0, *, is_whole=False):
        self.costs.append(cost)
        self.upper.append(upper)
        self.is_whole.append(int(is_whole))
        return len(self.costs) - 1

    def _row(self, low, high, terms):
        row = len(self.low)
        self.low.append(low)
        self.high.append(high)
        self.places += [(row, column, factor) for column, factor in terms]

    def _at_least(self, needed, terms, said):
        """A rule of a case; where breaches are allowed, with a column that makes up what lacks."""
        if needed <= 0:
            return
        if self.is_elastic:
            slack = self._column(LACKING, np.inf)
            self.slacks.append((slack, said))
            terms = [*terms, (slack, 1.0)]
        self._row(needed, np.inf, terms)

    def _add_case(self, case):
        rules, seated = self.rules, [self.experts[k] for k in case.seated if k in self.experts]
        joins = {e.key: self._pair(case, e) for e in self._looked_at(case)}
        everybody = [(column, 1.0) for column in joins.values()]
        self._at_least(rules.size - len(seated), everybody, f"{case.number}：评审组人数")
        known = [(c, 1.0) for k, c in joins.items() if knows(self.experts[k].tags, case.industry)]
        there = sum(knows(e.tags, case.industry) for e in seated)
        self._at_least(rules.in_field - there, known, f"{case.number}：熟悉所属行业的专家")
        if case.head is None and not any(e.may_head for e in seated):
            heads = [(c, 1.0) for k, c in joins.items() if self.experts[k].may_head]
            self._at_least(1, heads, f"{case.number}：可任组长的专家")
        self._mix(rules.fields, joins, seated, lambda e: e.tags, f"{case.number}：专业领域数")
        self._mix(rules.districts, joins, seated, lambda e: [e.district or OUTSIDE], f"{case.number}：所在区数")

    def _pair(self, case, expert):
        column = self._column(1 + self.dice.random() * 0.02, is_whole=True)
        self.pairs.append((column, case.key, expert.key))
        self.by_expert[expert.key].append(column)
        return column

    def _looked_at(self, case):
        """The experts tried for a case: some who know the industry, then any."""
        barred = case.must_not | case.seated
        free = [e for e in self.experts.values() if e.key not in barred and e.load < e.capacity]
        if len(free) <= self.most:
            return free
        self.dice.shuffle(free)
        known = [e for e in free if knows(e.tags, case.industry)][: self.most // 3]
        others = [e for e in free if e not in known]
        return [*known, *others[: self.most - len(known)]]

    def _mix(self, needed, joins, seated, kinds_of, said):
        """At least so many kinds among the members. A helper column a kind is at most the members of that kind."""
        there = {kind for expert in seated for kind in kinds_of(expert)}
        if needed - len(there) <= (0 if seated else 1):  # one kind there always is
            return
        by_kind = {}
        for key, column in joins.items():
            for kind in kinds_of(self.experts[key]):
                if kind not in there:
                    by_kind.setdefault(kind, []).append(column)
        helpers = []
        for kind in sorted(by_kind):
            helper = self._column(0.0)
            self._row(0, np.inf, [(helper, -1.0), *((column, 1.0) for column in by_kind[kind])])
            helpers.append((helper, 1.0))
        self._at_least(needed - len(there), helpers, said)

    def _add_loads(self):
        seats = sum(max(self.rules.size - len(case.seated), 0) for case in self.cases)
        for key, share in even_shares(self.experts, seats).items():
            expert, columns = self.experts[key], self.by_expert[key]
            if not columns:
                continue
            terms = [(column, 1.0) for column in columns]
            room = expert.capacity - expert.load
            if len(columns) > room:
                self._row(0, room, terms)
            above, below = self._column(UNEVEN, np.inf), self._column(UNEVEN, np.inf)
            self._row(-np.inf, np.ceil(share - EPSILON) - expert.load, [*terms, (above, -1.0)])
            self._row(np.floor(share + EPSILON) - expert.load, np.inf, [*terms, (below, 1.0)])

    def _run(self, *, is_whole=True):
        if not self.costs:
            return np.array([])
        rows, columns, factors = zip(*self.places, strict=True) if self.places else ((), (), ())
        matrix = coo_array((factors, (rows, columns)), shape=(len(self.low), len(self.costs))).tocsr()
        found = milp(
            np.array(self.costs),
            integrality=np.array(self.is_whole) * is_whole,
            bounds=Bounds(0, np.array(self.upper)),
            constraints=LinearConstraint(matrix, self.low, self.high),
            options={"time_limit": PATIENCE, "mip_rel_gap": GAP},
        )
        return found.x

    def solve(self):
        """The new seats, or None where these experts do not suffice or no solution is found in time."""
        values = self._run()
        return None if values is None else self._seats(values)

    def _seats(self, values):
        return [(case, expert) for column, case, expert in self.pairs if values[column] > 0.5]

    def solve_or_say(self):
        """The new seats, and which rules of which cases give way when as few as possible do.

        Of many pairs, what lacks is looked for in fractions first, which is fast, and rounded up.
        """
        values = self._run(is_whole=len(self.pairs) <= FEW_PAIRS)
        if values is not None and not self._lacking(values):
            values = self._run()
        if values is None:
            return [], [Problem("unsolved", f"{PATIENCE} 秒内没有算出结果，请减少案件或放宽规则后再试。")]
        return self._seats(values), self._lacking(values)

    def _lacking(self, values):
        return [
            Problem("together", f"{said}还差 {ceil(values[column] - EPSILON)}（其余案件占用了专家的余量）")
            for column, said in self.slacks
            if values[column] > EPSILON
        ]


def _heads(cases, seats, experts, seed):
    """A head for each panel, those that have one keep theirs; as evenly as the panels allow."""
    members = {case.key: set(case.seated) for case in cases}
    for case, expert in seats:
        members[case].add(expert)
    dice, count, heads = Random(f"{seed}-heads"), dict.fromkeys(experts, 0), {}
    for case in cases:
        if case.head is not None:
            heads[case.key] = case.head
            count[case.head] = count.get(case.head, 0) + 1
    waiting = [case for case in cases if case.key not in heads]
    for case in sorted(waiting, key=lambda case: sum(experts[k].may_head for k in members[case.key] if k in experts)):
        able = sorted(k for k in members[case.key] if k in experts and experts[k].may_head)
        chosen = min(able, key=lambda k: (count[k], dice.random()))
        heads[case.key] = chosen
        count[chosen] += 1
    return heads
