-- Whoever approved a payment did not prepare it, and whoever looked at its account did neither.
SELECT 'awards.disbursement', d.id, format('%s（支付流水号 %s）', a.holder, d.reference),
       '经办、复核和账户核实各由不同的人',
       format('经办 %s，复核 %s，核实 %s', m.name, coalesce(c.name, '无'), coalesce(l.name, '无'))
FROM awards_disbursement d
JOIN enterprises_bankaccount a ON a.id = d.account_id
JOIN enterprises_user m ON m.id = d.prepared_by_id
LEFT JOIN enterprises_user c ON c.id = d.approved_by_id
LEFT JOIN enterprises_user l ON l.id = d.looked_by_id
WHERE d.state NOT IN ('prepared', 'cancelled')
  AND (d.approved_by_id IS NULL OR d.approved_at IS NULL OR d.approved_by_id = d.prepared_by_id
       OR d.looked_by_id IN (d.prepared_by_id, d.approved_by_id))
ORDER BY d.id
