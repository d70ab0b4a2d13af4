"""The question of the benchmark, answered by DuckDB.

Per label, and per label and second in which the request started: count, errors, p50, p90, p95, p99 in milliseconds
(the value at rank ceil(q*n), as everywhere). Prints the labels as JSON; the seconds are computed too and written with
--cells. Several ways to ask were measured; these are the fastest: an explicit schema, one pass with grouping sets, and
for k6 a filter on the raw lines, so that JSON is decoded only where it is needed.
"""

import argparse
import json

import duckdb

QUANTILES = (0.5, 0.9, 0.95, 0.99)

JTL = """
  SELECT label, timeStamp // 1000 AS second, NOT success AS failed, elapsed AS ms
  FROM read_csv($file, auto_detect = false, header = true, delim = ',', quote = '"', escape = '"', new_line = '\\n',
    columns = {'timeStamp': 'BIGINT', 'elapsed': 'INTEGER', 'label': 'VARCHAR', 'responseCode': 'VARCHAR',
      'responseMessage': 'VARCHAR', 'threadName': 'VARCHAR', 'dataType': 'VARCHAR', 'success': 'BOOLEAN',
      'failureMessage': 'VARCHAR', 'bytes': 'BIGINT', 'sentBytes': 'BIGINT', 'grpThreads': 'INTEGER',
      'allThreads': 'INTEGER', 'URL': 'VARCHAR', 'Latency': 'INTEGER', 'IdleTime': 'INTEGER', 'Connect': 'INTEGER'})
"""

K6_JSON = """
  SELECT data.tags.name AS label, (epoch_ns(data."time") - round(data."value" * 1e6)::BIGINT) // 1000000000 AS second,
    data.tags.expected_response = 'false' AS failed, data."value" AS ms
  FROM (
    SELECT from_json(line, '{"data": {"time": "TIMESTAMP_NS", "value": "DOUBLE",
                                      "tags": {"name": "VARCHAR", "expected_response": "VARCHAR"}}}').data AS data
    FROM read_csv($file, auto_detect = false, header = false, delim = '\x01', quote = '', escape = '',
      new_line = '\\n', columns = {'line': 'VARCHAR'})
    WHERE starts_with(line, '{"metric":"http_req_duration","type":"Point"'))
"""


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--format", choices=("jtl", "k6-json"), required=True)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--cells", help="CSV file for the counts and percentiles of each second")
    parser.add_argument("file")
    args = parser.parse_args()

    connection = duckdb.connect(config={"threads": args.threads})
    samples = JTL if args.format == "jtl" else K6_JSON
    connection.execute(
        f"""CREATE TEMP TABLE answer AS
            SELECT label, second, GROUPING(second) = 1 AS whole, count(*) AS n, count(*) FILTER (failed) AS errors,
              quantile_disc(ms, {list(QUANTILES)}) AS quantiles
            FROM ({samples}) GROUP BY GROUPING SETS ((label), (label, second))""",
        {"file": args.file},
    )
    labels = connection.execute("SELECT label, n, errors, quantiles FROM answer WHERE whole ORDER BY label").fetchall()
    print(
        json.dumps(
            {
                label: {"count": n, "errors": errors, **{f"p{q * 100:g}": value for q, value in zip(QUANTILES, values)}}
                for label, n, errors, values in labels
            }
        )
    )
    if args.cells:
        connection.execute(
            f"""COPY (SELECT label, second, n, errors, {', '.join(f'quantiles[{at + 1}]' for at in range(len(QUANTILES)))}
                      FROM answer WHERE NOT whole ORDER BY label, second)
                TO '{args.cells}' (HEADER false)"""
        )


if __name__ == "__main__":
    main()
