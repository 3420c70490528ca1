-- The entries of a booking name the payment its source names, and the budget that payment is made from.
SELECT 'awards.ledgertransaction', t.id, t.memo,
       format('拨付单 %s，预算 %s', coalesce(d.id::text, '无'), coalesce(d.budget_id::text, '无')),
       format('来源 %s，预算 %s', t.source, e.budget_id)
FROM awards_ledgertransaction t
JOIN awards_ledgerentry e ON e.transaction_id = t.id
LEFT JOIN awards_disbursement d ON d.id = e.disbursement_id
LEFT JOIN awards_clawback c ON t.source LIKE 'clawback:%' AND c.id::text = split_part(t.source, ':', 2)
WHERE d.budget_id <> e.budget_id
   OR t.source LIKE 'disbursement:%' AND d.id::text IS DISTINCT FROM split_part(t.source, ':', 2)
   OR t.source LIKE 'clawback:%' AND d.id IS DISTINCT FROM c.disbursement_id
GROUP BY t.id, d.id, e.budget_id
ORDER BY t.id
