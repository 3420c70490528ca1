-- Every result file's digest and the file as it is stored.
SELECT r.id, r.name, r.digest, f.content
FROM awards_resultfile r
JOIN awards_treasuryfile f ON f.id = r.file_id
ORDER BY r.id
