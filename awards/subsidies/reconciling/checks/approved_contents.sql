-- What every approval saw, for the digest to be made anew; the account number comes encrypted.
SELECT d.id, d.reference::text, d.seen, a.holder, a.number, a.bank, d.amount::text, d.document
FROM awards_disbursement d
JOIN enterprises_bankaccount a ON a.id = d.account_id
WHERE d.approved_at IS NOT NULL AND d.state <> 'cancelled'
ORDER BY d.id
