"""Where the time of requests goes, and what assertions found, in the files beside this one and in fuzz/seeds: read by
simple parsers that share nothing with the program. Prints phases.csv, to which tests hold it:
file, kind, name of a check, samples, failed, sum of nanoseconds."""

import csv
import io
import json
import pathlib
import re
import sys
from collections import defaultdict
from decimal import Decimal
from xml.etree import ElementTree

import truth

CORPUS = pathlib.Path(__file__).parent
ROOT = CORPUS.parent.parent


def rows(path, delimiter=","):
    return csv.DictReader(io.StringIO(truth.read(path).decode()), delimiter=delimiter)


def ns(text, decimals=9):
    return int(Decimal(text) * 10 ** decimals)


def hey(path):
    for row in rows(path):
        dns, dialup = ns(row["DNS"]), ns(row["DNS+dialup"])
        yield {"dns": dns, "connect": max(dialup - dns, 0), "sending": ns(row["Request-write"]),
               "waiting": ns(row["Response-delay"]), "receiving": ns(row["Response-read"])}


def oha(path):
    for row in rows(path):
        dns, dialup, first = ns(row["DNS"]), ns(row["DNS+dialup"]), ns(row["Response-delay"])
        yield {"dns": dns, "connect": dialup - dns, "waiting": first - dialup,
               "receiving": ns(row["request-duration"]) - first}


def ab(path):
    for row in rows(path, "\t"):
        yield {"connect": ns(row["ctime"], 6), "waiting": ns(row["wait"], 6)}


def phout(path):
    for line in truth.read(path).decode().splitlines():
        fields = line.split("\t")
        told = dict(zip(("connect", "sending", "waiting", "receiving"), (ns(text, 3) for text in fields[3:7])))
        yield {name: value for name, value in told.items() if value or fields[10] == "0"}


def har(path):
    names = {"blocked": "blocked", "dns": "dns", "connect": "connect", "ssl": "tls", "send": "sending",
             "wait": "waiting", "receive": "receiving"}
    for entry in json.loads(truth.read(path), parse_float=Decimal)["log"]["entries"]:
        told = {names[name]: ns(value, 6) for name, value in entry.get("timings", {}).items()
                if name in names and value >= (0 if entry["response"]["status"] else Decimal("1e-6"))}
        if told.get("tls", 0) <= told.get("connect", -1):
            told["connect"] -= told.get("tls", 0)
        yield told


def nginx(path):
    for line in truth.read(path).decode().splitlines():
        if line.startswith("{"):
            entry = json.loads(line)
            texts = [entry[f"upstream_{name}_time"] for name in ("connect", "header", "response")]
        else:
            texts = [re.search(f'{name}="([^"]*)"', line)[1] for name in ("uct", "uht", "urt")]
        told = defaultdict(int)
        for connect, header, response in zip(*(re.split("[,:] *| : ", text) for text in texts)):
            connect, header, response = (re.fullmatch(r"[0-9.]+", text.strip()) for text in (connect, header, response))
            if connect:
                told["connect"] += ns(connect[0])
            if header:
                told["waiting"] += ns(header[0]) - (ns(connect[0]) if connect else 0)
                told["receiving"] += ns(response[0]) - ns(header[0])
        yield told


def jmeter_xml(path):
    """Requests are samples that lie in none, or in a transaction."""
    root = ElementTree.fromstring(truth.read(path))

    def visit(element, within_request):
        if element.tag not in ("sample", "httpSample"):
            return
        get = element.attrib
        transaction = get.get("rm", "").startswith("Number of samples in transaction")
        for assertion in element.findall("assertionResult"):
            failed = "true" in (assertion.findtext("failure"), assertion.findtext("error"))
            yield assertion.findtext("name"), failed
        if not transaction and not within_request:
            elapsed, latency, connect = (int(get[name]) * 1_000_000 if name in get else -1 for name in ("t", "lt", "ct"))
            measured = 0 < latency <= elapsed or latency == elapsed == 0
            told = {}
            if 0 < connect <= elapsed or (connect == 0 and measured):
                told["connect"] = connect
            if measured:
                told["waiting"] = latency - (connect if 0 <= connect <= latency else 0)
                told["receiving"] = elapsed - latency
            yield told
        for inner in element:
            yield from visit(inner, within_request or not transaction)

    for element in root:
        yield from visit(element, False)


FILES = ((hey, "tests/corpus/hey/drop.csv"), (hey, "tests/corpus/hey/small.csv"), (oha, "tests/corpus/oha/small.csv.gz"),
         (ab, "tests/corpus/ab/gnuplot.tsv.gz"), (ab, "tests/corpus/ab/drop-gnuplot.tsv.gz"),
         (phout, "fuzz/seeds/phout/phantom.phout"), (har, "fuzz/seeds/har/browser.har"),
         (har, "fuzz/seeds/har/timings.har"), (nginx, "fuzz/seeds/access_log/upstream.log"),
         (nginx, "fuzz/seeds/access_log/upstream.json.log"), (jmeter_xml, "tests/corpus/jmeter/xml-default.jtl"),
         (jmeter_xml, "src/inputs/jmeter_xml/testdata/default.jtl"),
         (jmeter_xml, "src/inputs/jmeter_xml/testdata/full.jtl"))


def table():
    lines = ["file,kind,name,samples,failed,sum_ns"]
    for read, file in FILES:
        phases = defaultdict(list)
        checks = defaultdict(list)
        for told in read(ROOT / file):
            if isinstance(told, tuple):
                checks[told[0]].append(told[1])
                continue
            for name, value in told.items():
                phases[name].append(value)
        lines += [f"{file},{name},,{len(values)},,{sum(values)}" for name, values in sorted(phases.items())]
        lines += [f'{file},check,{name},{len(failed)},{sum(failed)},' for name, failed in sorted(checks.items())]
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    sys.stdout.write(table())
