"""Whether a run did damage, asked of the tables in plain SQL and of the treasury; nothing of the portal is used."""

from collections import Counter

import psycopg

TOLD = """CREATE TEMPORARY TABLE told ON COMMIT DROP AS
SELECT * FROM unnest(%s::uuid[], %s::numeric[], %s::boolean[]) AS t (reference, amount, paid)"""
CAME_BACK = """CREATE TEMPORARY TABLE came_back ON COMMIT DROP AS
SELECT * FROM unnest(%s::text[], %s::numeric[]) AS t (voucher, amount)"""
# What each question finds, in order: the verdict it counts for, and rows that are damage.
QUESTIONS = [
    (
        "double",
        """SELECT d.entitlement_id FROM told t JOIN awards_disbursement d USING (reference) WHERE t.paid
           GROUP BY d.entitlement_id, d.instalment_id HAVING count(*) > 1
           UNION
           SELECT d.entitlement_id FROM told t JOIN awards_disbursement d USING (reference)
           JOIN awards_entitlement e ON e.id = d.entitlement_id WHERE t.paid
           GROUP BY d.entitlement_id, e.amount HAVING sum(t.amount) > e.amount""",
    ),
    (
        "double",
        """SELECT d.entitlement_id FROM awards_ledgertransaction b
           JOIN awards_disbursement d ON b.source = 'disbursement:' || d.id || ':settle'
           WHERE d.budget_id = %(budget)s GROUP BY d.entitlement_id, d.instalment_id HAVING count(*) > 1""",
    ),
    (
        "double",
        """SELECT e.disbursement_id FROM awards_ledgerentry e
           WHERE e.budget_id = %(budget)s AND e.account = 'paid' AND e.amount > 0 GROUP BY 1 HAVING count(*) > 1""",
    ),
    (
        "double",
        """SELECT v.voucher FROM came_back v JOIN awards_recovery r USING (voucher)
           JOIN awards_clawback c ON c.id = r.clawback_id JOIN awards_ledgerentry e
             ON e.disbursement_id = c.disbursement_id AND e.account = 'recovered'
           GROUP BY v.voucher, v.amount HAVING sum(e.amount) > v.amount OR count(DISTINCT r.id) > 1""",
    ),
    (
        "double",
        """SELECT m FROM unnest(%(mistakes)s::bigint[]) m
           JOIN awards_ledgertransaction t ON t.reverses_id = m GROUP BY m HAVING count(*) > 1""",
    ),
    (
        "lost",
        """SELECT e.id FROM awards_entitlement e WHERE e.id = ANY(%(entitlements)s) AND e.amount > (
             SELECT coalesce(sum(t.amount), 0) FROM told t JOIN awards_disbursement d USING (reference)
             WHERE t.paid AND d.entitlement_id = e.id)""",
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
        "lost",
        """SELECT v.voucher FROM came_back v WHERE v.amount > (
             SELECT coalesce(sum(e.amount), 0) FROM awards_recovery r JOIN awards_clawback c ON c.id = r.clawback_id
             JOIN awards_ledgerentry e ON e.disbursement_id = c.disbursement_id AND e.account = 'recovered'
             WHERE r.voucher = v.voucher)""",
    ),
    (
        "lost",
        """SELECT m FROM unnest(%(mistakes)s::bigint[]) m
           WHERE NOT EXISTS (SELECT 1 FROM awards_ledgertransaction t WHERE t.reverses_id = m)""",
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
    (
        "single_person",
        """SELECT r.id FROM awards_recovery r JOIN awards_clawback c ON c.id = r.clawback_id
           JOIN awards_disbursement d ON d.id = c.disbursement_id LEFT JOIN awards_clawbackentry e ON e.id = r.entry_id
           WHERE d.budget_id = %(budget)s AND (e.confirmed_by_id IS NULL OR e.confirmed_by_id = e.entered_by_id
             OR NOT EXISTS (
               SELECT 1 FROM enterprises_auditevent p JOIN enterprises_auditevent a ON a.actor_id <> p.actor_id
               WHERE p.target_type = 'awards.clawback' AND p.target_id = c.id::text AND p.verb = 'enter_clawback_entry'
                 AND a.target_type = 'awards.clawbackentry' AND a.target_id = e.id::text
                 AND a.verb = 'confirm_clawback_entry'))""",
    ),
    (
        "single_person",
        """SELECT t.id FROM awards_ledgertransaction t LEFT JOIN awards_reversal r ON r.booked_id = t.id
           WHERE t.reverses_id = ANY(%(mistakes)s)
           AND (r.confirmed_by_id IS NULL OR r.confirmed_by_id = r.proposed_by_id
             OR NOT EXISTS (
               SELECT 1 FROM enterprises_auditevent p JOIN enterprises_auditevent a
                 ON a.target_type = p.target_type AND a.target_id = p.target_id AND a.actor_id <> p.actor_id
               WHERE p.target_type = 'awards.reversal' AND p.target_id = r.id::text
                 AND p.verb = 'propose_reversal' AND a.verb = 'confirm_reversal'))""",
    ),
    (
        "single_person",
        """SELECT f.id FROM awards_resultfile f JOIN enterprises_user u ON u.id = f.read_by_id
           WHERE f.state = 'booked' AND f.closed_by_id = f.read_by_id AND u.email <> 'robot@portal.invalid'
           AND EXISTS (SELECT 1 FROM awards_resultline l JOIN awards_disbursement d ON d.id = l.payment_id
                       WHERE l.file_id = f.id AND d.budget_id = %(budget)s)""",
    ),
    ("unbalanced", "SELECT 1 FROM awards_ledgerentry HAVING sum(amount) <> 0"),
    (
        "unbalanced",
        """SELECT transaction_id FROM awards_ledgerentry WHERE budget_id = %(budget)s
           GROUP BY 1 HAVING sum(amount) <> 0 OR count(*) < 2""",
    ),
    (
        "unbalanced",
        """SELECT b.id FROM awards_budget b WHERE b.id = %(budget)s AND (b.total <> %(total)s OR b.reserved <> (
             SELECT coalesce(sum(amount), 0) FROM awards_disbursement d
             WHERE d.budget_id = b.id AND d.state IN ('approved', 'sending', 'sent', 'paid')))""",
    ),
    (
        "unbalanced",
        """WITH held AS (
             SELECT sum(amount) FILTER (WHERE state = 'approved') AS committed,
               sum(amount) FILTER (WHERE state IN ('sending', 'sent')) AS in_transit,
               sum(amount) FILTER (WHERE state = 'paid') AS paid
             FROM awards_disbursement WHERE budget_id = %(budget)s),
           owed AS (
             SELECT coalesce(sum(c.owed), 0) AS owed, coalesce(sum(c.reduced), 0) AS reduced,
               (SELECT coalesce(sum(amount), 0) FROM came_back) AS recovered
             FROM awards_clawback c JOIN awards_disbursement d ON d.id = c.disbursement_id
             WHERE d.budget_id = %(budget)s),
           expected AS (
             SELECT v.account, coalesce(v.amount, 0) AS amount FROM held, owed, LATERAL (VALUES
               ('committed', held.committed), ('in_transit', held.in_transit), ('paid', held.paid - owed.owed),
               ('clawback', owed.owed - owed.recovered - owed.reduced), ('recovered', owed.recovered),
               ('reduced', owed.reduced)) v (account, amount)
             UNION ALL SELECT 'available', %(total)s - reserved FROM awards_budget WHERE id = %(budget)s
             UNION ALL SELECT 'appropriation', -%(total)s),
           booked AS (
             SELECT account, sum(amount) AS amount FROM awards_ledgerentry WHERE budget_id = %(budget)s GROUP BY 1)
           SELECT account FROM expected FULL JOIN booked USING (account)
           WHERE coalesce(expected.amount, 0) <> coalesce(booked.amount, 0)""",
    ),
]
VERDICTS = ["double", "lost", "single_person", "unbalanced"]


def damage(url, *, done, numbers, budget, total, entitlements, vouchers=None, mistakes=()):
    """What is wrong after a run: {verdict: how much}, and the findings in words.

    `done` is what the treasury did, as (reference, amount, whether paid), and `numbers` the batch number of each
    file it took in. `budget` was given `total` yuan, for these `entitlements` alone. `vouchers` are what came back of
    revoked honours, {number: yuan}; `mistakes` the bookings that were to be reversed.
    """
    found, said = Counter(), []
    facts = {"budget": budget, "total": total, "entitlements": entitlements, "numbers": numbers}
    facts["mistakes"] = list(mistakes)
    with psycopg.connect(url) as connection, connection.transaction():
        _tell(connection, TOLD, done, 3)
        _tell(connection, CAME_BACK, (vouchers or {}).items(), 2)
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
        _tell(connection, TOLD, done, 3)
        return len(connection.execute(QUESTIONS[0][1]).fetchall())


def _tell(connection, table, rows, columns):
    connection.execute(table, [list(column) for column in zip(*rows, strict=True)] or [[]] * columns)
