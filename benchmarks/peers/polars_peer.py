"""The question of the benchmark, answered by Polars.

Per label, and per label and second in which the request started: count, errors, p50, p90, p95, p99 in milliseconds
(the value at rank ceil(q*n), as everywhere). Prints the labels as JSON; the seconds are computed too and written with
--cells. Several ways to ask were measured; these are the fastest: a lazy scan with an explicit schema, the streaming
engine, labels as categories, both groupings in one plan, and for k6 a filter on the raw lines, so that JSON is decoded
only where it is needed.
"""

import argparse
import json
import os

QUANTILES = (0.5, 0.9, 0.95, 0.99)


def jtl(pl, file):
    schema = {
        "timeStamp": pl.Int64, "elapsed": pl.Int32, "label": pl.String, "responseCode": pl.String,
        "responseMessage": pl.String, "threadName": pl.String, "dataType": pl.String, "success": pl.Boolean,
        "failureMessage": pl.String, "bytes": pl.Int64, "sentBytes": pl.Int64, "grpThreads": pl.Int32,
        "allThreads": pl.Int32, "URL": pl.String, "Latency": pl.Int32, "IdleTime": pl.Int32, "Connect": pl.Int32,
    }  # fmt: skip
    return pl.scan_csv(file, schema=schema).select(
        pl.col("label").cast(pl.Categorical),
        (pl.col("timeStamp") // 1000).alias("second"),
        (~pl.col("success")).alias("failed"),
        pl.col("elapsed").alias("ms"),
    )


def k6_json(pl, file):
    tags = pl.Struct({"name": pl.String, "expected_response": pl.String})
    point = pl.Struct({"data": pl.Struct({"time": pl.String, "value": pl.Float64, "tags": tags})})
    data = pl.col("point").struct.field("data").struct
    return (
        pl.scan_lines(file, name="line")
        .filter(pl.col("line").str.starts_with('{"metric":"http_req_duration","type":"Point"'))
        .select(pl.col("line").str.json_decode(point).alias("point"))
        .select(
            data.field("tags").struct.field("name").cast(pl.Categorical).alias("label"),
            data.field("time").str.to_datetime("%Y-%m-%dT%H:%M:%S%.fZ", time_unit="ns").dt.epoch("ns").alias("end"),
            (data.field("tags").struct.field("expected_response") == "false").alias("failed"),
            data.field("value").alias("ms"),
        )
        .select(
            "label",
            ((pl.col("end") - (pl.col("ms") * 1e6).round().cast(pl.Int64)) // 1_000_000_000).alias("second"),
            "failed",
            "ms",
        )
    )


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--format", choices=("jtl", "k6-json"), required=True)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--cells", help="CSV file for the counts and percentiles of each second")
    parser.add_argument("file")
    args = parser.parse_args()

    os.environ["POLARS_MAX_THREADS"] = str(args.threads)  # read when the module is loaded
    import polars as pl

    samples = jtl(pl, args.file) if args.format == "jtl" else k6_json(pl, args.file)
    answer = [pl.len().alias("count"), pl.col("failed").sum().alias("errors")] + [
        pl.col("ms").quantile(q, interpolation="equiprobable").alias(f"p{q * 100:g}") for q in QUANTILES
    ]
    labels, cells = pl.collect_all(
        [samples.group_by("label").agg(answer), samples.group_by("label", "second").agg(answer)], engine="streaming"
    )
    labels = labels.with_columns(pl.col("label").cast(pl.String)).sort("label")
    print(json.dumps({row.pop("label"): row for row in labels.to_dicts()}))
    if args.cells:
        cells.with_columns(pl.col("label").cast(pl.String)).sort("label", "second").write_csv(
            args.cells, include_header=False
        )


if __name__ == "__main__":
    main()
