"""What `benchmarks/forests.py` measures, one file a benchmark, and what these share: sets, cold runs, judge, record."""
