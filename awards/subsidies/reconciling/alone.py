"""What one person alone has booked, for the auditor: no difference, and nothing is stopped by it."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from django.db import connection

SHOWN = 100
# Budgets rest on a document that one person enters; answers of the treasury handed in and booked by one person were
# possible once. What was taken back by a reversal went through two.
BOOKED_ALONE = """
WITH robot AS (SELECT user_id FROM enterprises_rolegrant WHERE role = 'robot'),
answered AS (
    SELECT format('disbursement:%%s:%%s', l.payment_id, CASE l.outcome WHEN 'settled' THEN 'settle' ELSE 'bounce' END)
    FROM awards_resultfile f JOIN awards_resultline l ON l.file_id = f.id
    WHERE f.state = 'booked' AND f.closed_by_id = f.read_by_id AND l.outcome IN ('settled', 'returned')
)
SELECT t.id, t.booked_at, u.name, t.memo, sum(e.amount) FILTER (WHERE e.amount > 0), count(*) OVER ()
FROM awards_ledgertransaction t
JOIN enterprises_user u ON u.id = t.booked_by_id
JOIN awards_ledgerentry e ON e.transaction_id = t.id
WHERE t.booked_at <= %s AND t.reverses_id IS NULL AND t.booked_by_id NOT IN (SELECT user_id FROM robot)
  AND (t.source LIKE 'budget:%%' OR t.source IN (SELECT * FROM answered))
GROUP BY t.id, u.name
ORDER BY t.id DESC
LIMIT %s
"""


@dataclass(frozen=True)
class Alone:
    """One booking in which nobody else had a hand: its key, moment, person, words and sum in yuan."""

    key: int
    booked_at: datetime
    person: str
    memo: str
    amount: Decimal


def booked_alone(until: datetime) -> tuple[list[Alone], int]:
    """The newest bookings of one person alone up to a moment, and how many there are of them in all. One query."""
    with connection.cursor() as cursor:
        cursor.execute(BOOKED_ALONE, [until, SHOWN])
        found = cursor.fetchall()
    return [Alone(*row[:-1]) for row in found], found[0][-1] if found else 0
