-- What is owed back and what has come back are the same in the clawback, its recoveries and the books.
WITH recoveries AS (
    SELECT clawback_id, sum(amount) AS amount FROM awards_recovery GROUP BY clawback_id
), books AS (
    SELECT disbursement_id,
           coalesce(sum(amount) FILTER (WHERE account = 'clawback'), 0.00) AS outstanding,
           coalesce(sum(amount) FILTER (WHERE account = 'recovered'), 0.00) AS recovered
    FROM awards_ledgerentry
    WHERE account IN ('clawback', 'recovered') AND disbursement_id IS NOT NULL
    GROUP BY disbursement_id
)
SELECT CASE WHEN c.id IS NULL THEN 'awards.disbursement' ELSE 'awards.clawback' END, coalesce(c.id, d.id),
       format('%s（支付流水号 %s）', a.holder, d.reference),
       format('应追回 %s，已追回 %s（登记 %s）', coalesce(c.owed, 0.00), coalesce(c.received, 0.00),
              coalesce(r.amount, 0.00)),
       format('台账尚欠 %s，已追回 %s', coalesce(b.outstanding, 0.00), coalesce(b.recovered, 0.00))
FROM awards_disbursement d
JOIN enterprises_bankaccount a ON a.id = d.account_id
LEFT JOIN awards_clawback c ON c.disbursement_id = d.id
LEFT JOIN recoveries r ON r.clawback_id = c.id
LEFT JOIN books b ON b.disbursement_id = d.id
WHERE (c.id IS NOT NULL OR b.disbursement_id IS NOT NULL)
  AND (coalesce(c.received, 0) <> coalesce(r.amount, 0)
       OR coalesce(b.recovered, 0) <> coalesce(c.received, 0)
       OR coalesce(b.outstanding, 0) <> coalesce(c.owed, 0) - coalesce(c.received, 0)
       OR c.owed > d.amount)
ORDER BY d.id
