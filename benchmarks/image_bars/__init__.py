"""What benchmarks/images.py measures, a file each."""
