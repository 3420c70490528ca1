-- Whatever counts once a second person has confirmed it was confirmed, and not by whoever entered it.
WITH entries (kind, id, name, counts, entered_by_id, confirmed_by_id) AS (
    SELECT 'awards.subsidyrule', id, document, state = 'in_force' AND entered_by_id IS NOT NULL,
           entered_by_id, confirmed_by_id FROM awards_subsidyrule
    UNION ALL
    SELECT 'awards.entitlement', entitlement_id, document, state IN ('in_force', 'replaced'),
           entered_by_id, confirmed_by_id FROM awards_paymentplan
    UNION ALL
    SELECT 'awards.entitlement', entitlement_id, document, state = 'confirmed',
           entered_by_id, confirmed_by_id FROM awards_payoutnotice
    UNION ALL
    SELECT 'awards.clawback', clawback_id, document, state = 'confirmed',
           entered_by_id, confirmed_by_id FROM awards_clawbackentry
    UNION ALL
    SELECT 'awards.resultfile', id, name, true, read_by_id, closed_by_id FROM awards_resultfile
    WHERE needs_two AND state = 'booked'
    UNION ALL
    SELECT 'awards.reversal', id, reason, state = 'booked', proposed_by_id, confirmed_by_id FROM awards_reversal
)
SELECT kind, n.id, n.name, '录入和核对各由不同的人',
       format('录入 %s，核对 %s', e.name, coalesce(c.name, '无'))
FROM entries n
LEFT JOIN enterprises_user e ON e.id = n.entered_by_id
LEFT JOIN enterprises_user c ON c.id = n.confirmed_by_id
WHERE n.counts AND n.confirmed_by_id IS NULL OR n.confirmed_by_id = n.entered_by_id
ORDER BY kind, n.id
