-- What is owed back and what has come back are the same in the clawback, its recoveries and the books.
WITH recoveries AS (
    SELECT clawback_id, sum(amount) AS amount FROM awards_recovery GROUP BY clawback_id
), books AS (
    SELECT disbursement_id,
           coalesce(sum(amount) FILTER (WHERE account = 'clawback'), 0.00) AS outstanding,
           coalesce(sum(amount) FILTER (WHERE account = 'recovered'), 0.00) AS recovered,
           coalesce(sum(amount) FILTER (WHERE account = 'reduced'), 0.00) AS reduced
    FROM awards_ledgerentry
    WHERE account IN ('clawback', 'recovered', 'reduced') AND disbursement_id IS NOT NULL
    GROUP BY disbursement_id
), sides AS (
    SELECT d.id, d.reference, d.account_id, d.amount, c.id AS clawback_id,
           coalesce(c.owed, 0.00) AS owed,
           coalesce(c.received, 0.00) AS received,
           coalesce(c.reduced, 0.00) AS let_off,
           coalesce(r.amount, 0.00) AS vouchers,
           coalesce(b.outstanding, 0.00) AS outstanding,
           coalesce(b.recovered, 0.00) AS recovered,
           coalesce(b.reduced, 0.00) AS reduced
    FROM awards_disbursement d
    LEFT JOIN awards_clawback c ON c.disbursement_id = d.id
    LEFT JOIN recoveries r ON r.clawback_id = c.id
    LEFT JOIN books b ON b.disbursement_id = d.id
    WHERE c.id IS NOT NULL OR b.disbursement_id IS NOT NULL
)
SELECT CASE WHEN clawback_id IS NULL THEN 'awards.disbursement' ELSE 'awards.clawback' END, coalesce(clawback_id, s.id),
       format('%s（支付流水号 %s）', a.holder, s.reference),
       format('应追回 %s，已追回 %s（凭证合计 %s），减免 %s', owed, received, vouchers, let_off),
       format('台账尚欠 %s，已追回 %s，减免 %s', outstanding, recovered, reduced)
FROM sides s
JOIN enterprises_bankaccount a ON a.id = s.account_id
WHERE (vouchers, recovered, reduced, outstanding) <> (received, received, let_off, owed - received - let_off)
   OR owed > amount
ORDER BY s.id
