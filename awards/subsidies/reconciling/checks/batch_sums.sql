-- A batch is what its payments come to: number, sum, payer; and where they are is where it is.
SELECT 'awards.paymentbatch', b.id, format('批次 %s', b.number),
       format('%s 笔，%s，%s', b.count, b.total,
              CASE b.state WHEN 'made' THEN '待送出' WHEN 'sent' THEN '已送财政' ELSE '已全部答复' END),
       format('拨付单 %s 笔，%s；送财政中 %s，已送 %s，已答复 %s，其他支付方 %s', count(d.id), coalesce(sum(d.amount), 0.00),
              count(*) FILTER (WHERE d.state = 'sending'), count(*) FILTER (WHERE d.state = 'sent'),
              count(*) FILTER (WHERE d.state IN ('paid', 'returned')), count(*) FILTER (WHERE g.payer <> b.payer))
FROM awards_paymentbatch b
LEFT JOIN awards_disbursement d ON d.batch_id = b.id
LEFT JOIN awards_budget g ON g.id = d.budget_id
GROUP BY b.id
HAVING count(d.id) <> b.count
    OR coalesce(sum(d.amount), 0) <> b.total
    OR bool_or(g.payer <> b.payer)
    OR bool_or(CASE b.state
                   WHEN 'made' THEN d.state <> 'sending'
                   WHEN 'sent' THEN d.state NOT IN ('sent', 'paid', 'returned')
                   ELSE d.state NOT IN ('paid', 'returned')
               END)
    OR b.state = 'sent' AND count(*) FILTER (WHERE d.state = 'sent') = 0
ORDER BY b.id
