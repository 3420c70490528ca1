"""What the pages of a consensus cost, and that it is the same for a panel of one as of three."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from awards.consensus import actions as agreeing
from foshan_quality.lib import clock
from tests import phases
from tests.desk import office, record_url


def asked(user, url):
    """How many queries a page takes that its reader has opened before; the test's own savepoints left out."""
    client = office(user)
    client.get(url)
    with CaptureQueriesContext(connection) as queries:
        assert client.get(url).status_code == 200
    return sum("SAVEPOINT" not in query["sql"] for query in queries)


@pytest.mark.parametrize("experts", [1, 3])
def test_the_pages_of_a_consensus_ask_the_database_as_often_for_one_expert_as_for_three(db, experts):
    season = phases.scored(experts=experts, rules={"experts_per_application": str(experts)})
    consensus = phases.talking(season)
    head, secretary, page = phases.head_of(consensus.application), season.secretary, record_url(consensus)

    with clock.at(phases.TALK):
        opened = [asked(head, page), asked(head, page.replace("change", "table")), asked(secretary, page)]
        saved = agreeing.save_items(consensus, by=head, items=phases.DISCUSSED, version=0)
        agreeing.close(consensus, by=head, version=saved.version)
        closed = [asked(head, page), asked(season.experts[-1], page), asked(secretary, page)]

    assert (opened, closed) == ([12, 8, 11], [11, 11, 12])
