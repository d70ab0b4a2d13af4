"""Makes docs/truth.md: the numbers of the load tools beside ours, for every genuine file of this folder whose tool gave
numbers of the same run. A difference without a reason is an error.

    OMNIWRITER_PROGRAM=build/dev/omniwriter python3 tests/corpus/truth_table.py > docs/truth.md
"""

import dataclasses
import json
import pathlib
import re

import truth
import truth_summaries

CORPUS = pathlib.Path(__file__).parent
NUMBERS = ("samples", "errors", "mean", "p50", "p95", "p99", "max")

HEADER = """# The numbers of the load tools, and ours

Every file in [tests/corpus](../tests/corpus/README.md) that a genuine tool wrote together with numbers of its own about the
same run. Times in milliseconds; *difference* is ours less theirs, of counts in samples, of times in percent. Where a number is
missing, the tool does not give it. Made by `tests/corpus/truth_table.py`; a test fails where it is not what the program says
today, and where a difference has no reason.

Our counts, means and extremes are exact, and a percentile is a sample of the run, off by at most 0.271 %. The test
`truth` knows every single sample and holds us to that; this table is about the tools.
"""

SUMMARIES = """# Summaries

What tools say at the end of a run, in [fuzz/seeds](../fuzz/seeds): such numbers come back as they were told. Read by other means
for this table, in `tests/corpus/truth_summaries.py`. Locust 0.9 and 0.14 are not here: their files were written anew from those
of 2.47.
"""

BOUND = 0.0027076  # (b-1)/(b+1) with b = 2^(2^-7)
OURS = "– (within the 0.271 % of ours)"
INTERPOLATES = "interpolates between two samples; ours is a sample"


@dataclasses.dataclass
class Tool:
    name: str  # with its version
    reasons: dict  # number -> why it differs
    files: dict  # file below `folder` -> their numbers, times in seconds
    folder: pathlib.Path = CORPUS


def _jmeter():
    files = {}
    for path in sorted((CORPUS / "jmeter").glob("*.summary.txt")):
        count, mean, _, high, errors = truth.jmeter_summary(path)
        files[f"jmeter/{path.name.removesuffix('.summary.txt')}.jtl"] = {
            "samples": count, "errors": errors, "mean": mean / 1e3, "max": high / 1e3}
    parents = {"jmeter/parent-tx.jtl": files.pop("jmeter/parent-tx.jtl")}
    why = "leaves out the 200 requests within transactions that have a parent sample; JMeter's dashboard counts them"
    return [Tool("JMeter 5.6.3, summariser", {"mean": "cuts the mean to whole milliseconds"}, files),
            Tool("JMeter 5.6.3, summariser, transactions with a parent sample", dict.fromkeys(("samples", "mean", "max"), why),
                 parents)]


def _jmeter_dashboard():
    total = json.loads((CORPUS / "jmeter/small.statistics.json").read_text())["Total"]
    parts = "counts the steps of redirects as requests of their own, 600 of them"
    return Tool("JMeter 5.6.3, HTML dashboard", dict.fromkeys(("samples", "mean", "p50", "p95", "p99"), parts), {
        "jmeter/small.jtl": {"samples": total["sampleCount"], "errors": total["errorCount"],
                             "mean": total["meanResTime"] / 1e3, "p50": total["medianResTime"] / 1e3,
                             "p95": total["pct2ResTime"] / 1e3, "p99": total["pct3ResTime"] / 1e3,
                             "max": total["maxResTime"] / 1e3}})


def _k6():
    files = {}
    names = {"small.json.gz": "small.summary-export.json", "small.csv.gz": "small.summary-export.json",
             "large.json.gz": "large.summary-export.json", "large.csv.gz": "large.summary-export.json",
             "handle-summary.json.gz": "handle-summary.summary.json",
             "machine-summary.json.gz": "machine-summary.summary.json"}
    names |= {f"{name}.csv.gz": f"{name}.summary-export.json"
              for name in ("rfc3339", "rfc3339_nano", "unix_milli", "unix_nano", "systags")}
    for name, summary_name in names.items():
        summary = truth.k6_summary(CORPUS / "k6" / summary_name)
        quantiles = {f"p{int(quantile * 100)}": value / 1e3 for quantile, value in summary.quantiles.items()
                     if quantile in (0.5, 0.95, 0.99)}
        files[f"k6/{name}"] = {"samples": summary.samples, "errors": summary.errors, "mean": summary.mean / 1e3,
                               "max": summary.maximum / 1e3, **quantiles}
    return Tool("k6 1.8.1", dict.fromkeys(("p50", "p95", "p99"), INTERPOLATES), files)


def _gatling(version, names):
    files = {}
    for name in names:
        summary = next((CORPUS / "gatling").glob(f"{name}.summary.txt*"))
        rows = truth.gatling_summary(summary)
        total, _, failed = rows["request count"]
        files[f"gatling/{name}.log"] = {
            "samples": total, "errors": failed, "mean": rows["mean response time"][0] / 1e3,
            "max": rows["max response time"][0] / 1e3,
            **{f"p{percent}": rows[f"response time {percent}th percentile"][0] / 1e3 for percent in (50, 95, 99)}}
    reasons = {"mean": "rounds to whole milliseconds"}
    reasons |= dict.fromkeys(("p50", "p95", "p99"), "estimates, and rounds to whole milliseconds")
    return Tool(f"Gatling {version}", reasons, files)


def _vegeta():
    report = json.loads((CORPUS / "vegeta/report.json").read_text())
    latencies = report["latencies"]
    numbers = {"samples": report["requests"], "errors": report["requests"] - round(report["success"] * report["requests"]),
               "mean": latencies["mean"] / 1e9, "max": latencies["max"] / 1e9, "p50": latencies["50th"] / 1e9,
               "p95": latencies["95th"] / 1e9, "p99": latencies["99th"] / 1e9}
    return Tool("vegeta 12.13", dict.fromkeys(("p50", "p95", "p99"), "estimates (t-digest)"),
                {f"vegeta/small.{ending}.gz": numbers for ending in ("bin", "csv", "ndjson")})


def _ab():
    files = {}
    for name in ("gnuplot", "drop-gnuplot"):
        path = CORPUS / f"ab/{name}.summary.txt"
        count, errors, longest = truth.ab_summary(path)
        text = path.read_text()
        files[f"ab/{name}.tsv.gz"] = {
            "samples": count, "errors": errors, "max": longest / 1e3,
            "mean": int(re.search(r"^Total: +\d+ +(\d+) ", text, re.MULTILINE)[1]) / 1e3,
            **{f"p{percent}": int(re.search(rf"^ +{percent}% +(\d+)$", text, re.MULTILINE)[1]) / 1e3
               for percent in (50, 95, 99)}}
    reasons = {"errors": "the file does not say how requests ended",
               "mean": "rounds the mean; the file has each time cut to whole milliseconds"}
    reasons |= dict.fromkeys(("p50", "p95", "p99"), "rounds where the file cuts to whole milliseconds, and takes the "
                                                    "sample behind the rank")
    return Tool("ab 2.3", reasons, files)


def _h2load():
    files = {}
    for name in ("requests", "h2", "h1-drop-aborts"):
        done, failed, _, mean, longest = truth.h2load_summary(CORPUS / f"h2load/{name}.summary.txt")
        files[f"h2load/{name}.log.gz"] = {"samples": done, "errors": failed, "mean": mean, "max": longest}
    return Tool("h2load 1.52.0", {"errors": "counts requests that it never began, of which there is no line",
                                  "mean": "gives four digits, and leaves out requests that failed",
                                  "max": "gives four digits, and leaves out requests that failed"}, files)


def _taurus():
    files = {}
    for name, stats in (("kpi.jtl.gz", "kpi"), ("k6.kpi.csv.gz", "k6"), ("ab.tsv.gz", "ab")):
        row = truth.taurus_stats(CORPUS / f"bzt/{stats}.final-stats.csv")[""]
        files[f"bzt/{name}"] = {"samples": int(row["succ"]) + int(row["fail"]), "errors": int(row["fail"]),
                                "mean": float(row["avg_rt"]), "p50": float(row["perc_50.0"]),
                                "p95": float(row["perc_95.0"]), "p99": float(row["perc_99.0"]),
                                "max": float(row["perc_100.0"])}
    percentiles = "keeps a histogram of whole milliseconds"
    return Tool("Taurus 1.17.2 with JMeter, k6 and ab",
                {"mean": "gives five decimals of a second, and 0 with ab"} |
                dict.fromkeys(("p50", "p95", "p99", "max"), percentiles), files)


def _tsung():
    count, mean, longest, statuses = truth.tsung_totals(CORPUS / "tsung/tsung.log")
    errors = sum(number for status, number in statuses.items() if status >= "400")
    return Tool("Tsung 1.7.0", {"errors": "counts statuses alone; nine requests were closed without one"},
                {"tsung/tsung.dump.gz": {"samples": count, "errors": errors, "mean": mean / 1e3, "max": longest / 1e3}})


def _siege():
    files = {}
    for name, file in (("csv", "csv.csv"), ("text", "text.txt")):
        text = (CORPUS / f"siege/{name}.summary.txt").read_text()
        value = {key: float(re.search(rf"^{key}:\s+([\d.]+)", text, re.MULTILINE)[1]) for key in (
            "Transactions", "Failed transactions", "Response time", "Longest transaction")}
        files[f"siege/{file}"] = {"samples": int(value["Transactions"] + value["Failed transactions"]),
                                  "errors": int(value["Failed transactions"]), "mean": value["Response time"],
                                  "max": value["Longest transaction"]}
    return Tool("siege 4.0.7", {"samples": "prints no line for the two requests that got no answer",
                                "errors": "prints no line for the two requests that got no answer; counts 404 as good",
                                "mean": "gives two decimals of a second"}, files)


def _fortio():
    summary = json.loads((CORPUS / "fortio/access.summary.json").read_text())
    histogram = summary["DurationHistogram"]
    percentiles = {f"p{entry['Percentile']}": entry["Value"] for entry in histogram["Percentiles"]}
    numbers = {"samples": histogram["Count"],
               "errors": sum(count for code, count in summary["RetCodes"].items() if code >= "400" or code < "100"),
               "mean": histogram["Avg"], "max": histogram["Max"]}
    numbers |= {name: percentiles[name] for name in ("p50", "p95", "p99") if name in percentiles}
    reasons = {"mean": "the log has whole microseconds", "max": "the log has whole microseconds"}
    reasons |= dict.fromkeys(("p50", "p95", "p99"), "interpolates within the wide buckets of its histogram")
    return Tool("fortio 1.66.5", reasons, {"fortio/access.json.log.gz": numbers})


def tools():
    return (*_jmeter(), _jmeter_dashboard(), _k6(), _gatling("3.9.5", ["3.9.5"]),
            _gatling("3.10.5", ["3.10.5", "wire-graphite"]), _gatling("3.14.9", ["3.14.9", "3.14.9-tab-in-name"]),
            _vegeta(), _taurus(), _ab(), _h2load(), _fortio(), _siege(), _tsung())


def summaries():
    return [Tool(name, reasons, {file: read(file) for file in files}, truth_summaries.SEEDS)
            for name, reasons, read, files in truth_summaries.TOLD]


def _ours(report):
    return report["response_time_seconds"] | {"samples": report["samples"], "errors": report["errors"]}


def _table(tool, ingest):
    lines = [f"## {tool.name}", "", "| File | Number | Tool | OmniWriter | Difference | Why: the tool … |",
              "|---|---|---|---|---|---|"]
    for file, theirs in tool.files.items():
        ours = _ours(ingest(tool.folder / file))
        shown = f"`{file}`"
        for number in (name for name in NUMBERS if name in theirs):
            is_count = number in ("samples", "errors")
            a, b = theirs[number], ours[number]
            same = a == b if is_count else abs(a - b) < 1e-9
            difference = "0" if same else f"{b - a:+d}" if is_count else f"{(b - a) / a:+.2%}" if a else "n/a"
            bounded = number.startswith("p") and abs(a - b) <= BOUND * a
            why = "" if same else OURS if bounded else tool.reasons[number]
            text = (lambda value: f"{value}") if is_count else (lambda value: f"{value * 1e3:.6g}")
            lines.append(f"| {shown} | {number} | {text(a)} | {text(b)} | {difference} | {why} |")
            shown = ""
    lines.append("")
    return lines


def make(ingest):
    """The page. `ingest(path)` gives the JSON of a run."""
    lines = [HEADER]
    for tool in tools():
        lines += _table(tool, ingest)
    lines.append(SUMMARIES)
    for tool in summaries():
        lines += _table(tool, ingest)
    return "\n".join(lines)


if __name__ == "__main__":
    import truth_test
    print(make(truth_test.ingest), end="")
