-- Approval, claim, receipt and answer of every payment stand in the trail once: its own, or those of its batch and of
-- the file that answered it. The approval is by the person the payment names.
WITH trail AS (
    SELECT target_type, target_id,
           count(*) FILTER (WHERE verb = 'approve') AS approved,
           max(actor_id) FILTER (WHERE verb = 'approve') AS approved_by,
           count(*) FILTER (WHERE verb IN ('claim', 'make_batch')) AS claimed,
           count(*) FILTER (WHERE verb IN ('book', 'book_batch')) AS booked,
           count(*) FILTER (WHERE verb IN ('settle', 'book_result')) AS settled,
           count(*) FILTER (WHERE verb = 'bounce') AS bounced
    FROM enterprises_auditevent
    WHERE verb IN ('approve', 'claim', 'make_batch', 'book', 'book_batch', 'settle', 'book_result', 'bounce')
      AND target_type IN ('awards.disbursement', 'awards.paymentbatch', 'awards.resultfile')
    GROUP BY target_type, target_id
), both_sides AS (
    SELECT d.id, d.reference, d.account_id, d.approved_by_id, t.approved_by,
           (d.approved_at IS NOT NULL)::int AS approved_due,
           (d.state IN ('sending', 'sent', 'paid', 'returned'))::int AS claimed_due,
           (d.state IN ('sent', 'paid', 'returned'))::int AS booked_due,
           (d.state = 'paid')::int AS settled_due,
           (d.state = 'returned')::int AS bounced_due,
           coalesce(t.approved, 0) AS approved,
           coalesce(t.claimed, 0) + coalesce(b.claimed, 0) AS claimed,
           coalesce(t.booked, 0) + coalesce(b.booked, 0) AS booked,
           coalesce(t.settled, 0) + coalesce(f.settled, 0) AS settled,
           coalesce(t.bounced, 0) AS bounced
    FROM awards_disbursement d
    LEFT JOIN awards_resultline l ON l.payment_id = d.id AND l.booked_at IS NOT NULL AND l.outcome = 'settled'
    LEFT JOIN trail t ON t.target_type = 'awards.disbursement' AND t.target_id = d.id::text
    LEFT JOIN trail b ON b.target_type = 'awards.paymentbatch' AND b.target_id = d.batch_id::text
    LEFT JOIN trail f ON f.target_type = 'awards.resultfile' AND f.target_id = l.file_id::text
)
SELECT 'awards.disbursement', s.id, format('%s（支付流水号 %s）', a.holder, s.reference),
       format('复核 %s，送财政 %s，回执 %s，到账 %s，退汇 %s',
              approved_due, claimed_due, booked_due, settled_due, bounced_due),
       format('复核 %s，送财政 %s，回执 %s，到账 %s，退汇 %s%s', approved, claimed, booked, settled, bounced,
              CASE WHEN approved_by <> approved_by_id THEN '；复核人不是拨付单上的复核人' ELSE '' END)
FROM both_sides s
JOIN enterprises_bankaccount a ON a.id = s.account_id
WHERE (approved, claimed, booked, settled, bounced)
      <> (approved_due, claimed_due, booked_due, settled_due, bounced_due)
   OR approved_by <> approved_by_id
ORDER BY s.id
