"""Whether a run did damage, asked of the tables in plain SQL and of the treasury; nothing of the portal is used."""

from collections import Counter

import psycopg

TOLD = """CREATE TEMPORARY TABLE told ON COMMIT DROP AS
SELECT * FROM unnest(%s::uuid[], %s::numeric[], %s::boolean[]) AS t (reference, amount, paid)"""
# What each question finds, in order: the verdict it counts for, and rows that are damage.
QUESTIONS = [
    (
        "double",
        """SELECT d.entitlement_id FROM told t JOIN awards_disbursement d USING (reference) WHERE t.paid
           GROUP BY 1 HAVING count(*) > 1""",
    ),
    (
        "double",
        """SELECT d.entitlement_id FROM awards_ledgertransaction b
           JOIN awards_disbursement d ON b.source = 'disbursement:' || d.id || ':settle'
           WHERE d.budget_id = %(budget)s GROUP BY 1 HAVING count(*) > 1""",
    ),
    (
        "double",
        """SELECT e.disbursement_id FROM awards_ledgerentry e WHERE e.budget_id = %(budget)s AND e.account = 'paid'
           GROUP BY 1 HAVING count(*) > 1""",
    ),
    (
        "lost",
        """SELECT e FROM unnest(%(entitlements)s::bigint[]) e WHERE NOT EXISTS (
             SELECT 1 FROM told t JOIN awards_disbursement d USING (reference)
             WHERE t.paid AND d.entitlement_id = e)""",
    ),
    (
        "lost",
        """SELECT t.reference FROM told t LEFT JOIN awards_disbursement d USING (reference)
           WHERE d.id IS NULL OR d.amount <> t.amount OR d.state <> CASE WHEN t.paid THEN 'paid' ELSE 'returned' END""",
    ),
    (
        "lost",
        """SELECT d.id FROM awards_disbursement d WHERE d.budget_id = %(budget)s
           AND (d.state NOT IN ('paid', 'returned', 'cancelled')
             OR d.state <> 'cancelled' AND NOT EXISTS (SELECT 1 FROM told t WHERE t.reference = d.reference))""",
    ),
    (
        "lost",
        """SELECT b.id FROM awards_paymentbatch b WHERE NOT b.number = ANY(%(numbers)s)
           AND EXISTS (SELECT 1 FROM awards_disbursement d WHERE d.batch_id = b.id AND d.budget_id = %(budget)s)""",
    ),
    (
        "single_person",
        """SELECT d.id FROM awards_disbursement d WHERE d.budget_id = %(budget)s AND d.state <> 'cancelled'
           AND (d.approved_by_id IS NULL OR d.approved_by_id = d.prepared_by_id
             OR NOT EXISTS (
               SELECT 1 FROM enterprises_auditevent p JOIN enterprises_auditevent a
                 ON a.target_type = p.target_type AND a.target_id = p.target_id AND a.actor_id <> p.actor_id
               WHERE p.target_type = 'awards.disbursement' AND p.target_id = d.id::text
                 AND p.verb = 'prepare_disbursement' AND a.verb = 'approve'))""",
    ),
    ("unbalanced", "SELECT 1 FROM awards_ledgerentry HAVING sum(amount) <> 0"),
    (
        "unbalanced",
        """SELECT transaction_id FROM awards_ledgerentry WHERE budget_id = %(budget)s
           GROUP BY 1 HAVING sum(amount) <> 0 OR count(*) < 2""",
    ),
    (
        "unbalanced",
        """SELECT b.id FROM awards_budget b WHERE b.id = %(budget)s AND b.reserved <> (
             SELECT coalesce(sum(amount), 0) FROM awards_disbursement d
             WHERE d.budget_id = b.id AND d.state IN ('approved', 'sending', 'sent', 'paid'))""",
    ),
    (
        "unbalanced",
        """WITH held AS (
             SELECT sum(amount) FILTER (WHERE state = 'approved') AS committed,
               sum(amount) FILTER (WHERE state IN ('sending', 'sent')) AS in_transit,
               sum(amount) FILTER (WHERE state = 'paid') AS paid
             FROM awards_disbursement WHERE budget_id = %(budget)s),
           expected AS (
             SELECT v.account, coalesce(v.amount, 0) AS amount FROM held, LATERAL (VALUES
               ('committed', held.committed), ('in_transit', held.in_transit), ('paid', held.paid)) v (account, amount)
             UNION ALL SELECT 'available', total - reserved FROM awards_budget WHERE id = %(budget)s
             UNION ALL SELECT 'appropriation', -total FROM awards_budget WHERE id = %(budget)s),
           booked AS (
             SELECT account, sum(amount) AS amount FROM awards_ledgerentry WHERE budget_id = %(budget)s GROUP BY 1)
           SELECT account FROM expected FULL JOIN booked USING (account)
           WHERE coalesce(expected.amount, 0) <> coalesce(booked.amount, 0)""",
    ),
]
VERDICTS = ["double", "lost", "single_person", "unbalanced"]


def damage(url, done, numbers, *, budget, entitlements):
    """What is wrong after a run: {verdict: how much}, and the findings in words.

    `done` is what the treasury did, as (reference, amount, whether paid), and `numbers` the batch number of each
    file it took in.
    """
    found, said = Counter(), []
    facts = {"budget": budget, "entitlements": entitlements, "numbers": numbers}
    with psycopg.connect(url) as connection, connection.transaction():
        connection.execute(TOLD, [list(column) for column in zip(*done, strict=True)] or [[], [], []])
        for verdict, question in QUESTIONS:
            answers = connection.execute(question, facts).fetchall()
            found[verdict] += len(answers)
            said += [f"{verdict}: {' '.join(question.split())[:90]}… → {row}" for row in answers]
    for number, count in Counter(numbers).items():
        found["double"] += count > 1
        said += [f"double: {count} files under batch {number}"] if count > 1 else []
    return {verdict: found[verdict] for verdict in VERDICTS}, said


def paid_twice(url, done):
    """The entitlements paid more than once over all runs: what came late, too."""
    with psycopg.connect(url) as connection, connection.transaction():
        connection.execute(TOLD, [list(column) for column in zip(*done, strict=True)] or [[], [], []])
        return len(connection.execute(QUESTIONS[0][1]).fetchall())
