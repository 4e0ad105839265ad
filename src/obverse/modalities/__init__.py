"""Raw data to arrays and answers back to raw data, one module a modality."""
