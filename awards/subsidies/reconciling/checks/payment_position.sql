-- Where the books say that a payment's money is, is where its state says. Reversed bookings cancel out.
WITH books AS (
    SELECT disbursement_id,
           coalesce(sum(amount) FILTER (WHERE account = 'available'), 0.00) AS available,
           coalesce(sum(amount) FILTER (WHERE account = 'committed'), 0.00) AS committed,
           coalesce(sum(amount) FILTER (WHERE account = 'in_transit'), 0.00) AS in_transit,
           coalesce(sum(amount) FILTER (WHERE account IN ('paid', 'clawback', 'recovered', 'reduced')), 0.00) AS paid
    FROM awards_ledgerentry
    WHERE disbursement_id IS NOT NULL
    GROUP BY disbursement_id
), both_sides AS (
    SELECT d.id, d.reference, d.account_id,
           CASE WHEN d.state IN ('approved', 'sending', 'sent', 'paid') THEN -d.amount ELSE 0.00 END AS available_due,
           CASE WHEN d.state = 'approved' THEN d.amount ELSE 0.00 END AS committed_due,
           CASE WHEN d.state IN ('sending', 'sent') THEN d.amount ELSE 0.00 END AS in_transit_due,
           CASE WHEN d.state = 'paid' THEN d.amount ELSE 0.00 END AS paid_due,
           coalesce(b.available, 0.00) AS available,
           coalesce(b.committed, 0.00) AS committed,
           coalesce(b.in_transit, 0.00) AS in_transit,
           coalesce(b.paid, 0.00) AS paid
    FROM awards_disbursement d
    LEFT JOIN books b ON b.disbursement_id = d.id
)
SELECT 'awards.disbursement', s.id, format('%s（支付流水号 %s）', a.holder, s.reference),
       format('可用 %s，待付 %s，在途 %s，已拨付 %s', available_due, committed_due, in_transit_due, paid_due),
       format('可用 %s，待付 %s，在途 %s，已拨付 %s', available, committed, in_transit, paid)
FROM both_sides s
JOIN enterprises_bankaccount a ON a.id = s.account_id
WHERE (available, committed, in_transit, paid) <> (available_due, committed_due, in_transit_due, paid_due)
ORDER BY s.id
