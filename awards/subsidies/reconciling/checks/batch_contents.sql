-- Every batch's digest, its file as it is stored, and the payments it should name.
SELECT b.id, b.number, b.digest, f.content, array_agg(d.reference::text ORDER BY d.reference::text COLLATE "C")
FROM awards_paymentbatch b
JOIN awards_treasuryfile f ON f.id = b.file_id
JOIN awards_disbursement d ON d.batch_id = b.id
GROUP BY b.id, f.id
ORDER BY b.id
