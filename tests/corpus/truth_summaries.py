"""The numbers that the tools tell at the end of a run, read from their summaries by other means than ours: for
truth_table.py. Times in seconds."""

import csv
import json
import pathlib
import re
import xml.etree.ElementTree as ElementTree

import truth

SEEDS = pathlib.Path(__file__).parents[2] / "fuzz" / "seeds"
NAMES = {"50": "p50", "95": "p95", "99": "p99"}
UNITS = {"us": 1e-6, "µs": 1e-6, "ms": 1e-3, "s": 1, "secs": 1, "ns": 1e-9}


def _text(file):
    return (SEEDS / file).read_text()


def _json(file):
    return json.loads(_text(file))


def _find(text, pattern):
    return re.search(pattern, text, re.MULTILINE)[1]


def _time(text):
    """"12.5ms", "0.0125 secs"; several parts, as in "1m2.5s", do not occur."""
    number, unit = re.fullmatch(r"([\d.]+) ?(\D+)", text.strip()).groups()
    return float(number) * UNITS[unit]


def _k6(file):
    told = truth.k6_summary(SEEDS / file)
    return {"samples": told.samples, "errors": told.errors, "mean": told.mean / 1e3, "max": told.maximum / 1e3,
            **{f"p{int(quantile * 100)}": value / 1e3 for quantile, value in told.quantiles.items()
               if quantile in (0.5, 0.95, 0.99)}}


def _k6_text(file):
    text = _text(file)
    told = dict(re.findall(r"(\S+)=(\S+)", _find(text, r"^ +http_req_duration\.+: (.*)$")))
    return {"samples": int(_find(text, r"http_reqs\.+: (\d+)")), "errors": int(_find(text, r"http_req_failed.* (\d+) out of")),
            "mean": _time(told["avg"]), "max": _time(told["max"]), "p50": _time(told["med"]),
            "p95": _time(told["p(95)"]), "p99": _time(told["p(99)"])}


def _wrk(file):
    text = _text(file)
    mean, longest = re.search(r"^ +Latency +(\S+) +\S+ +(\S+)", text, re.MULTILINE).groups()
    percentiles = dict(re.findall(r"^ +(\d+)% +(\S+)$", text, re.MULTILINE))
    other = re.search(r"Non-2xx or 3xx responses: (\d+)", text)
    return {"samples": int(_find(text, r"(\d+) requests in")), "errors": int(other[1]) if other else 0, "mean": _time(mean),
            "max": _time(longest), **{NAMES[percent]: _time(value) for percent, value in percentiles.items() if percent in NAMES}}


def _locust_csv(file):
    with (SEEDS / file).open(newline="") as stream:
        total = next(row for row in csv.DictReader(stream) if row["Name"] == "Aggregated")
    return {"samples": int(total["Request Count"]), "errors": int(total["Failure Count"]),
            "mean": float(total["Average Response Time"]) / 1e3, "max": float(total["Max Response Time"]) / 1e3,
            "p50": float(total["50%"]) / 1e3, "p95": float(total["95%"]) / 1e3, "p99": float(total["99%"]) / 1e3}


def _locust_history(file):
    with (SEEDS / file).open(newline="") as stream:
        total = [row for row in csv.DictReader(stream) if row["Name"] == "Aggregated"][-1]
    return {"samples": int(total["Total Request Count"]), "errors": int(total["Total Failure Count"]),
            "mean": float(total["Total Average Response Time"]) / 1e3,
            "max": float(total["Total Max Response Time"]) / 1e3, "p50": float(total["Total Median Response Time"]) / 1e3}


def _locust_json(file):
    """Percentiles as locust.stats.calculate_response_time_percentile() has them, over all endpoints."""
    entries = _json(file)
    samples = sum(entry["num_requests"] for entry in entries)
    times = {}
    for entry in entries:
        for time, count in entry["response_times"].items():
            times[float(time)] = times.get(float(time), 0) + count

    def percentile(quantile):
        before = int(samples * quantile)
        seen = 0
        for time in sorted(times, reverse=True):
            seen += times[time]
            if samples - seen <= before:
                return time / 1e3
        raise ValueError("no times")

    return {"samples": samples, "errors": sum(entry["num_failures"] for entry in entries),
            "mean": sum(entry["total_response_time"] for entry in entries) / samples / 1e3,
            "max": max(entry["max_response_time"] for entry in entries) / 1e3,
            "p50": percentile(0.5), "p95": percentile(0.95), "p99": percentile(0.99)}


def _artillery(file):
    told = _json(file)["aggregate"]
    counters, times = told["counters"], told["summaries"]["http.response_time"]
    return {"samples": counters["http.requests"],
            "errors": sum(count for name, count in counters.items()
                          if name.startswith("errors.") or re.fullmatch(r"http\.codes\.[45]\d\d", name)),
            "mean": times["mean"] / 1e3, "max": times["max"] / 1e3, "p50": times["p50"] / 1e3, "p95": times["p95"] / 1e3,
            "p99": times["p99"] / 1e3}


def _artillery_1(file):
    told = _json(file)["aggregate"]
    return {"samples": told["rps"]["count"],
            "errors": sum(told["errors"].values()) + sum(count for code, count in told["codes"].items() if code >= "400"),
            "max": told["latency"]["max"] / 1e3, "p50": told["latency"]["median"] / 1e3,
            "p95": told["latency"]["p95"] / 1e3, "p99": told["latency"]["p99"] / 1e3}


def _autocannon(file):
    told = _json(file)
    return {"samples": told["requests"]["total"], "errors": told["errors"] + told["non2xx"],
            "mean": told["latency"]["mean"] / 1e3, "max": told["latency"]["max"] / 1e3,
            "p50": told["latency"]["p50"] / 1e3, "p99": told["latency"]["p99"] / 1e3}


def _bombardier(file):
    told = _json(file)["result"]
    classes = [told[f"req{digit}xx"] for digit in range(1, 6)]
    return {"samples": sum(classes) + told["others"], "errors": sum(classes[3:]) + told["others"],
            "mean": told["latency"]["mean"] / 1e6, "max": told["latency"]["max"] / 1e6,
            **{NAMES[percent]: value / 1e6 for percent, value in told["latency"]["percentiles"].items() if percent in NAMES}}


def _bombardier_text(file):
    text = _text(file)
    classes = [int(count) for count in re.findall(r"\dxx - (\d+)", text)]
    others = int(_find(text, r"others - (\d+)"))
    mean, _, longest = re.search(r"^ +Latency +(\S+) +(\S+) +(\S+)$", text, re.MULTILINE).groups()
    percentiles = dict(re.findall(r"^ +(\d+)% +(\S+)$", text, re.MULTILINE))
    return {"samples": sum(classes) + others, "errors": sum(classes[3:]) + others, "mean": _time(mean), "max": _time(longest),
            **{NAMES[percent]: _time(value) for percent, value in percentiles.items() if percent in NAMES}}


def _fortio(file):
    told = _json(file)
    times = told["DurationHistogram"]
    return {"samples": times["Count"], "errors": times["Count"] - told["RetCodes"].get("200", 0), "mean": times["Avg"],
            "max": times["Max"], **{f"p{entry['Percentile']}": entry["Value"] for entry in times["Percentiles"]
                                    if entry["Percentile"] in (50, 95, 99)}}


def _vegeta(file):
    told = _json(file)
    times = told["latencies"]
    return {"samples": told["requests"], "errors": round(told["requests"] * (1 - told["success"])),
            "mean": times["mean"] / 1e9, "max": times["max"] / 1e9,
            **{f"p{percent}": times[f"{percent}th"] / 1e9 for percent in (50, 95, 99)}}


def _vegeta_text(file):
    text = _text(file)
    times = [_time(value) for value in _find(text, r"^Latencies +\[[^]]*\] +(.*)$").split(",")]
    codes = {code: int(count) for code, count in re.findall(r"\b(\d+):(\d+)", _find(text, r"^Status Codes +\[[^]]*\] +(.*)$"))}
    return {"samples": int(_find(text, r"^Requests +\[[^]]*\] +(\d+)")),
            "errors": sum(count for code, count in codes.items() if code == "0" or code >= "400"),
            "mean": times[1], "p50": times[2], "p95": times[4], "p99": times[5], "max": times[6]}


def _oha(file):
    told = _json(file)
    samples = sum(told["statusCodeDistribution"].values()) + sum(told["errorDistribution"].values())
    return {"samples": samples, "errors": round(samples * (1 - told["summary"]["successRate"])),
            "mean": told["summary"]["average"], "max": told["summary"]["slowest"],
            **{name: told["latencyPercentiles"][name] for name in ("p50", "p95", "p99")}}


def _oha_text(file):
    text = _text(file)
    answers = sum(int(count) for count in re.findall(r"^ +\[\d{3}\] (\d+) responses$", text, re.MULTILINE))
    percentiles = dict(re.findall(r"^ +(\d+)\.00% in (.*)$", text, re.MULTILINE))
    return {"samples": answers, "errors": 0,
            "mean": _time(_find(text, r"Average:\s+(.*)$")), "max": _time(_find(text, r"Slowest:\s+(.*)$")),
            **{NAMES[percent]: _time(value) for percent, value in percentiles.items() if percent in NAMES}}


def _jmeter_dashboard(file):
    total = _json(file)["Total"]
    return {"samples": total["sampleCount"], "errors": total["errorCount"], "mean": total["meanResTime"] / 1e3,
            "p50": total["medianResTime"] / 1e3, "p95": total["pct2ResTime"] / 1e3, "p99": total["pct3ResTime"] / 1e3,
            "max": total["maxResTime"] / 1e3}


def _jmeter_summariser(file):
    count, mean, _, longest, errors = truth.jmeter_summary(SEEDS / file)
    return {"samples": count, "errors": errors, "mean": mean / 1e3, "max": longest / 1e3}


def _gatling_stats(file):
    _, told = truth.gatling_stats(SEEDS / file)[""]
    return {"samples": told["numberOfRequests"]["total"], "errors": told["numberOfRequests"]["ko"],
            "mean": told["meanResponseTime"]["total"] / 1e3, "max": told["maxResponseTime"]["total"] / 1e3,
            "p50": told["percentiles1"]["total"] / 1e3, "p95": told["percentiles3"]["total"] / 1e3,
            "p99": told["percentiles4"]["total"] / 1e3}


def _gatling_text(file):
    rows = truth.gatling_summary(SEEDS / file)
    total, _, failed = rows["request count"]
    return {"samples": total, "errors": failed, "mean": rows["mean response time"][0] / 1e3,
            "max": rows["max response time"][0] / 1e3,
            **{f"p{percent}": rows[f"response time {percent}th percentile"][0] / 1e3 for percent in (50, 95, 99)}}


def _taurus_row(row):
    return {"samples": int(row["succ"]) + int(row["fail"]), "errors": int(row["fail"]), "mean": float(row["avg_rt"]),
            "p50": float(row["perc_50.0"]), "p95": float(row["perc_95.0"]), "p99": float(row["perc_99.0"]),
            "max": float(row["perc_100.0"])}


def _taurus_csv(file):
    return _taurus_row(truth.taurus_stats(SEEDS / file)[""])


def _taurus_xml(file):
    group = next(group for group in ElementTree.parse(SEEDS / file).iter("Group") if group.get("label") == "")
    return _taurus_row({element.find("name").text.replace("/", "_"): element.get("value") for element in group})


def _hey(file):
    text = _text(file)
    mean, longest, statuses = truth.hey_summary(SEEDS / file)
    lost = sum(int(count) for count in re.findall(r"^ +\[(\d+)\]", text.partition("Error distribution:")[2], re.MULTILINE))
    percentiles = dict(re.findall(r"^ +(\d+)% in ([\d.]+) secs$", text, re.MULTILINE))
    return {"samples": sum(statuses.values()) + lost,
            "errors": lost + sum(count for status, count in statuses.items() if status >= "400"), "mean": mean, "max": longest,
            **{NAMES[percent]: float(value) for percent, value in percentiles.items() if percent in NAMES}}


def _ab(file):
    count, _, longest = truth.ab_summary(SEEDS / file)
    text = _text(file)
    errors = int(_find(text, r"Failed requests:\s+(\d+)"))
    return {"samples": count, "errors": errors, "max": longest / 1e3, "mean": int(_find(text, r"^Total: +\d+ +(\d+) ")) / 1e3,
            **{f"p{percent}": int(_find(text, rf"^ +{percent}% +(\d+)$")) / 1e3 for percent in (50, 95, 99)}}


def _siege(file):
    text = _text(file)
    number = lambda name: float(_find(text, rf"^{name}:\s+([\d.]+)"))
    return {"samples": int(number("Transactions") + number("Failed transactions")), "errors": int(number("Failed transactions")),
            "mean": number("Response time"), "max": number("Longest transaction")}


def _h2load(file):
    done, failed, _, mean, longest = truth.h2load_summary(SEEDS / file)
    return {"samples": done, "errors": failed, "mean": mean, "max": longest}


def _httperf(file):
    text = _text(file)
    classes = [int(count) for count in re.findall(r"\dxx=(\d+)", text)]
    errors = int(_find(text, r"Errors: total (\d+)"))
    return {"samples": int(_find(text, r"requests (\d+) replies")), "errors": sum(classes[3:]) + errors,
            "mean": float(_find(text, r"Reply time \[ms\]: response ([\d.]+)")) / 1e3}


def _hdr(file):
    library = json.loads((pathlib.Path(__file__).parent / "summaries" / "hdr-library.json").read_text())
    told = library[pathlib.Path(file).name]
    return {name: told["count" if name == "samples" else name] for name in ("samples", "mean", "p50", "p95", "p99", "max")}


_BUCKETS = "keeps buckets, of which it names an edge and we a middle: the error is stated"

# name, reasons, how it is read, files below fuzz/seeds
TOLD = (
    ("k6 1.8.1, --summary-export, handleSummary and machine-readable summary", {}, _k6,
     ("k6_summary/summary-export.json", "k6_summary/handleSummary.json", "k6_summary/machine-summary.json")),
    ("k6 1.8.1, text", {}, _k6_text, ("k6_text/summary.txt",)),
    ("wrk 4.1.0", {"samples": "counts answered requests alone, not those whose connection broke",
                   "errors": "counts answered requests alone, not those whose connection broke"},
     _wrk, ("wrk/summary.txt", "wrk/drop.summary.txt", "wrk/slow.summary.txt")),
    ("Locust 2.47.0, JSON", dict.fromkeys(("p50", "p95", "p99"), _BUCKETS), _locust_json, ("locust_json/small.json",)),
    ("Locust 2.47.0, CSV", {}, _locust_csv, ("locust_csv/small_stats.csv",)),
    ("Locust 2.47.0, history", {}, _locust_history, ("locust_history/history.csv",)),
    ("Artillery 2.0.21", {}, _artillery, ("artillery/report.json",)),
    ("Artillery 1.7.9", {}, _artillery_1, ("artillery/version-1.json",)),
    ("autocannon 9.0.0, 7.0.0, 4.6.0 and 2.4.1",
     dict.fromkeys(("samples", "errors"), "does not count requests that were never answered: `sent` tells of them"), _autocannon,
     ("autocannon/small.json", "autocannon/drop.json", "autocannon/slow.json", "autocannon/version-7.0.json",
      "autocannon/version-4.json", "autocannon/version-2.json")),
    ("bombardier 1.2.6, JSON", {}, _bombardier,
     ("bombardier/small.json", "bombardier/drop.json", "bombardier/slow-timeouts.json")),
    ("bombardier 1.2.6, text", {}, _bombardier_text,
     ("bombardier_text/latencies.txt", "bombardier_text/plain.txt", "bombardier_text/timeouts.txt")),
    ("fortio 1.66.5", {}, _fortio, ("fortio_report/small.json", "fortio_report/drop.json")),
    ("vegeta 12.13, JSON", {}, _vegeta, ("vegeta_report/report.json",)),
    ("vegeta 12.13, text", {}, _vegeta_text, ("vegeta_text/report.txt",)),
    ("oha 1.16.0, JSON", {"errors": "counts every answer as a success, whatever its status"}, _oha, ("oha_report/small.json",)),
    ("oha 1.16.0, text", {"errors": "counts every answer as a success, whatever its status"}, _oha_text, ("oha_text/corpus.txt",)),
    ("JMeter 5.6.3, dashboard", {}, _jmeter_dashboard, ("jmeter_statistics/statistics.json",)),
    ("JMeter 5.6.3, summariser", {}, _jmeter_summariser, ("jmeter_summariser/no-subresults.summary.txt",)),
    ("Gatling 3.10.5, report", {}, _gatling_stats, ("gatling_stats/stats.json",)),
    ("Gatling 3.10.5 and 3.14.9, text", {}, _gatling_text, ("gatling_text/3.10.txt", "gatling_text/3.14.txt")),
    ("Taurus 1.17.2, XML", {}, _taurus_xml, ("taurus_xml/jmeter-final-stats.xml", "taurus_xml/k6-final-stats.xml")),
    ("Taurus 1.17.2, CSV", {}, _taurus_csv, ("taurus_stats/jmeter-final-stats.csv", "taurus_stats/k6-final-stats.csv")),
    ("hey 0.1.4", {}, _hey, ("hey_text/summary.txt", "hey_text/drop.summary.txt")),
    ("ab 2.3", {}, _ab, ("ab_text/summary.txt", "ab_text/drop.summary.txt")),
    ("siege 4.0.7", {"errors": "counts answers with 404 as good, except in `Successful transactions`"}, _siege,
     ("siege_summary/summary.txt", "siege_summary/csv-summary.txt")),
    ("h2load 1.52.0", {"samples": "leaves out 16 requests that were begun and never answered",
                       "errors": "counts requests that it never began, too"}, _h2load,
     ("h2load_text/h1.txt", "h2load_text/h2.txt", "h2load_text/aborted.txt")),
    ("httperf 0.9.0", {}, _httperf, ("httperf_text/summary.txt",)),
    ("HdrHistogram for Java 2.2.2 and Python 0.10.8, logs", dict.fromkeys(("p50", "p95", "p99"), _BUCKETS), _hdr,
     ("hdr_log/java-ns.hlog", "hdr_log/java-tags.hlog", "hdr_log/python.hlog")),
)
