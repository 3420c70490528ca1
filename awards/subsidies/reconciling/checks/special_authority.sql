-- Another sum than is owed by the table has its authoriser, its own document and its reason; and what is granted is
-- what was entered, as the trail has it.
WITH trail AS (
    SELECT target_id,
           max((details ->> 'amount')::numeric) FILTER (WHERE verb = 'entitle') AS entered,
           max(actor_id) FILTER (WHERE verb = 'authorise') AS authorised_by
    FROM enterprises_auditevent
    WHERE verb IN ('entitle', 'authorise') AND target_type = 'awards.entitlement'
    GROUP BY target_id
)
SELECT 'awards.entitlement', t.id, h.organisation_name,
       format('按标准应付 %s；与之不同的，录入 %s，经另一人授权，有依据和理由',
              coalesce(t.owed_amount::text, '无标准'), coalesce(r.entered::text, t.amount::text)),
       format('金额 %s，录入人 %s，授权人 %s', t.amount, e.name, coalesce(a.name, '无'))
FROM awards_entitlement t
JOIN awards_honour h ON h.id = t.honour_id
JOIN enterprises_user e ON e.id = t.entered_by_id
LEFT JOIN enterprises_user a ON a.id = t.authorised_by_id
LEFT JOIN trail r ON r.target_id = t.id::text
WHERE t.amount <> r.entered
   OR t.state = 'ready' AND t.amount IS DISTINCT FROM t.owed_amount
      AND (t.authorised_by_id IS NULL OR t.authorised_by_id = t.entered_by_id
           OR t.authorised_by_id IS DISTINCT FROM r.authorised_by OR t.document = '' OR t.reason = '')
ORDER BY t.id
