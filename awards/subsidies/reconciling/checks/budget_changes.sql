-- Every change of a budget is booked with its sum, and every booking of a change has its change.
WITH booked AS (
    SELECT t.id, t.memo, t.source, split_part(t.source, ':', 4) AS change_id, -sum(e.amount) AS amount
    FROM awards_ledgertransaction t
    JOIN awards_ledgerentry e ON e.transaction_id = t.id AND e.account = 'appropriation'
    WHERE t.source LIKE 'budget:%:change:%'
    GROUP BY t.id
)
SELECT CASE WHEN c.id IS NULL THEN 'awards.ledgertransaction' ELSE 'awards.budget' END, coalesce(c.budget_id, k.id),
       coalesce(c.document, k.memo),
       coalesce('记账 ' || k.amount, '没有记账'), coalesce('预算调整 ' || c.amount, '没有预算调整')
FROM awards_budgetchange c
FULL JOIN booked k ON k.change_id = c.id::text
WHERE c.id IS NULL OR k.id IS NULL OR c.amount <> k.amount
   OR k.source <> format('budget:%s:change:%s', c.budget_id, c.id)
ORDER BY c.id, k.id
