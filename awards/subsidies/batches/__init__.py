"""Payment orders leave in batches, one file each, and the treasury's answers are booked line by line."""
