-- Of a revoked honour no payment waits to be sent, and what was paid is owed back. What is on its way may arrive.
SELECT 'awards.disbursement', d.id, format('%s（支付流水号 %s）', a.holder, d.reference),
       CASE WHEN d.state = 'paid' THEN '荣誉已撤销，应立项追回' ELSE '荣誉已撤销，应停付' END,
       CASE d.state WHEN 'paid' THEN '没有立项追回' WHEN 'prepared' THEN '待复核' ELSE '已复核，待送出' END
FROM awards_disbursement d
JOIN enterprises_bankaccount a ON a.id = d.account_id
JOIN awards_entitlement t ON t.id = d.entitlement_id
JOIN awards_honour h ON h.id = t.honour_id
LEFT JOIN awards_clawback c ON c.disbursement_id = d.id
WHERE h.revoked_on IS NOT NULL
  AND (d.state IN ('prepared', 'approved') OR d.state = 'paid' AND c.id IS NULL)
ORDER BY d.id
