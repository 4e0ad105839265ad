"""What `benchmarks/tables.py` measures beside peers in environments of their own, one file a subject."""
