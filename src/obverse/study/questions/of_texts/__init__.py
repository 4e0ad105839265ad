"""The questions that are put to families of texts in their own way, one file each."""
