"""Studies beside `compare`, one file a kind: `obverse study KIND`."""
