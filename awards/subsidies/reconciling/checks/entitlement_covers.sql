-- The live payments of an entitlement are not more than it grants, and only a ready one is paid.
SELECT 'awards.entitlement', t.id, h.organisation_name,
       format('可拨付，不超过 %s', t.amount),
       format('%s，拨付单合计 %s', CASE t.state WHEN 'ready' THEN '可拨付' ELSE '不是可拨付（' || t.state || '）' END,
              sum(d.amount))
FROM awards_entitlement t
JOIN awards_honour h ON h.id = t.honour_id
JOIN awards_disbursement d ON d.entitlement_id = t.id AND d.state NOT IN ('returned', 'cancelled')
GROUP BY t.id, h.id
HAVING sum(d.amount) > t.amount OR t.state <> 'ready'
ORDER BY t.id
