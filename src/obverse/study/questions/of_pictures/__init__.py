"""The questions that are put to families of pictures in their own way, one file each."""
