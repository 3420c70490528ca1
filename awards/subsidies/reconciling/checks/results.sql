-- Every payment of a batch that is paid or returned is so by one booked line of the treasury's, and the other way round.
SELECT 'awards.disbursement', d.id, format('%s（支付流水号 %s）', a.holder, d.reference),
       format('财政结果 %s，%s，%s', CASE l.outcome WHEN 'settled' THEN '到账' WHEN 'returned' THEN '退汇' ELSE '没有登记' END,
              coalesce(l.amount::text, '—'), coalesce(l.day::text, '—')),
       format('拨付单 %s，%s，%s', CASE d.state WHEN 'paid' THEN '已拨付' WHEN 'returned' THEN '已退汇' ELSE '没有结果' END,
              d.amount, coalesce(d.answered_on::text, '—'))
FROM awards_disbursement d
JOIN enterprises_bankaccount a ON a.id = d.account_id
LEFT JOIN awards_resultline l
    ON l.payment_id = d.id AND l.booked_at IS NOT NULL AND l.outcome IN ('settled', 'returned')
WHERE (d.batch_id IS NOT NULL AND d.state IN ('paid', 'returned') OR l.id IS NOT NULL)
  AND (l.id IS NULL
       OR (l.outcome, l.amount, l.day)
          IS DISTINCT FROM (CASE d.state WHEN 'paid' THEN 'settled' WHEN 'returned' THEN 'returned' END,
                            d.amount, d.answered_on))
ORDER BY d.id
