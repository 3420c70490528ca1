-- Every booking comes from a record that is there, by an event that is known.
WITH parts AS (
    SELECT id, memo, source, split_part(source, ':', 1) AS record, split_part(source, ':', 2) AS key,
           regexp_replace(source, '^[a-z]+:[0-9]+:?([a-z]*)(:[0-9]+)?$', '\1') AS event
    FROM awards_ledgertransaction
)
SELECT 'awards.ledgertransaction', p.id, p.memo, '来源是一项已有的预算、拨付单或追回的已知步骤', format('来源 %s', p.source)
FROM parts p
LEFT JOIN awards_budget b ON p.record = 'budget' AND b.id::text = p.key
LEFT JOIN awards_disbursement d ON p.record = 'disbursement' AND d.id::text = p.key
LEFT JOIN awards_clawback c ON p.record = 'clawback' AND c.id::text = p.key
WHERE NOT (b.id IS NOT NULL AND p.event IN ('', 'change')
           OR d.id IS NOT NULL AND p.event IN ('approve', 'reject', 'stop', 'claim', 'settle', 'bounce')
           OR c.id IS NOT NULL AND p.event IN ('open', 'recovery', 'reduction'))
ORDER BY p.id
