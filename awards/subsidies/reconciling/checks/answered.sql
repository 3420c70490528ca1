-- What is sent has its receipt; what is paid or returned has its receipt and the day of the answer.
SELECT 'awards.disbursement', d.id, format('%s（支付流水号 %s）', a.holder, d.reference),
       CASE WHEN state = 'sent' THEN '有财政回执' ELSE '有财政回执和到账或退汇日期' END,
       format('回执 %s，日期 %s', coalesce(nullif(receipt, ''), '无'), coalesce(answered_on::text, '无'))
FROM awards_disbursement d
JOIN enterprises_bankaccount a ON a.id = d.account_id
WHERE state IN ('sent', 'paid', 'returned') AND receipt = ''
   OR state IN ('paid', 'returned') AND answered_on IS NULL
ORDER BY d.id
