from datetime import datetime, timedelta

from awards.rehearsal import books, revoking, season, settling


def test_a_season_is_over_by_its_last_day_so_that_nothing_of_it_lies_ahead():
    month, day = season.LAST_DAY
    over, starts = datetime(2026, month, day), {name: datetime(2026, *when) for name, when in season.DAYS.items()}
    after = [books.LATER, revoking.CAME_BACK, revoking.DECIDED, settling.ARRIVED]

    assert max(starts.values()) == starts["answer"]
    assert max(starts["answer"] + timedelta(**shift) for shift in after) < over
