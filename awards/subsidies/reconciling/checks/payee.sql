-- The money of an honour goes to an account of its holder, from the payer that owes it.
SELECT 'awards.disbursement', d.id, format('%s（支付流水号 %s）', a.holder, d.reference),
       format('收款单位 %s，支付方 %s', coalesce(o.name, '无'), t.payer),
       format('账户属于 %s，预算属于 %s', p.name, b.payer)
FROM awards_disbursement d
JOIN awards_entitlement t ON t.id = d.entitlement_id
JOIN awards_honour h ON h.id = t.honour_id
JOIN awards_budget b ON b.id = d.budget_id
JOIN enterprises_bankaccount a ON a.id = d.account_id
JOIN enterprises_organisation p ON p.id = a.organisation_id
LEFT JOIN enterprises_organisation o ON o.id = h.organisation_id
WHERE d.state <> 'cancelled' AND (a.organisation_id IS DISTINCT FROM h.organisation_id OR b.payer <> t.payer)
ORDER BY d.id
