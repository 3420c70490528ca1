from awards.models import Certificate, Honour
from awards.process import State
from enterprises.audit.queries import broken_row
from tests import given


def test_a_season_walks_from_call_to_certificate_and_the_trail_holds(db):
    season = given.walk_to("certified", firms=3)

    assert {a.state for a in season.applications} == {State.HONOURED}
    assert Honour.objects.filter(resolution=season.resolution).count() == 3
    assert sorted(Certificate.objects.values_list("sequence", "state")) == [(1, "drawn"), (2, "drawn"), (3, "drawn")]
    assert broken_row() is None
