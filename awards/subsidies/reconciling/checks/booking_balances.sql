-- Every booking has two entries at least and they add up to zero.
SELECT 'awards.ledgertransaction', t.id, t.memo,
       '至少两条分录，合计 0.00',
       format('%s 条分录，合计 %s', count(e.id), coalesce(sum(e.amount), 0.00))
FROM awards_ledgertransaction t
LEFT JOIN awards_ledgerentry e ON e.transaction_id = t.id
GROUP BY t.id
HAVING count(e.id) < 2 OR coalesce(sum(e.amount), 0) <> 0
ORDER BY t.id
