"""Studies: planned, seeded, resumable comparisons of families on one's own data, whose result is data."""
