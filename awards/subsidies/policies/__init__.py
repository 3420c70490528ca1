"""What an honour is worth by which document: the table, budgets and sums paid elsewhere."""
