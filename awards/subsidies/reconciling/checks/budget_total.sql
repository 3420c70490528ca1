-- A budget's total is what was appropriated in the books.
SELECT 'awards.budget', b.id, format('%s年%s', b.year, b.fund),
       format('台账下达 %s', coalesce(-sum(e.amount), 0.00)),
       format('总额 %s', b.total)
FROM awards_budget b
LEFT JOIN awards_ledgerentry e ON e.budget_id = b.id AND e.account = 'appropriation'
GROUP BY b.id
HAVING coalesce(-sum(e.amount), 0) <> b.total
ORDER BY b.id
