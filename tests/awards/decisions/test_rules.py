from decimal import Decimal
from fractions import Fraction
from math import floor
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from awards.decisions.ranking import Case, Part, above_the_line, ranked, shortlist_places
from awards.decisions.voting import Choice, count, quorum_reached
from awards.programmes.rules import BY_RESULTS, BY_SPREAD, SHARED, TIE_RULES
from awards.rubric.scoring import mean_of, panel_score, sheet_total

MANY = settings(max_examples=150, deadline=None, database=None)

TOTALS = st.integers(0, 100_000).map(lambda cents: Decimal(cents) / 100)
CLOSE_TOTALS = st.sampled_from([Decimal(text) for text in ("700.00", "700.01", "700.02", "699.99")])
PANEL = st.lists(st.one_of(TOTALS, CLOSE_TOTALS), min_size=1, max_size=9).map(tuple)
PANELS = st.dictionaries(st.integers(1, 1000), PANEL, max_size=30)


def cents(amount):
    """A sum of points as a whole number of hundredths, by a way that knows no Decimal arithmetic."""
    return int(str(amount.quantize(Decimal("0.01"))).replace(".", ""))


def second_mean(totals):
    """Another way: whole hundredths in fractions, a half and more goes up."""
    exact = Fraction(sum(map(cents, totals)), len(totals))
    return floor(exact + Fraction(1, 2))


# --- ranking ------------------------------------------------------------------------------------------


@MANY
@given(PANEL)
def test_means_equal_a_second_implementation(totals):
    assert cents(mean_of(totals)) == second_mean(totals)


@pytest.mark.parametrize(
    ("totals", "mean"),
    [
        (("700.00",), "700.00"),
        (("700.00", "700.01"), "700.01"),
        (("700.00", "700.00", "700.01"), "700.00"),
        (("700.01", "700.01", "700.00"), "700.01"),
        (("0.00", "1000.00", "0.00"), "333.33"),
        (("999.99", "1000.00"), "1000.00"),
    ],
)
def test_means_are_rounded_half_up_to_a_hundredth(totals, mean):
    assert str(mean_of(tuple(map(Decimal, totals)))) == mean


def test_the_mean_of_percentages_is_rounded_alike():
    assert [str(mean_of(marks)) for marks in ((60, 70, 65), (50, 55, 55), (5,))] == ["65.00", "53.33", "5.00"]


def one_part(panels, trim_from=0):
    """Cases of an edition that has nothing but the independent review."""
    return [Case(key, (Part("资料评审", Fraction(1), tuple(totals), trim_from),)) for key, totals in panels.items()]


def half_up(value):
    return floor(value + Fraction(1, 2))


def drawn_case(dice, points, key, *, weight, trim_from):
    """One random case, and its score, results and spread by another way: whole hundredths and fractions."""
    marks = [[dice.randrange(60, 75, 5) for _ in points] for _ in range(dice.randint(3, 7))]
    exact = sorted(sum(p * m for p, m in zip(points, sheet, strict=True)) for sheet in marks)
    counted = exact[1:-1] if trim_from and len(exact) >= trim_from else exact
    mean, visit, results = half_up(Fraction(sum(counted), len(counted))), dice.randrange(0, 300, 100), dice.randrange(3)
    first = Part("资料评审", weight, tuple(sheet_total(points, sheet) for sheet in marks), trim_from)
    further = (Part("现场评审", 1 - weight, (Decimal(visit),)),) if weight < 1 else ()
    score = half_up(weight * mean + (1 - weight) * visit * 100)
    return Case(key, (first, *further), Decimal(results)), (score, results, exact[-1] - exact[0])


def test_ten_thousand_random_panels_are_scored_and_ranked_as_by_a_second_implementation():
    """From marks to places with trimming, weights and every tie rule: 2,000 rankings of 5 panels each."""
    dice = Random(20260318)
    points = [dice.randint(1, 80) for _ in range(6)]
    for turn in range(2000):
        rule = dice.choice(TIE_RULES)
        drawn = {
            "weight": dice.choice([Fraction(1), Fraction(2, 5), Fraction(1, 3)]),
            "trim_from": dice.choice([0, 3, 5]),
        }
        cases, worth = zip(*(drawn_case(dice, points, key, **drawn) for key in range(5)), strict=True)
        shuffled = dice.sample(cases, 5)

        found = [
            (p.key, p.place, cents(p.score), cents(p.spread), p.is_tied, p.is_parted) for p in ranked(shuffled, rule)
        ]

        tie = {SHARED: lambda w: 0, BY_RESULTS: lambda w: -w[1], BY_SPREAD: lambda w: w[2]}[rule]
        rank = [(-w[0], tie(w)) for w in worth]
        expected = [
            (
                key,
                1 + sum(other < rank[key] for other in rank),
                worth[key][0],
                worth[key][2],
                rank.count(rank[key]) > 1,
                any(score == rank[key][0] and (score, order) != rank[key] for score, order in rank),
            )
            for key in sorted(range(5), key=lambda key: (rank[key], key))
        ]
        assert found == expected, turn


def test_an_empty_panel_has_no_mean():
    with pytest.raises(ValueError, match="no submitted sheet"):
        mean_of(())
    with pytest.raises(ValueError, match="no submitted sheet"):
        ranked(one_part({1: (Decimal(700),), 2: ()}))


@pytest.mark.parametrize(
    ("totals", "trim_from", "dropped", "mean"),
    [
        (("700", "800", "600", "900", "100"), 5, ("100", "900"), "700.00"),
        (("700", "800", "600", "900"), 5, (), "750.00"),
        (("700", "700", "700"), 3, ("700", "700"), "700.00"),
        (("700", "100", "900"), 0, (), "566.67"),
    ],
)
def test_from_so_many_sheets_on_one_highest_and_one_lowest_are_left_out(totals, trim_from, dropped, mean):
    score = panel_score(tuple(map(Decimal, totals)), trim_from)

    assert (score.dropped, score.mean) == (tuple(map(Decimal, dropped)), Decimal(mean))


def test_weights_that_are_not_one_together_are_refused():
    parts = tuple(Part(label, Fraction(1, 3), (Decimal(700),)) for label in "甲乙")

    with pytest.raises(ValueError, match="add up to 1"):
        ranked([Case(1, parts)])


def test_a_tie_is_parted_only_by_the_editions_rule_and_what_is_still_equal_shares_its_place():
    def case(key, totals, results):
        return Case(key, (Part("资料评审", Fraction(1), tuple(map(Decimal, totals))),), Decimal(results))

    cases = [case(1, ("700", "700"), 250), case(2, ("650", "750"), 300), case(3, ("600", "800"), 250)]

    def placed(rule):
        return [(p.key, p.place, p.is_tied, p.is_parted) for p in ranked(cases, rule)]

    assert placed(SHARED) == [(1, 1, True, False), (2, 1, True, False), (3, 1, True, False)]
    assert placed(BY_RESULTS) == [(2, 1, False, True), (1, 2, True, True), (3, 2, True, True)]
    assert placed(BY_SPREAD) == [(1, 1, False, True), (2, 2, False, True), (3, 3, False, True)]


@MANY
@given(PANELS)
def test_places_ties_and_spreads_equal_a_second_implementation(panels):
    means = {key: second_mean(totals) for key, totals in panels.items()}
    groups = sorted(set(means.values()), reverse=True)
    expected, place = [], 1
    for mean in groups:
        group = sorted(key for key in panels if means[key] == mean)
        for key in group:
            spread = max(map(cents, panels[key])) - min(map(cents, panels[key]))
            expected.append((key, place, mean, spread, len(group) > 1))
        place += len(group)

    found = [(p.key, p.place, cents(p.score), cents(p.spread), p.is_tied) for p in ranked(one_part(panels))]

    assert found == expected


@MANY
@given(PANELS, st.randoms(use_true_random=False))
def test_the_order_things_are_handed_in_does_not_matter(panels, dice):
    pairs = list(panels.items())
    dice.shuffle(pairs)

    assert ranked(one_part(dict(pairs))) == ranked(one_part(panels))


@MANY
@given(PANELS, st.integers(1, 20), st.one_of(TOTALS, CLOSE_TOTALS))
def test_the_line_takes_whoever_fewer_than_the_places_are_better_than_and_who_reaches_the_threshold(
    panels, places, threshold
):
    means = {key: second_mean(totals) for key, totals in panels.items()}
    expected = {
        key
        for key, mean in means.items()
        if sum(other > mean for other in means.values()) < places and mean >= cents(threshold)
    }

    assert above_the_line(ranked(one_part(panels)), places, threshold) == expected


def test_a_tie_on_the_line_takes_all_of_the_tied():
    placings = ranked(one_part({1: (Decimal(800),), 2: (Decimal(700),), 3: (Decimal(700),), 4: (Decimal(600),)}))

    assert above_the_line(placings, 2, Decimal(0)) == {1, 2, 3}


def test_the_threshold_is_reached_by_equality():
    placings = ranked(one_part({1: (Decimal("500.00"),), 2: (Decimal("499.99"),)}))

    assert above_the_line(placings, 10, Decimal(500)) == {1}


@pytest.mark.parametrize(
    ("quota", "ratio", "places"), [(10, "3/2", 15), (3, "3/2", 5), (1, "3/2", 2), (7, "4/3", 10), (10, "1", 10)]
)
def test_the_shortlist_has_the_quota_times_the_ratio_rounded_up(quota, ratio, places):
    assert shortlist_places(quota, Fraction(ratio)) == places


# --- voting -------------------------------------------------------------------------------------------

SHARES = st.sampled_from([Fraction(1, 2), Fraction(2, 3), Fraction(3, 5), Fraction(3, 4), Fraction(1)])


@pytest.mark.parametrize(
    ("attending", "members", "quorum", "reached"),
    [
        (12, 17, "2/3", True),
        (11, 17, "2/3", False),
        (12, 18, "2/3", True),
        (11, 18, "2/3", False),
        (1, 1, "1", True),
        (16, 17, "1", False),
        (0, 3, "1/3", False),
    ],
)
def test_the_quorum_is_rounded_up(attending, members, quorum, reached):
    assert quorum_reached(attending, members, Fraction(quorum)) is reached


@MANY
@given(st.integers(0, 40), st.integers(1, 40), SHARES)
def test_the_quorum_equals_a_second_implementation(attending, members, quorum):
    expected = attending * quorum.denominator >= members * quorum.numerator

    assert quorum_reached(attending, members, quorum) is expected


@st.composite
def votes(draw):
    candidates = draw(st.lists(st.integers(1, 500), unique=True, max_size=12))
    attending = draw(st.integers(1, 17))
    choose = st.lists(st.sampled_from(candidates), unique=True) if candidates else st.just([])
    wishes = [draw(choose) for _ in range(attending)]
    recused = {c: set(draw(st.lists(st.integers(0, attending - 1), max_size=3))) for c in candidates}
    ballots = [[c for c in wish if voter not in recused[c]] for voter, wish in enumerate(wishes)]
    return (
        candidates,
        ballots,
        {
            "attending": attending,
            "recused": {c: len(voters) for c, voters in recused.items() if voters},
            "share": draw(SHARES),
            "quota": draw(st.integers(0, 12)),
        },
    )


def slips(ballots):
    """Approvals as slips."""
    return [(candidate, Choice.FOR) for ballot in ballots for candidate in ballot]


def second_count(candidates, ballots, *, attending, recused, share, quota):
    """Another way: whole-number inequalities, and the quota line drawn candidate by candidate."""
    yes = {c: sum(c in ballot for ballot in ballots) for c in candidates}
    base = {c: attending - recused.get(c, 0) for c in candidates}
    passed = {c for c in candidates if yes[c] > 0 and yes[c] * share.denominator >= base[c] * share.numerator}
    proposed = {c for c in passed if sum(yes[other] >= yes[c] for other in passed) <= quota}
    return {c: (yes[c], base[c], c in passed, c in proposed) for c in candidates}


@MANY
@given(votes())
def test_votes_equal_a_second_implementation(vote):
    candidates, ballots, rules = vote

    outcomes = count(candidates, slips(ballots), **rules)

    found = {o.candidate: (o.yes, o.base, o.passed, o.proposed) for o in outcomes}
    assert found == second_count(candidates, ballots, **rules)
    assert [o.candidate for o in outcomes] == candidates


@MANY
@given(votes(), st.randoms(use_true_random=False))
def test_the_order_of_the_ballots_does_not_matter(vote, dice):
    candidates, ballots, rules = vote
    shuffled = list(ballots)
    dice.shuffle(shuffled)

    assert count(candidates, slips(shuffled), **rules) == count(candidates, slips(ballots), **rules)


@MANY
@given(votes())
def test_the_quota_is_never_exceeded_and_nobody_is_proposed_who_did_not_pass(vote):
    candidates, ballots, rules = vote

    outcomes = count(candidates, slips(ballots), **rules)

    assert sum(o.proposed for o in outcomes) <= rules["quota"]
    assert [o for o in outcomes if o.proposed and not o.passed] == []
    assert [o for o in outcomes if o.is_cut != (o.passed and not o.proposed)] == []


@MANY
@given(votes())
def test_whoever_is_proposed_has_more_votes_than_whoever_passed_and_is_not(vote):
    candidates, ballots, rules = vote

    outcomes = count(candidates, slips(ballots), **rules)

    worst_in = min((o.yes for o in outcomes if o.proposed), default=10**6)
    best_out = max((o.yes for o in outcomes if o.is_cut), default=-1)
    assert worst_in > best_out


def proposed(candidates, ballots, **changes):
    rules = {"attending": len(ballots), "recused": {}, "share": Fraction(2, 3), "quota": 2} | changes
    return [o.candidate for o in count(candidates, slips(ballots), **rules) if o.proposed]


def test_a_tie_on_the_line_takes_nobody_of_the_tied():
    assert proposed([1, 2, 3], [[1, 2], [1, 3], [1, 2, 3], [2, 3]], share=Fraction(1, 2)) == []
    assert proposed([1, 2, 3], [[1, 2, 3], [1, 2, 3], [1]]) == [1]


def test_places_stay_vacant_when_too_few_pass():
    assert proposed([1, 2, 3], [[1], [1], [1]], quota=3) == [1]
    assert proposed([1, 2], [[], [], []]) == []


def test_recusals_make_the_base_smaller():
    outcomes = count([1], slips([[1], [1], []]), attending=4, recused={1: 1}, share=Fraction(2, 3), quota=1)

    assert [(o.yes, o.base, o.needed, o.passed) for o in outcomes] == [(2, 3, 2, True)]


def test_somebody_all_are_recused_on_cannot_pass_without_a_vote():
    outcomes = count([1], slips([[]]), attending=1, recused={1: 1}, share=Fraction(2, 3), quota=1)

    assert [(o.base, o.needed, o.passed) for o in outcomes] == [(0, 1, False)]
