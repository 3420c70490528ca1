-- Every batch's digest, its file as it is stored, and by reference what was approved of the payments it should name.
SELECT b.id, b.number, b.digest, b.layout, b.encoding, f.content,
       array_agg(d.reference::text || ' ' || d.seen)
FROM awards_paymentbatch b
JOIN awards_treasuryfile f ON f.id = b.file_id
JOIN awards_disbursement d ON d.batch_id = b.id
GROUP BY b.id, f.id
ORDER BY b.id
