-- What a budget has reserved is the sum of its payments approved, under way and paid, and the same in the books.
WITH orders AS (
    SELECT budget_id, sum(amount) AS amount
    FROM awards_disbursement
    WHERE state IN ('approved', 'sending', 'sent', 'paid')
    GROUP BY budget_id
), books AS (
    SELECT budget_id, sum(amount) AS amount
    FROM awards_ledgerentry
    WHERE account IN ('committed', 'in_transit', 'paid', 'clawback', 'recovered', 'reduced')
    GROUP BY budget_id
)
SELECT 'awards.budget', b.id, format('%s年%s', b.year, b.fund),
       format('拨付单合计 %s，台账合计 %s', coalesce(o.amount, 0.00), coalesce(l.amount, 0.00)),
       format('已占用 %s', b.reserved)
FROM awards_budget b
LEFT JOIN orders o ON o.budget_id = b.id
LEFT JOIN books l ON l.budget_id = b.id
WHERE b.reserved <> coalesce(o.amount, 0) OR b.reserved <> coalesce(l.amount, 0)
ORDER BY b.id
