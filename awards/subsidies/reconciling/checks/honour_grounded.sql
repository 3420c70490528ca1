-- What is paid for is an honour of a resolution that two people have confirmed, or one recorded with its source.
SELECT 'awards.entitlement', t.id, h.organisation_name,
       '批准文件已由两人核对生效，或荣誉写明来源',
       CASE WHEN r.id IS NULL THEN '没有批准文件，没有来源' ELSE format('批准文件 %s 没有由两人核对生效', r.number) END
FROM awards_entitlement t
JOIN awards_honour h ON h.id = t.honour_id
LEFT JOIN awards_resolution r ON r.id = h.resolution_id
WHERE t.state NOT IN ('declined', 'withdrawn')
  AND (r.id IS NULL AND h.source = ''
       OR r.id IS NOT NULL
          AND (r.state <> 'in_force' OR r.confirmed_by_id IS NULL OR r.confirmed_by_id = r.entered_by_id))
ORDER BY t.id
