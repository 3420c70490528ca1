from awards.reviews.conflicts import Judge, conflicts


def found(employer="某大学", organisations=()):
    judge = Judge("专家甲", employer, frozenset(organisations))
    return [problem.code for problem in conflicts(judge, 7, "佛山市某某机械有限公司")]


def test_a_stranger_to_the_applicant_has_no_known_conflict():
    assert found() == []
    assert found(organisations={8, 9}) == []


def test_nobody_judges_the_own_employer_however_it_is_typed():
    assert found("佛山市某某机械有限公司") == ["employer"]
    assert found("　佛山市某某机械有限公司 ") == ["employer"]


def test_nobody_judges_an_organisation_they_belong_to_on_the_portal():
    assert found(organisations={7}) == ["member"]


def test_every_conflict_is_named():
    assert found("佛山市某某机械有限公司", {7}) == ["employer", "member"]
