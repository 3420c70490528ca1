-- What the trail speaks of is still there: no record of money is ever deleted.
SELECT DISTINCT e.target_type, e.target_id::bigint, format('%s %s', e.target_type, e.target_id),
       '记录仍在', '审计日志里有，表里没有'
FROM enterprises_auditevent e
LEFT JOIN awards_entitlement t ON e.target_type = 'awards.entitlement' AND t.id::text = e.target_id
LEFT JOIN awards_disbursement d ON e.target_type = 'awards.disbursement' AND d.id::text = e.target_id
LEFT JOIN awards_paymentbatch b ON e.target_type = 'awards.paymentbatch' AND b.id::text = e.target_id
LEFT JOIN awards_resultfile r ON e.target_type = 'awards.resultfile' AND r.id::text = e.target_id
LEFT JOIN awards_clawback c ON e.target_type = 'awards.clawback' AND c.id::text = e.target_id
LEFT JOIN awards_budget g ON e.target_type = 'awards.budget' AND g.id::text = e.target_id
WHERE e.target_type IN ('awards.entitlement', 'awards.disbursement', 'awards.paymentbatch', 'awards.resultfile',
                        'awards.clawback', 'awards.budget')
  AND e.target_id ~ '^[0-9]+$'
  AND coalesce(t.id, d.id, b.id, r.id, c.id, g.id) IS NULL
ORDER BY 1, 2
