-- What is paid by instalments is paid by a plan of its own entitlement, each part by its own sum; what takes the place
-- of a returned payment is of the same entitlement.
SELECT 'awards.disbursement', d.id, format('%s（支付流水号 %s）', a.holder, d.reference),
       format('分期款 %s，属于同一奖补资格；重付的是本资格的退汇', coalesce(i.amount::text, '—')),
       format('拨付单 %s%s', d.amount, CASE WHEN p.entitlement_id <> d.entitlement_id THEN '，分期计划属于别的奖补资格'
              WHEN r.id IS NOT NULL AND r.state <> 'returned' THEN '，所重付的没有退汇'
              WHEN r.entitlement_id <> d.entitlement_id THEN '，所重付的属于别的奖补资格' ELSE '' END)
FROM awards_disbursement d
JOIN enterprises_bankaccount a ON a.id = d.account_id
LEFT JOIN awards_instalment i ON i.id = d.instalment_id
LEFT JOIN awards_paymentplan p ON p.id = i.plan_id
LEFT JOIN awards_disbursement r ON r.id = d.replaces_id
WHERE i.amount <> d.amount OR p.entitlement_id <> d.entitlement_id
   OR r.entitlement_id <> d.entitlement_id OR r.state <> 'returned'
ORDER BY d.id
