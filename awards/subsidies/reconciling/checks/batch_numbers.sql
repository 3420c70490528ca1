-- The batches of a year are numbered from 1 without gaps.
SELECT 'awards.paymentbatch', id, format('批次 %s', number), format('%s年第 %s 号', year, place),
       format('%s年第 %s 号', year, serial)
FROM (
    SELECT id, number, year, serial, row_number() OVER (PARTITION BY year ORDER BY serial) AS place
    FROM awards_paymentbatch
) numbered
WHERE serial <> place
ORDER BY id
