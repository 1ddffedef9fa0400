"""Catalogues: tables with a row for each checkpoint file, for pandas, DuckDB and other tools.

`rckp.frame` returns a table, and `rckp.write_catalogue` writes one as a Parquet file. `columns` has
the schema as plain values, and `row` makes rows; only `table` and `parquet` need pyarrow.
"""
