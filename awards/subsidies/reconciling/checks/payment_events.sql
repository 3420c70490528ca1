-- Every event in a payment's life is booked once: none is missing, none is there that its state does not know.
WITH words (event, word, place) AS (
    VALUES ('approve', '复核', 1), ('claim', '送财政', 2), ('settle', '到账', 3), ('bounce', '退汇', 3),
           ('reject', '退回经办', 4), ('stop', '停付', 4)
), booked AS (
    SELECT split_part(source, ':', 2) AS payment,
           array_agg(coalesce(word, split_part(source, ':', 3)) ORDER BY place, source) AS events
    FROM awards_ledgertransaction
    LEFT JOIN words ON event = split_part(source, ':', 3)
    WHERE source LIKE 'disbursement:%'
    GROUP BY 1
), due AS (
    SELECT d.id, d.reference, d.account_id, d.state,
           CASE
               WHEN d.state = 'approved' THEN ARRAY['复核']
               WHEN d.state IN ('sending', 'sent') THEN ARRAY['复核', '送财政']
               WHEN d.state = 'paid' THEN ARRAY['复核', '送财政', '到账']
               WHEN d.state = 'returned' THEN ARRAY['复核', '送财政', '退汇']
               WHEN d.state = 'cancelled' AND d.approved_at IS NOT NULL AND '停付' = ANY (b.events)
                   THEN ARRAY['复核', '停付']
               WHEN d.state = 'cancelled' AND d.approved_at IS NOT NULL THEN ARRAY['复核', '退回经办']
               ELSE ARRAY[]::text[]
           END AS due,
           coalesce(b.events, ARRAY[]::text[]) AS events
    FROM awards_disbursement d
    LEFT JOIN booked b ON b.payment = d.id::text
)
SELECT 'awards.disbursement', s.id, format('%s（支付流水号 %s）', a.holder, s.reference),
       format('已记账：%s', coalesce(nullif(array_to_string(due, '、'), ''), '无')),
       format('已记账：%s', coalesce(nullif(array_to_string(events, '、'), ''), '无'))
FROM due s
JOIN enterprises_bankaccount a ON a.id = s.account_id
WHERE events <> due
ORDER BY s.id
