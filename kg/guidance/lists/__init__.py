"""What lines mean together: rows, variants, choices, and what sentences do to them."""
