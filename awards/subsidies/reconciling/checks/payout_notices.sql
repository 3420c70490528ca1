-- Where the table demands a notice before payment, it was over, and long enough, when the payment was approved.
WITH demanded AS (
    SELECT d.id, d.reference, d.account_id, (d.approved_at AT TIME ZONE 'Asia/Shanghai')::date AS approved_on,
           l.notice_basis, l.notice_days, l.notice_in_workdays, n.first_day, n.last_day
    FROM awards_disbursement d
    JOIN awards_entitlement t ON t.id = d.entitlement_id
    JOIN awards_honour h ON h.id = t.honour_id
    JOIN LATERAL (
        SELECT r.needs_notice, r.notice_basis, r.notice_days, r.notice_in_workdays FROM awards_subsidyrule r
        WHERE r.kind_id = h.kind_id AND r.payer = t.payer AND r.state = 'in_force' AND NOT r.is_special
          AND r.valid_from <= h.announced_on AND (r.valid_to IS NULL OR r.valid_to >= h.announced_on)
        ORDER BY r.valid_from DESC LIMIT 1
    ) l ON l.needs_notice
    LEFT JOIN awards_payoutnotice n ON n.entitlement_id = t.id AND n.state = 'confirmed'
    WHERE d.approved_at IS NOT NULL AND d.state <> 'cancelled'
), counted AS (
    SELECT *, CASE WHEN notice_in_workdays
                   THEN (SELECT count(*) FROM awards_calendarday c
                         WHERE c.is_working AND c.day BETWEEN first_day AND last_day)
                   ELSE last_day - first_day + 1 END AS days
    FROM demanded
)
SELECT 'awards.disbursement', s.id, format('%s（支付流水号 %s）', a.holder, s.reference),
       format('复核前已公示期满（%s%s）', notice_basis,
              coalesce('，' || notice_days || CASE WHEN notice_in_workdays THEN ' 个工作日' ELSE ' 天' END, '')),
       CASE WHEN last_day IS NULL THEN '没有核对过的拨付公示'
            ELSE format('公示 %s 至 %s，复核于 %s', first_day, last_day, approved_on) END
FROM counted s
JOIN enterprises_bankaccount a ON a.id = s.account_id
WHERE last_day IS NULL OR approved_on <= last_day OR days < notice_days
ORDER BY s.id
