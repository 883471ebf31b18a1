"""Files of any size, scored in parts: CSV, TSV, Parquet or text in, Parquet out, here or on a cluster."""
