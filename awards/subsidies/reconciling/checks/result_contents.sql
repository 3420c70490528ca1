-- Every result file's digest, the file as it is stored, and those of its lines that were booked.
SELECT r.id, r.name, r.digest, f.content,
       array_agg(concat_ws('|', l.number, l.batch_number, l.reference, l.amount, l.said, l.day) ORDER BY l.number)
           FILTER (WHERE l.outcome IN ('settled', 'returned'))
FROM awards_resultfile r
JOIN awards_treasuryfile f ON f.id = r.file_id
LEFT JOIN awards_resultline l ON l.file_id = r.id
GROUP BY r.id, f.id
ORDER BY r.id
