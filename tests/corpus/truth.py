"""Reads result files of load tools the slow and obvious way. Shares nothing with OmniWriter."""

import collections
import csv
import dataclasses
import datetime
import gzip
import html
import io
import json
import math
import pathlib
import re
import struct
import xml.etree.ElementTree as ElementTree
import zlib


@dataclasses.dataclass
class Sample:
    endpoint: str
    start: float  # seconds since the epoch
    duration_ns: int
    ok: bool
    bytes_received: int = 0
    thread: str = ""
    users: int = 0
    connect_ms: int | None = None
    latency_ms: int | None = None  # to the first byte, connecting included; 0: JMeter did not measure it


def at_rank(durations_ns, quantile):
    """The value in seconds at rank ceil(q*n)."""
    ordered = sorted(durations_ns)
    return ordered[max(1, math.ceil(quantile * len(ordered) - 1e-9)) - 1] / 1e9


def neighbours(durations_ns, quantile):
    """The values in seconds one rank below and one above: no interpolation reaches beyond them."""
    ordered = sorted(durations_ns)
    rank = max(1, math.ceil(quantile * len(ordered) - 1e-9))
    return ordered[max(rank - 2, 0)] / 1e9, ordered[min(rank, len(ordered) - 1)] / 1e9


def linear(values, quantile):
    """k6: linear interpolation at (n-1)*q."""
    ordered = sorted(values)
    at = (len(ordered) - 1) * quantile
    low = math.floor(at)
    high = min(low + 1, len(ordered) - 1)
    return ordered[low] + (ordered[high] - ordered[low]) * (at - low)


def legacy(values, quantile):
    """JMeter's dashboard (commons-math LEGACY): linear interpolation at q*(n+1), counted from 1."""
    ordered = sorted(values)
    at = quantile * (len(ordered) + 1)
    if at < 1:
        return ordered[0]
    if at >= len(ordered):
        return ordered[-1]
    low = math.floor(at)
    return ordered[low - 1] + (at - low) * (ordered[low] - ordered[low - 1])


def read(path):
    """The content; of a gzip stream that was cut, what came before the cut."""
    content = pathlib.Path(path).read_bytes()
    if content[:2] != b"\x1f\x8b":
        return content
    try:
        return gzip.decompress(content)
    except EOFError:
        return zlib.decompressobj(wbits=31).decompress(content)


# JMeter ---------------------------------------------------------------------------------------------------------------

_MINIMAL = "timeStamp,elapsed,label,responseCode,responseMessage,threadName,dataType,success,bytes,Latency".split(",")
_TRANSACTION = re.compile(r"Number of samples in transaction : (\d+)")


def _jmeter_time(text):
    if text.isdigit():
        return int(text) / 1e3
    moment = datetime.datetime.strptime(text, "%Y/%m/%d %H:%M:%S.%f")
    return moment.replace(tzinfo=datetime.timezone.utc).timestamp()


def jmeter_csv(path):
    """The requests: no transaction controllers, no sub-results (steps of a redirect). Also the sub-results, the number of
    transactions, and the children of transactions that have a parent sample, which are requests; JMeter's summariser
    leaves them out.

    Seen by one thread: a redirect is followed by its steps, named after it. A transaction with a parent sample is followed
    by its children; one without comes after them, so that the row before it began within it."""
    text = read(path).decode()
    whole = text[: text.rfind("\n") + 1]  # a killed run leaves a part of a line
    first = whole.split("\n", 1)[0]
    delimiter = next(d for d in ",;\t" if d in first)
    named = first.startswith("timeStamp")  # without, nothing says that the last numbers are latencies
    if named:
        rows = list(csv.DictReader(io.StringIO(whole, newline=""), delimiter=delimiter))
    else:
        rows = list(csv.DictReader(io.StringIO(whole, newline=""), fieldnames=_MINIMAL, delimiter=delimiter))
    counted, parts, transactions, within = [], [], 0, []
    before = {}  # thread -> its last row that is no step of a redirect
    children = collections.Counter()  # thread -> how many of its next rows are children
    for row in rows:
        sample = Sample(row["label"], _jmeter_time(row["timeStamp"]), int(row["elapsed"]) * 1_000_000,
                        row["success"] == "true", int(row["bytes"]), row["threadName"], int(row.get("allThreads") or 0),
                        *(int(row[name]) if row.get(name) and named else None for name in ("Connect", "Latency")))
        last = before.get(sample.thread)
        if last and re.fullmatch(re.escape(last.endpoint) + r"-\d+", sample.endpoint):
            parts.append(sample)
            continue
        before[sample.thread] = sample
        transaction = _TRANSACTION.match(row["responseMessage"])
        if transaction:
            transactions += 1
            if last is None or last.start < sample.start:
                children[sample.thread] = int(transaction[1])
        else:
            counted.append(sample)
            if children[sample.thread] > 0:
                children[sample.thread] -= 1
                within.append(sample)
    return counted, parts, transactions, within


def jmeter_xml(path):
    """As jmeter_csv(), of the XML form, where sub-results are nested."""
    counted, parts, transactions = [], [], 0
    parser = ElementTree.XMLPullParser(events=("start", "end"))
    depth = 0
    try:
        parser.feed(read(path))
    except ElementTree.ParseError:
        pass
    for event, element in parser.read_events():
        if element.tag not in ("sample", "httpSample"):
            continue
        if event == "start":
            depth += 1
            continue
        depth -= 1
        get = element.attrib
        sample = Sample(get["lb"], int(get["ts"]) / 1e3, int(get["t"]) * 1_000_000, get["s"] == "true", int(get["by"]),
                        get["tn"], int(get["na"]), *(int(get[name]) if get.get(name) else None for name in ("ct", "lt")))
        if depth > 0:
            parts.append(sample)
        elif _TRANSACTION.match(get["rm"]):
            transactions += 1
        else:
            counted.append(sample)
    return counted, parts, transactions, []


def jmeter_summary(path):
    """The last "summary =" line: (samples, mean in ms, truncated, min ms, max ms, errors)."""
    lines = re.findall(r"^summary =\s+(\d+) in .*Avg:\s+(\d+) Min:\s+(\d+) Max:\s+(\d+) Err:\s+(\d+)",
                       pathlib.Path(path).read_text(), re.MULTILINE)
    return tuple(int(value) for value in lines[-1])


# k6 -------------------------------------------------------------------------------------------------------------------

def _rfc3339(text):
    match = re.fullmatch(r"(\d+-\d+-\d+T\d+:\d+:\d+)(\.\d+)?(Z|[+-]\d+:\d+)", text)
    zone = "+00:00" if match[3] == "Z" else match[3]
    return datetime.datetime.fromisoformat(match[1] + zone).timestamp() + float(match[2] or 0)


def _k6_time(text):
    if "T" in text:
        return _rfc3339(text)
    return int(text) / 10 ** {10: 0, 13: 3, 16: 6, 19: 9}[len(text)]


def _k6(points):
    """points: (metric, time of the end, value, tags). k6's http_req_duration is in ms."""
    samples, extra = [], {"data_received": 0, "data_sent": 0, "vus": 0}
    for metric, end, value, tags in points:
        if metric == "http_req_duration":
            duration_ns = round(value * 1e6)
            samples.append(Sample(tags["name"], end - duration_ns / 1e9, duration_ns, True))
        elif metric == "http_req_failed":  # follows the duration of the same request
            samples[-1].ok = value == 0
        elif metric in ("data_received", "data_sent"):
            extra[metric] += round(value)
        elif metric == "vus":
            extra["vus"] = max(extra["vus"], round(value))
    return samples, extra


def k6_json(path):
    def points():
        for line in read(path).split(b"\n")[:-1]:  # the last one is empty, or cut
            entry = json.loads(line)
            if entry["type"] == "Point":
                data = entry["data"]
                yield entry["metric"], _rfc3339(data["time"]), data["value"], data["tags"]

    return _k6(points())


def k6_csv(path):
    def points():
        text = read(path).decode()
        for row in csv.DictReader(io.StringIO(text[: text.rfind("\n") + 1], newline="")):
            yield row["metric_name"], _k6_time(row["timestamp"]), float(row["metric_value"]), row

    return _k6(points())


@dataclasses.dataclass
class K6Summary:
    """Durations in ms."""
    samples: int
    errors: int
    data_received: int
    data_sent: int
    mean: float
    minimum: float
    maximum: float
    quantiles: dict


_K6_QUANTILES = {"med": 0.5, "p(90)": 0.9, "p(95)": 0.95, "p(99)": 0.99, "p(99.9)": 0.999, "p50": 0.5, "p90": 0.9,
                 "p95": 0.95, "p99": 0.99, "p99.9": 0.999, "p99_9": 0.999}


def k6_summary(path):
    """Any of the three shapes of k6 summaries."""
    content = json.loads(pathlib.Path(path).read_text())
    if "results" in content:  # --new-machine-readable-summary
        metrics = {metric["name"]: metric["values"] for metric in content["results"]["metrics"]}
        failed = metrics["http_req_failed"]["matches"]
    else:  # handleSummary nests the values; --summary-export does not
        metrics = {name: metric.get("values", metric) for name, metric in content["metrics"].items()}
        failed = metrics["http_req_failed"]["passes"]
    duration = metrics["http_req_duration"]
    return K6Summary(metrics["http_reqs"]["count"], failed, metrics["data_received"]["count"],
                     metrics["data_sent"]["count"], duration["avg"], duration["min"], duration["max"],
                     {_K6_QUANTILES[name]: value for name, value in duration.items() if name in _K6_QUANTILES})


_K6_PHASES = {"http_req_blocked": "blocked", "http_req_connecting": "connect", "http_req_tls_handshaking": "tls",
              "http_req_sending": "sending", "http_req_waiting": "waiting", "http_req_receiving": "receiving"}
# What users, requests and bytes say already.
_K6_OTHER = {"vus", "vus_max", "http_reqs", "http_req_duration", "http_req_failed", "data_received", "data_sent",
             "checks", "group_duration"}


@dataclasses.dataclass
class K6Depth:
    phases: dict  # name: values
    checks: dict  # name: (passed, failed)
    metrics: dict  # name: values


def k6_depth(path):
    """What k6 tells of a run besides its requests: --summary-export, or what handleSummary is given."""
    content = json.loads(pathlib.Path(path).read_text())
    values = {name: metric.get("values", metric) for name, metric in content["metrics"].items() if "{" not in name}
    checks = {}

    def walk(group, path):
        for check in _listed(group.get("checks", [])):
            checks[" / ".join([*path, check["name"]])] = (check["passes"], check["fails"])
        for inner in _listed(group.get("groups", [])):
            walk(inner, [*path, inner["name"]])

    walk(content["root_group"], [])
    return K6Depth({phase: values[name] for name, phase in _K6_PHASES.items() if name in values}, checks,
                   {name: value for name, value in values.items() if name not in _K6_OTHER | set(_K6_PHASES)})


def _listed(of):
    return of.values() if isinstance(of, dict) else of


# Gatling --------------------------------------------------------------------------------------------------------------

@dataclasses.dataclass
class GatlingRun:
    samples: list
    groups: list  # as samples; the duration is the response times of the requests within, together
    users: int  # the most at once, in the order of the file


def gatling_text(path):
    """Text until 3.12, as 3.4 and later write it. A line that was cut has no end."""
    run, users = GatlingRun([], [], 0), 0
    for line in read(path).decode().split("\n")[:-1]:
        kind, *fields = line.split("\t")
        if kind == "REQUEST":
            *name, start, end, status, _ = fields
            groups, name = name[0].split(","), "\t".join(name[1:])  # the name may hold tabs
            run.samples.append(Sample(" / ".join([group for group in groups if group] + [name]), int(start) / 1e3,
                                      (int(end) - int(start)) * 1_000_000, status == "OK"))
        elif kind == "GROUP":
            groups, start, _, response, status = fields
            run.groups.append(Sample(groups.replace(",", " / "), int(start) / 1e3, int(response) * 1_000_000,
                                     status == "OK"))
        elif kind == "USER":
            users += 1 if fields[1] == "START" else -1
            run.users = max(run.users, users)
    return run


def gatling_binary(path):
    """Since 3.13. Decodes Latin-1 alone, which is all there is."""
    data, at = read(path), 0
    strings, run, users, started = [], GatlingRun([], [], 0), 0, 0

    def take(layout):
        nonlocal at
        values = struct.unpack_from(layout, data, at)
        at += struct.calcsize(layout)
        return values[0] if len(values) == 1 else values

    def string():
        length = take(">i")
        return take(f">{length}sx").decode("latin-1") if length else ""

    def cached():
        number = take(">i")
        if number > 0:
            strings.append(string())
            return strings[number - 1]
        return strings[-number - 1]

    while at < len(data):
        kind = take(">b")
        if kind == 0:
            string(), string()
            started = take(">q")
            string()
            for _ in range(take(">i")):
                string()
            for _ in range(take(">i")):
                take(f">{take('>i')}s")
        elif kind in (1, 3):
            path = [cached() for _ in range(take(">i"))] + ([cached()] if kind == 1 else [])
            start, end = take(">ii")
            response = end - start if kind == 1 else take(">i")
            sample = Sample(" / ".join(path), (started + start) / 1e3, response * 1_000_000, take(">b") == 1)
            (run.samples if kind == 1 else run.groups).append(sample)
            if kind == 1:
                cached()
        elif kind == 2:
            users += 1 if take(">ibi")[1] else -1
            run.users = max(run.users, users)
        else:
            cached(), take(">i")
    return run


def gatling_stats(path):
    """js/stats.json of the HTML report: {path: (type, stats)}; "" is all requests."""
    found = {}

    def walk(node):
        found[html.unescape(node["path"])] = (node["type"], node["stats"])
        for child in node.get("contents", {}).values():
            walk(child)

    walk(json.loads(pathlib.Path(path).read_text()))
    return found


_GATLING_ROW = re.compile(r"^> (.+?) {2,}[| ]*([\d,]+) +(?:\(OK=(\d+) +KO=(\d+) *\)|\| +([\d,]+) \| +([\d,]+)$)",
                          re.MULTILINE)


def gatling_summary(path):
    """What the console printed last: {row: (total, ok, ko)}, times in ms."""
    text = read(path).decode()
    text = text[text.index("Global Information"):]
    return {re.sub(r" \(ms\)$", "", row): tuple(int(value.replace(",", "")) for value in values if value)
            for row, *values in _GATLING_ROW.findall(text)}


# Tools that write one row per request --------------------------------------------------------------------------------

def _http_ok(status):
    return status.isdigit() and 100 <= int(status) < 400


def hey(path):
    """Times count from the start of the run."""
    return [Sample("(unnamed)", float(row["offset"]), round(float(row["response-time"]) * 1e9),
                   _http_ok(row["status-code"]))
            for row in csv.DictReader(io.StringIO(read(path).decode()))]


_ACCESS = re.compile(r'\S+ \S+ \S+ \[([^\]]+)\] "((?:[^"\\]|\\.)*)" (\d{3}) (\d+|-)(?: "(?:[^"\\]|\\.)*" "(?:[^"\\]|\\.)*")? ?(.*)')


def _access_time(text):
    for form in ("%d/%b/%Y:%H:%M:%S %z", "%Y-%m-%dT%H:%M:%S.%f %z", "%Y-%m-%dT%H:%M:%S%z"):
        try:
            return datetime.datetime.strptime(text, form).timestamp()
        except ValueError:
            pass
    raise ValueError(text)


def _access_endpoint(request):
    """Method and path; none for what is no request."""
    match = re.fullmatch(r"(?:([A-Z]+) )?(/[^ ?]*)(?:\?[^ ]*)?(?: HTTP/[0-9.]+)?", request)
    return " ".join(filter(None, match.groups())) if match else "(unnamed)"


def access_log(path, unit=None):
    """`unit`: nanoseconds of the first number behind the user agent, where there is one. nginx's has decimals, and then
    the time is that of the end."""
    samples = []
    for line in read(path).decode().splitlines():
        time, request, status, size, extra = _ACCESS.fullmatch(line).groups()
        duration_ns = round(float(extra.split()[0]) * unit) if unit else 0
        end = unit == 1_000_000_000
        samples.append(Sample(_access_endpoint(request), _access_time(time) - (duration_ns / 1e9 if end else 0),
                              duration_ns, _http_ok(status), 0 if size == "-" else int(size)))
    return samples


def access_log_json(path):
    """The two forms of the corpus, by regular expression: one of them is not always JSON."""
    samples = []
    for line in read(path).decode().splitlines():
        get = {key: text or number for key, text, number in re.findall(r'"(\w+)":(?:"((?:[^"\\]|\\.)*)"|([0-9.]+))', line)}
        duration_ns = round(float(get.get("request_time") or get["rt"]) * 1e9)
        end = float(get["msec"]) if "msec" in get else _access_time(get["t"])
        request = " ".join(filter(None, (get.get("method"), get["uri"])))
        samples.append(Sample(_access_endpoint(request), end - duration_ns / 1e9, duration_ns,
                              _http_ok(get.get("status") or get["s"]), int(get.get("bytes", 0))))
    return samples


def hey_summary(path):
    """(mean in seconds, slowest, {status: count}) as the client saw it."""
    text = pathlib.Path(path).read_text()
    return (float(re.search(r"Average:\s+([0-9.]+)", text)[1]), float(re.search(r"Slowest:\s+([0-9.]+)", text)[1]),
            {status: int(count) for status, count in re.findall(r"\[(\d{3})\]\s+(\d+) responses", text)})


def ab_summary(path):
    """(requests, answers that were not 2xx, longest in ms)."""
    text = pathlib.Path(path).read_text()
    other = re.search(r"Non-2xx responses:\s+(\d+)", text)
    return (int(re.search(r"Complete requests:\s+(\d+)", text)[1]), int(other[1]) if other else 0,
            int(re.search(r"100%\s+(\d+) \(longest request\)", text)[1]))


def ab(path):
    """The file does not say how requests ended."""
    return [Sample("(unnamed)", int(row["seconds"]), int(row["ttime"]) * 1_000_000, True)
            for row in csv.DictReader(io.StringIO(read(path).decode()), delimiter="\t")]


def h2load(path):
    rows = (line.split("\t") for line in read(path).decode().splitlines())
    return [Sample("(unnamed)", int(start) / 1e6, int(duration) * 1000, _http_ok(status))
            for start, status, duration in rows]


def h2load_summary(path):
    """(done, failed, shortest, mean, longest); times in seconds, of three or four digits."""
    text = pathlib.Path(path).read_text()
    units = {"us": 1e-6, "ms": 1e-3, "s": 1}
    times = re.search(r"^time for request:(.*)$", text, re.MULTILINE)[1]
    low, high, mean = [float(value) * units[unit] for value, unit in re.findall(r"([0-9.]+)(us|ms|s)\b", times)[:3]]
    return (int(re.search(r"(\d+) done", text)[1]), int(re.search(r"(\d+) failed", text)[1]), low, mean, high)


def oha(path):
    """Times count from the start of the run."""
    return [Sample("(unnamed)", float(row["request-start"]), round(float(row["request-duration"]) * 1e9),
                   _http_ok(row["status"]), int(row["bytes"]))
            for row in csv.DictReader(io.StringIO(read(path).decode()))]


# vegeta ---------------------------------------------------------------------------------------------------------------

def _vegeta(rows):
    """rows: (start, latency in ns, code, bytes in, method, URL)"""
    return [Sample(f"{method} {url.split('?')[0]}", start, int(latency), 200 <= int(code) < 400, int(received))
            for start, latency, code, received, method, url in rows]


def vegeta_csv(path):
    return _vegeta((int(row[0]) / 1e9, row[2], row[1], row[4], row[9], row[10])
                   for row in csv.reader(io.StringIO(read(path).decode(), newline="")))


def vegeta_json(path):
    hits = map(json.loads, read(path).splitlines())
    return _vegeta((_rfc3339(hit["timestamp"]), hit["latency"], hit["code"], hit["bytes_in"], hit["method"], hit["url"])
                   for hit in hits)


def tsung(path):
    """The date is that of the end."""
    samples = []
    for row in csv.DictReader(io.StringIO(read(path).decode()), delimiter=";"):
        duration_ns = round(float(row["duration"]) * 1e6)
        endpoint = row["http method"].upper() + " " + row["URL"].split("?")[0]
        samples.append(Sample(endpoint, float(row["#date"]) - duration_ns / 1e9, duration_ns,
                              _http_ok(row["HTTP status"]) and not row["error"], int(row["size"])))
    return samples


def tsung_totals(path):
    """Of tsung.log: (requests, mean in ms, longest in ms, {status: count}), as last reported."""
    text = pathlib.Path(path).read_text()
    requests = re.findall(r"^stats: request \d+ \S+ \S+ (\S+) \S+ (\S+) (\d+)$", text, re.MULTILINE)[-1]
    statuses = dict(re.findall(r"^stats: (\d{3}) \d+ (\d+)$", text, re.MULTILINE))
    return int(requests[2]), float(requests[1]), float(requests[0]), {key: int(count) for key, count in statuses.items()}


_SIEGE_CSV = re.compile(r"HTTP/[\d.]+,(\d+), *([\d.]+), *(\d+),(.*),\d+,([\d-]+ [\d:]+)$", re.MULTILINE)
_SIEGE_TEXT = re.compile(r"^\[\w+, ([\d-]+ [\d:]+)\] HTTP/[\d.]+ (\d+) +([\d.]+) secs: +(\d+) bytes ==> (\w+) +(\S+)$",
                         re.MULTILINE)


def siege(path):
    """Times are those of the end, local: UTC here."""
    text = read(path).decode()
    rows = [(time, status, seconds, size, endpoint) for status, seconds, size, endpoint, time in _SIEGE_CSV.findall(text)]
    rows += [(time, status, seconds, size, f"{method} {url}")
             for time, status, seconds, size, method, url in _SIEGE_TEXT.findall(text)]
    samples = []
    for time, status, seconds, size, endpoint in rows:
        end = datetime.datetime.strptime(time + " +0000", "%Y-%m-%d %H:%M:%S %z").timestamp()
        samples.append(Sample(endpoint, end - float(seconds), round(float(seconds) * 1e9), _http_ok(status), int(size)))
    return samples


def siege_summary(path):
    """(requests answered with less than 400, mean and longest of the transactions in seconds)."""
    text = pathlib.Path(path).read_text()
    value = lambda name: float(re.search(rf"^{name}:\s+([\d.]+)", text, re.MULTILINE)[1])
    return int(value("Successful transactions")), value("Response time"), value("Longest transaction")


_FORTIO_INFLUX = re.compile(r'^latency,thread=\d+,ok=(true|false) value=([\d.]+),details="(.*)" (\d+)$', re.MULTILINE)


def fortio(path):
    text = read(path).decode()
    if text.startswith("{"):
        rows = [(row["ok"], row["latency"], row["timestamp"]) for row in map(json.loads, text.splitlines())]
    else:
        rows = [(ok == "true", float(seconds), int(time)) for ok, seconds, _, time in _FORTIO_INFLUX.findall(text)]
    return [Sample("(unnamed)", time / 1e9, round(seconds * 1e9), ok) for ok, seconds, time in rows]


def taurus_stats(path):
    """{label: row} of the final-stats CSV; "" is all of them. Times in seconds."""
    with pathlib.Path(path).open(newline="") as file:
        return {row["label"]: row for row in csv.DictReader(file)}
