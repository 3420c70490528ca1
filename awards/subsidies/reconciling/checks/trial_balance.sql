-- The accounts of every budget add up to zero, and so do all of them.
SELECT 'awards.budget', b.id, format('%s年%s', b.year, b.fund),
       '0.00',
       coalesce(sum(e.amount), 0.00)::text
FROM awards_budget b
JOIN awards_ledgerentry e ON e.budget_id = b.id
GROUP BY b.id
HAVING sum(e.amount) <> 0
ORDER BY b.id
