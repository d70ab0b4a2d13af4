"""Runs the queries of a Grafana dashboard against the real servers behind its data sources, as Grafana 12 would.

    board = Dashboard(dashboard_json, data_sources, start_ms, end_ms)
    board.variables                # name -> values, asked from the data source
    board.select(endpoint="home")  # before that each holds its first value, or all where it may
    board.frames(panel)            # what comes back for each query that is shown
    board.numbers(panel)           # what a panel with numbers shows: name -> value
    board.rows(panel)              # what a table shows, as dictionaries

Follows Grafana's source: variable formats of scenes; pkg/promlib; pkg/tsdb/influxdb/influxql;
pkg/tsdb/elasticsearch; pkg/expr for what its alert rules and `__expr__` queries need; packages/grafana-data for
transformations. `data_sources` are what Grafana answers under /api/datasources/uid/…, by uid."""

import collections
import json
import math
import re
import urllib.parse

import grafana_transformations
from grafana_transformations import Field, Frame
from servers import http

DEFAULT_SCRAPE_INTERVAL = "15s"
DURATION_UNITS = {"ms": 1, "s": 1000, "m": 60000, "h": 3600000, "d": 86400000, "w": 604800000, "M": 2592000000,
                  "y": 31536000000}
# What an interval up to (exclusive) the first number is rounded to.
ROUND_INTERVALS = ((10, 1), (15, 10), (35, 20), (75, 50), (150, 100), (350, 200), (750, 500), (1500, 1000), (3500, 2000),
                   (7500, 5000), (12500, 10000), (17500, 15000), (25000, 20000), (45000, 30000), (90000, 60000),
                   (210000, 120000), (450000, 300000), (750000, 600000), (1050000, 900000), (1500000, 1200000),
                   (2700000, 1800000), (5400000, 3600000), (9000000, 7200000), (16200000, 10800000), (32400000, 21600000),
                   (86400000, 43200000), (604800000, 86400000), (1814400000, 604800000), (3628800000, 2592000000))


def series(ref, labels, points, name=""):
    """A frame of one series."""
    return Frame(ref, [Field("Time", [time for time, _ in points], {}),
                       Field("Value", [value for _, value in points], labels, name or None)])


class QueryError(Exception):
    """A data source refuses a query. Holds the query as it was sent."""


def milliseconds(text):
    match = re.fullmatch(r">?\s*(\d+(?:\.\d+)?)(ms|[smhdwMy])", text)
    return int(float(match[1]) * DURATION_UNITS[match[2]])


def as_duration(value):
    """Milliseconds in the one unit that Grafana writes them with."""
    for unit in ("y", "d", "h", "m", "s"):
        if value >= DURATION_UNITS[unit] and value % DURATION_UNITS[unit] == 0:
            return f"{value // DURATION_UNITS[unit]}{unit}"
    return f"{value}ms"


def round_interval(value):
    return next((rounded for limit, rounded in ROUND_INTERVALS if value < limit), 31536000000)


class Window:
    """A time range, and how finely a panel looks at it."""

    def __init__(self, start_ms, end_ms, minimum, max_data_points=800):
        self.start = start_ms
        self.end = end_ms
        self.max_data_points = max_data_points
        exact = (end_ms - start_ms) / max_data_points
        least = milliseconds(minimum) if minimum else 1
        self.interval = least if exact < least else round_interval(exact)


# Variables ------------------------------------------------------------------------------------------------------------

class AllValue(str):
    """The text that a variable has instead of all its values: goes into queries as it is."""


def escape_regex(text):
    return re.sub(r"[\\^$*+?.()|\[\]{}/]", r"\\\g<0>", text)


def escape_lucene(text):
    try:
        float(text or "0")
        return text
    except ValueError:
        return re.sub(r'[!*+\-=<>\s&|()\[\]{}^~?:\\/"]', r"\\\g<0>", text)


def escape_prometheus(text):
    """As of a variable with several values; quotes are left as they are."""
    return re.sub(r"[$^*{}\[\]+?.()|]", r"\\\\\g<0>", text.replace("\\", "\\\\\\\\"))


def joined(values, escape):
    values = [escape(value) for value in values]
    return values[0] if len(values) == 1 else f"({'|'.join(values)})"


FORMATS = {
    "raw": ",".join,
    "csv": ",".join,
    "pipe": "|".join,
    "glob": lambda values: values[0] if len(values) == 1 else "{" + ",".join(values) + "}",
    "regex": lambda values: joined(values, escape_regex),
    "lucene": lambda values: "(" + " OR ".join(f'"{escape_lucene(value)}"' for value in values) + ")",
    "json": json.dumps,
    "doublequote": lambda values: ",".join('"' + value.replace('"', '\\"') + '"' for value in values),
    "singlequote": lambda values: ",".join("'" + value.replace("'", "\\'") + "'" for value in values),
}


class Variable:
    def __init__(self, definition, values):
        self.name = definition["name"]
        self.many = bool(definition.get("multi") or definition.get("includeAll"))
        self.values = list(values)
        self.selected = self.values[:1]
        if definition.get("includeAll"):
            self.selected = AllValue(definition["allValue"]) if definition.get("allValue") else self.values

    def formatted(self, how, by_source):
        """For ${name:how}; without `how` as the data source has it."""
        if isinstance(self.selected, AllValue):
            return self.selected
        if not how:
            return by_source(self)
        if self.many:
            return FORMATS[how](self.selected)
        value = self.selected[0] if self.selected else ""
        return {"lucene": escape_lucene, "json": str}.get(how, lambda one: FORMATS[how]([one]))(value)


VARIABLE = re.compile(r"\$(\w+)|\[\[(\w+?)(?::(\w+))?\]\]|\$\{(\w+)(?:\.[^:}]+)?(?::([^}]+))?\}")


def interpolate(text, variables, by_source):
    """Replaces the variables that are known. The data sources replace their own macros ($__interval) later."""
    def value_of(match):
        variable = variables.get(match[1] or match[2] or match[4])
        return variable.formatted(match[3] or match[5], by_source) if variable else match[0]

    return VARIABLE.sub(value_of, text)


# Data sources ---------------------------------------------------------------------------------------------------------

class DataSource:
    """`settings` is Grafana's JSON of it."""

    def __init__(self, settings):
        self.url = settings["url"].rstrip("/")
        self.options = settings.get("jsonData", {})
        self.minimum_interval = self.options.get("timeInterval") or None

    def _ask(self, method, path, query, body=None, headers=None):
        status, text = http(method, self.url + path, body, headers)
        if status != 200:
            raise QueryError(f"{status}: {text.decode(errors='replace')[:1000]}\nquery: {query}")
        return json.loads(text)


class Prometheus(DataSource):
    def __init__(self, settings):
        super().__init__(settings)
        self.minimum_interval = self.minimum_interval or DEFAULT_SCRAPE_INTERVAL

    @staticmethod
    def format(variable):
        if not variable.many:
            value = variable.selected[0] if variable.selected else ""
            return value.replace("\\", "\\\\").replace("'", "\\\\'")
        return joined(variable.selected, escape_prometheus) if variable.selected else ""

    def _get(self, path, parameters, query):
        answer = self._ask("GET", path + "?" + urllib.parse.urlencode(parameters, doseq=True), query)
        if answer["status"] != "success" or answer.get("warnings"):
            raise QueryError(f"{answer}\nquery: {query}")
        return answer["data"]

    def _macros(self, text, target, window):
        target_interval = target.get("interval", "")
        least = milliseconds(target_interval) if target_interval and "$" not in target_interval else window.interval
        exact = (window.end - window.start) / window.max_data_points
        calculated = least if exact < least else round_interval(exact)
        step = max(calculated, round_interval((window.end - window.start) / 11000)) * (target.get("intervalFactor") or 1)
        fixed = target_interval and "$" not in target_interval
        scrape = milliseconds(target_interval if fixed else self.minimum_interval)
        rate = max(window.interval + scrape, 4 * scrape)
        if "__rate_interval" in target_interval:
            step = rate = max(step + scrape, 4 * scrape)
        seconds = round((window.end - window.start) / 1000)
        for name, value in (("interval_ms", step), ("interval", as_duration(step)),
                            ("range_ms", window.end - window.start), ("range_s", seconds), ("range", f"{seconds}s"), ("rate_interval_ms", rate),
                            ("rate_interval", as_duration(rate))):
            text = text.replace(f"${{__{name}}}", str(value))
            text = re.sub(rf"\$__{name}(?!\w)", str(value), text)
        return text, step

    def frames(self, target, variables, window):
        expression, step = self._macros(interpolate(target["expr"], variables, self.format), target, window)
        result = []
        if target.get("range") or not target.get("instant"):
            start, end = (moment // step * step / 1000 for moment in (window.start, window.end))
            data = self._get("/api/v1/query_range",
                             {"query": expression, "start": start, "end": end, "step": step / 1000}, expression)
            # A native histogram becomes the cells of a heatmap; here it counts as what is in it.
            result += [(found["metric"], found.get("values") or [[time, one["count"]] for time, one in found["histograms"]])
                       for found in data["result"]]
        if target.get("instant"):
            data = self._get("/api/v1/query", {"query": expression, "time": window.end / 1000}, expression)
            if data["resultType"] == "scalar":
                result.append(({}, [data["result"]]))
            else:
                result += [(found["metric"], [found["value"]]) for found in data["result"]]
        result = [(labels, [(int(time * 1000), float(value)) for time, value in points]) for labels, points in result]
        if target.get("format") == "table":
            return [self._table(target, result)] if result else []
        return [series(target["refId"], labels, points, self._legend(target, labels)) for labels, points in result]

    @staticmethod
    def _legend(target, labels):
        """What an empty one is, too: Grafana falls back to the labels."""
        written = re.sub(r"\{\{\s*(\w+)\s*\}\}", lambda match: labels.get(match[1], ""), target.get("legendFormat", ""))
        return written or "{" + ", ".join(f'{name}="{value}"' for name, value in labels.items()) + "}"

    @staticmethod
    def _table(target, result):
        """One frame; its last column is renamed by refId where a panel has several tables."""
        names = sorted({name for labels, _ in result for name in labels})
        rows = [(labels, time, value) for labels, points in result for time, value in points]
        return Frame(target["refId"], [
            Field("Time", [time for _, time, _ in rows], {}),
            *(Field(name, [labels.get(name, "") for labels, _, _ in rows], {}) for name in names),
            Field("Value", [value for _, _, value in rows], {})])

    def values(self, query, variables, window):
        text = query["query"] if isinstance(query, dict) else query
        text, _ = self._macros(interpolate(text, variables, self.format), {}, window)
        time = {"start": window.start / 1000, "end": window.end / 1000}
        match = re.fullmatch(r"label_values\((?:(.+),\s*)?([a-zA-Z_]\w*)\)\s*", text, re.DOTALL)
        if match:
            parameters = {**time, "match[]": match[1]} if match[1] else time
            return self._get(f"/api/v1/label/{match[2]}/values", parameters, text)
        match = re.fullmatch(r"query_result\((.+)\)\s*", text, re.DOTALL)
        if match:
            data = self._get("/api/v1/query", {"query": match[1], "time": time["end"]}, text)
            return [series["metric"].get("__name__", "") + "{" +
                    ",".join(f'{name}="{value}"' for name, value in series["metric"].items() if name != "__name__") +
                    f"}} {series['value'][1]} {series['value'][0] * 1000}" for series in data["result"]]
        raise QueryError(f"a variable's query that is not understood here: {text}")


class InfluxQl(DataSource):
    @staticmethod
    def format(variable):
        # One that holds a single value is escaped where it stands in a regular expression; here it always does.
        if variable.many:
            return f"({'|'.join(escape_regex(value) for value in variable.selected)})"
        return escape_regex(variable.selected[0]) if variable.selected else ""

    def _series(self, text, variables, window):
        query = interpolate(text, variables, self.format)
        for macro, value in (("$timeFilter", f"time >= {window.start}ms and time <= {window.end}ms"),
                             ("$__interval_ms", str(window.interval)), ("${__interval_ms}", str(window.interval)),
                             ("$__interval", as_duration(window.interval)),
                             ("${__interval}", as_duration(window.interval)),
                             ("$interval", as_duration(window.interval))):
            query = query.replace(macro, value)
        parameters = urllib.parse.urlencode({"db": self.options["dbName"], "epoch": "ms", "q": query})
        if self.options.get("httpMode", "GET") == "GET":
            answer = self._ask("GET", "/query?" + parameters, query)
        else:
            answer = self._ask("POST", "/query", query, parameters.encode(),
                               {"Content-Type": "application/x-www-form-urlencoded"})
        for result in answer["results"]:
            if "error" in result:
                raise QueryError(f"{result['error']}\nquery: {query}")
        return [series for result in answer["results"] for series in result.get("series", [])]

    def frames(self, target, variables, window):
        assert target["rawQuery"], "only raw queries are understood here"
        found = self._series(target["query"], variables, window)
        if target["resultFormat"] == "table":
            return [self._table(target, found)] if found else []
        frames = []
        for one in found:
            times = [row[0] for row in one["values"]]
            for column, name in enumerate(one["columns"]):
                if name == "time":
                    continue
                tags = one.get("tags", {})
                shown = re.sub(r"\$(\w+)", lambda match: self._part(match, one["name"], name, tags),  # noqa: B023
                               target.get("alias") or f"{one['name']}.{name}")
                frames.append(Frame(target["refId"], [
                    Field("Time", times, {}), Field("Value", [row[column] for row in one["values"]], tags, shown)]))
        return frames

    @staticmethod
    def _part(match, measurement, column, tags):
        if match[1] in ("m", "measurement", "col"):
            return column if match[1] == "col" else measurement
        return tags.get(match[1][4:], match[0]) if match[1].startswith("tag_") else match[0]

    @staticmethod
    def _table(target, found):
        rows = [(one.get("tags", {}), row) for one in found for row in one["values"]]
        columns = [Field("Time" if name == "time" else name, [row[index] for _, row in rows], {})
                   for index, name in enumerate(found[0]["columns"])]
        tags = [Field(tag, [tags[tag] for tags, _ in rows], {}) for tag in found[0].get("tags", {})]
        return Frame(target["refId"], [columns[0], *tags, *columns[1:]])

    def values(self, query, variables, window):
        """A variable is asked as a panel is; what counts is the first frame, and the first texts in it."""
        found = self._series(query["query"] if isinstance(query, dict) else query, variables, window)
        if not found:
            return []
        columns = found[0]["columns"]
        if columns[0] == "time":
            return [str(row[1]) for row in found[0]["values"]]
        assert re.match(r"\s*show\s+tag\s+values", query, re.IGNORECASE), query
        return list(dict.fromkeys(str(row[1]) for row in found[0]["values"]))


class Elasticsearch(DataSource):
    @staticmethod
    def format(variable):
        if variable.many:
            return FORMATS["lucene"](variable.selected) if variable.selected else "__empty__"
        return escape_lucene(variable.selected[0]) if variable.selected else ""

    def _search(self, body, window):
        header = {"search_type": "query_then_fetch", "ignore_unavailable": True, "index": self.options["index"]}
        text = json.dumps(body).replace("$__interval_ms", str(window.interval)).replace(
            "$__interval", as_duration(window.interval))
        shards = self.options.get("maxConcurrentShardRequests") or 5
        answers = self._ask("POST", f"/_msearch?max_concurrent_shard_requests={shards}", text,
                            f"{json.dumps(header)}\n{text}\n".encode(), {"Content-Type": "application/x-ndjson"})
        answer, = answers["responses"]
        if "error" in answer:
            raise QueryError(f"{json.dumps(answer['error'])[:1000]}\nquery: {text}")
        return answer

    def _filters(self, query, window):
        time = {"gte": window.start, "lte": window.end, "format": "epoch_millis"}
        filters = [{"range": {self.options["timeField"]: time}}]
        if query.strip():
            filters.append({"query_string": {"analyze_wildcard": True, "query": query}})
        return {"bool": {"filter": filters}}

    def _bucket(self, aggregation, metrics, window):
        """One level of aggregation: what the query builder makes of the editor's model."""
        settings, field = aggregation.get("settings") or {}, aggregation.get("field") or self.options["timeField"]
        kind = aggregation["type"]
        least = int(settings.get("min_doc_count") or 0)
        if kind == "date_histogram":
            interval = settings.get("interval") or "auto"
            body = {"field": field, "min_doc_count": least, "format": "epoch_millis",
                    "extended_bounds": {"min": window.start, "max": window.end}}
            body["calendar_interval" if interval in ("1w", "1M", "1q", "1y") else "fixed_interval"] = (
                "$__interval_msms" if interval == "auto" else interval)
            if settings.get("offset"):
                body["offset"] = settings["offset"]
            return {kind: body}
        if kind == "histogram":
            interval = float(settings.get("interval") or 0) or 1000
            return {kind: {"field": field, "interval": interval, "min_doc_count": least}}
        if kind == "filters":
            return {kind: {"filters": {one.get("label") or one["query"]:
                                       {"query_string": {"query": one["query"], "analyze_wildcard": True}}
                                       for one in settings["filters"]}}}
        assert kind == "terms", kind
        body = {"field": field, "size": int(settings.get("size") or 0) or 500, "order": {}}
        nested = {}
        if "min_doc_count" in settings:
            body["min_doc_count"] = least
        if "missing" in settings:
            body["missing"] = settings["missing"]
        order_by, order = settings.get("orderBy"), settings.get("order", "desc")
        if order_by and order_by[0].isdigit():
            metric = next(one for one in metrics if one["id"] == re.match(r"\d+", order_by)[0])
            body["order"][order_by if metric["type"] != "count" else "_count"] = order
            if metric["type"] != "count":
                nested[metric["id"]] = {metric["type"]: {"field": metric["field"]}}
        elif order_by:
            body["order"]["_key" if order_by == "_term" else order_by] = order
        if not body["order"]:
            del body["order"]
        return {kind: body, **({"aggs": nested} if nested else {})}

    def _request(self, target, query, window):
        root = {"size": 0, "query": self._filters(query, window)}
        innermost = root
        for aggregation in target["bucketAggs"]:
            made = self._bucket(aggregation, target["metrics"], window)
            innermost.setdefault("aggs", {})[aggregation["id"]] = made
            innermost = made
        for metric in target["metrics"]:
            if metric["type"] == "count":
                continue
            body = dict(metric.get("settings") or {})
            if metric["type"] in ("derivative", "cumulative_sum", "moving_avg", "moving_fn", "serial_diff"):
                applied = next(one for one in target["metrics"] if one["id"] == metric["field"])
                body["buckets_path"] = "_count" if applied["type"] == "count" else metric["field"]
            elif metric["type"] == "bucket_script":
                types = {one["id"]: one["type"] for one in target["metrics"]}
                body["buckets_path"] = {
                    one["name"]: "_count" if types[one["pipelineAgg"]] == "count" else one["pipelineAgg"]
                    for one in metric["pipelineVariables"]}
            else:
                body["field"] = metric["field"]
            innermost.setdefault("aggs", {})[metric["id"]] = {metric["type"]: body}
        return root

    def frames(self, target, variables, window):
        query = interpolate(target.get("query", ""), variables, self.format)
        first = target["metrics"][0]
        if first["type"] == "raw_data":
            return self._documents(target, query, window)
        answer = self._search(self._request(target, query, window), window)
        found = answer.get("aggregations", {})
        if target["bucketAggs"][-1]["type"] != "date_histogram":
            return self._table(target, found)
        frames = []
        self._collect(found, target, 0, {}, frames)
        return frames

    def _documents(self, target, query, window):
        """One frame: a column for each field that any document has, nested ones by their path."""
        field = self.options["timeField"]
        size = int((target["metrics"][0].get("settings") or {}).get("size") or 500)
        answer = self._search({"size": size, "query": self._filters(query, window), "docvalue_fields": [field],
                               "sort": [{field: {"order": "desc", "unmapped_type": "boolean"}},
                                        {"_doc": {"order": "desc"}}]}, window)
        rows = [dict(self._flat({**hit["_source"], **{name: hit.get(name) for name in ("_id", "_index", "sort")}}))
                for hit in answer["hits"]["hits"]]
        names = sorted({name for row in rows for name in row})
        fields = [Field(name, [row.get(name) for row in rows], {}) for name in names]
        for one in fields:
            if one.name == field:
                one.values[:] = [grafana_transformations.time_of(text) for text in one.values]
        return [Frame(target["refId"], fields)]

    @classmethod
    def _flat(cls, value, before=""):
        for name, inner in value.items():
            if isinstance(inner, dict) and inner:
                yield from cls._flat(inner, f"{before}{name}.")
            else:
                yield before + name, inner

    METRICS = {"avg": "Average", "sum": "Sum", "max": "Max", "min": "Min"}

    def _table(self, target, found):
        """Without a histogram over time: one frame without labels, a column for each term and each metric."""
        terms = [one["field"] for one in target["bucketAggs"]]
        kinds = [metric["type"] for metric in target["metrics"]]
        names = [self.METRICS[metric["type"]] + (f" {metric['field']}" if kinds.count(metric["type"]) > 1 else "")
                 for metric in target["metrics"]]
        rows = list(self._rows(found, target, 0, []))
        if not rows:
            return []
        return [Frame(target["refId"], [Field(name, [row[index] for row in rows], {})
                                        for index, name in enumerate(terms + names)])]

    def _rows(self, found, target, level, keys):
        if level == len(target["bucketAggs"]):
            yield keys + [found.get(metric["id"], {}).get("value") for metric in target["metrics"]]
            return
        for bucket in found.get(target["bucketAggs"][level]["id"], {}).get("buckets", []):
            yield from self._rows(bucket, target, level + 1, keys + [bucket["key"]])

    def _collect(self, found, target, level, labels, frames):
        aggregation = target["bucketAggs"][level]
        buckets = found.get(aggregation["id"], {}).get("buckets", [])
        if aggregation["type"] != "date_histogram":
            for bucket in buckets:
                inner = {**labels, aggregation["field"]: str(bucket.get("key_as_string", bucket["key"]))}
                self._collect(bucket, target, level + 1, inner, frames)
            return
        for metric in target["metrics"]:
            points = [(bucket["key"], bucket["doc_count"] if metric["type"] == "count" else
                       bucket.get(metric["id"], {}).get("value")) for bucket in buckets]

            def part(match, metric=metric):
                if match[1].startswith("term "):
                    return labels.get(match[1][5:], "")
                return {"field": metric.get("field", ""), "metric": metric["type"]}.get(match[1], match[0])

            shown = re.sub(r"\{\{([\s\S]+?)\}\}", part, target.get("alias") or "") or " ".join(
                labels[name] for name in sorted(labels)) or f"{self.METRICS.get(metric['type'], 'Count')} {metric.get('field', '')}"
            frames.append(series(target["refId"], dict(labels), points, shown))

    def values(self, query, variables, window):
        parsed = json.loads(query["query"] if isinstance(query, dict) else query)
        assert parsed["find"] == "terms", "only terms are understood here"
        condition = interpolate(parsed.get("query", ""), variables, self.format)
        order = {"_count": "desc"} if parsed.get("orderBy") == "doc_count" else {"_key": parsed.get("order", "asc")}
        answer = self._search({"size": 0, "query": self._filters(condition, window), "aggs": {
            "1": {"terms": {"field": parsed["field"], "size": int(parsed.get("size") or 500), "order": order}}}}, window)
        return [str(bucket.get("key_as_string", bucket["key"]))
                for bucket in answer.get("aggregations", {}).get("1", {}).get("buckets", [])]


KINDS = {"prometheus": Prometheus, "influxdb": InfluxQl, "elasticsearch": Elasticsearch}


# Expressions ----------------------------------------------------------------------------------------------------------

REDUCERS = {"last": lambda values: values[-1], "max": max, "min": min, "sum": sum, "count": len,
            "mean": lambda values: sum(values) / len(values)}
EVALUATORS = {"gt": lambda value, limits: value > limits[0], "lt": lambda value, limits: value < limits[0],
              "gte": lambda value, limits: value >= limits[0], "lte": lambda value, limits: value <= limits[0],
              "within_range": lambda value, limits: limits[0] < value < limits[1],
              "outside_range": lambda value, limits: value < limits[0] or value > limits[1]}


def evaluate(model, results):
    """Frames of a server-side expression over those of other queries."""
    kind = model["type"]
    if kind == "math":
        return _math(model, results)
    frames = results[model["expression"].lstrip("$")]
    made = []
    for frame in frames:
        numbers = [value for _, value in frame.points if value is not None and not math.isnan(value)]
        if kind == "reduce":
            number = REDUCERS[model["reducer"]](numbers) if numbers else math.nan
        elif kind == "threshold":
            condition = model["conditions"][0]["evaluator"]
            number = float(bool(numbers) and EVALUATORS[condition["type"]](numbers[-1], condition["params"]))
        else:
            raise QueryError(f"an expression that is not understood here: {kind}")
        made.append(series(model["refId"], frame.labels, [(frame.points[-1][0] if frame.points else 0, number)], model["refId"]))
    return made


def _math(model, results):
    """Arithmetic on series with equal labels, at the times that they have in common."""
    text = re.sub(r"\$\{?(\w+)\}?", r"\1", model["expression"])
    if not re.fullmatch(r"[\w\s.+\-*/()<>=!&|]*", text):
        raise QueryError(f"an expression that is not understood here: {text}")
    names = sorted(set(re.findall(r"\$\{?(\w+)\}?", model["expression"])))

    def by_labels(frames):
        return {tuple(sorted((name, value) for name, value in frame.labels.items() if name != "__name__")):
                dict(frame.points) for frame in frames}

    operands = {name: by_labels(results[name]) for name in names}
    made = []
    for labels in operands[names[0]]:
        if not all(labels in operands[name] for name in names):
            continue
        points = []
        for time in sorted(set.intersection(*(set(operands[name][labels]) for name in names))):
            values = {name: operands[name][labels][time] for name in names}
            if any(value is None for value in values.values()):
                points.append((time, None))
                continue
            try:
                points.append((time, float(eval(text, {"__builtins__": {}}, values))))  # pylint: disable=eval-used
            except ZeroDivisionError:
                points.append((time, math.nan))
        made.append(series(model["refId"], dict(labels), points, model["refId"]))
    return made


# Dashboards -----------------------------------------------------------------------------------------------------------

class Dashboard:
    def __init__(self, dashboard, data_sources, start_ms, end_ms, chosen=None, *, relative=False):
        """`chosen`: values of variables, as in the address. `relative`: the time goes up to now, whenever that is."""
        self.relative = relative
        self._sources = {uid: KINDS[settings["type"]](settings) for uid, settings in data_sources.items()
                         if settings["type"] in KINDS}
        self._range = (start_ms, end_ms)
        self._known = {}
        self.panels = [inner for panel in dashboard["panels"]
                       for inner in (panel.get("panels") or [] if panel["type"] == "row" else [panel])]
        for definition in dashboard.get("templating", {}).get("list", []):
            variable = Variable(definition, self._options(definition))
            if chosen and variable.name in chosen:
                variable.selected = [chosen[variable.name]]
            self._known[variable.name] = variable

    @property
    def variables(self):
        return {name: variable.values for name, variable in self._known.items()}

    def select(self, **values):
        """Chooses single values of variables."""
        for name, value in values.items():
            self._known[name].selected = [value]

    def _source(self, reference):
        uid = interpolate(reference["uid"], self._known, lambda variable: variable.selected[0])
        if uid not in self._sources:
            raise QueryError(f"there is no data source {uid}")
        return self._sources[uid]

    def _options(self, definition):
        if definition["type"] == "datasource":
            return [uid for uid, source in self._sources.items() if isinstance(source, KINDS[definition["query"]])]
        if definition["type"] == "constant":
            return [definition["query"]]
        assert definition["type"] == "query" and definition["sort"] == 0, definition
        source = self._source(definition["datasource"])
        values = source.values(definition["query"], self._known, Window(*self._range, source.minimum_interval))
        if definition.get("regex"):
            body = re.fullmatch(r"/(.*)/", definition["regex"], re.DOTALL)[1]
            values = [match[1] for match in (re.search(body, value) for value in values) if match]
        return list(dict.fromkeys(values))

    def _window(self, panel, source):
        start, end = self._range
        if panel.get("timeFrom") and self.relative:
            start = end - milliseconds(panel["timeFrom"])
        return Window(start, end, panel.get("interval") or source.minimum_interval, panel.get("maxDataPoints") or 800)

    def frames(self, panel):
        """{refId: [Frame]} of the panel's queries that are shown. Empty where a panel asks nothing."""
        results, shown = {}, {}
        targets = panel.get("targets") or []
        expressions = [target for target in targets if (target.get("datasource") or {}).get("uid") == "__expr__"]
        for target in targets:
            reference = target.get("datasource") or panel.get("datasource") or {}
            if reference.get("type") in (None, "grafana", "datasource", "dashboard", "__expr__"):
                continue
            if target.get("hide") and not expressions:
                continue
            source = self._source(reference)
            results[target["refId"]] = source.frames(target, self._known, self._window(panel, source))
        for target in expressions:
            results[target["refId"]] = evaluate(target, results)
        for target in targets:
            if target["refId"] in results and not target.get("hide"):
                shown[target["refId"]] = results[target["refId"]]
        tables = [frame for target in targets if target.get("format") == "table"
                  for frame in shown.get(target["refId"], [])]
        if len([target for target in targets if target.get("format") == "table"]) > 1:
            for frame in tables:
                frame.fields[-1].name = f"Value #{frame.ref}"
        return shown

    def shown(self, panel):
        """The frames after the panel's transformations."""
        frames = [frame for of_query in self.frames(panel).values() for frame in of_query]
        return grafana_transformations.apply(panel.get("transformations") or [], frames)

    def numbers(self, panel):
        """What a panel that reduces each series to its last value shows, by the name it gives that."""
        assert panel["options"]["reduceOptions"] == {"calcs": ["lastNotNull"], "fields": "", "values": False}, panel
        found = {}
        for frame in self.shown(panel):
            for field in frame.fields:
                values = [value for value in field.values if value is not None and not isinstance(value, str)]
                if field.name != "Time" and values:
                    found[renamed(panel, field.shown)] = values[-1]
        return found

    def rows(self, panel):
        """The visible columns of a table."""
        frames = self.shown(panel)
        assert len(frames) <= 1, f"{panel['title']}: {len(frames)} tables"
        fields = [field for frame in frames for field in frame.fields]
        return [{field.shown: field.values[row] for field in fields} for row in range(len(fields[0].values) if fields else 0)]


def renamed(panel, name):
    """The display name that the panel's overrides give a series."""
    for override in panel["fieldConfig"]["overrides"]:
        matcher = override["matcher"]
        if matcher["id"] == "byRegexp" and re.search(matcher["options"].strip("/"), name):
            name = next((one["value"] for one in override["properties"] if one["id"] == "displayName"), name)
    return name


def evaluate_rule(rule, data_sources, now_ms):
    """The frames of a Grafana alert rule's condition: one per alert, 1 where it fires."""
    results = {}
    for query in rule["data"]:
        model = {**query["model"], "refId": query["refId"]}
        if query["datasourceUid"] == "__expr__":
            results[query["refId"]] = evaluate(model, results)
            continue
        settings = data_sources[query["datasourceUid"]]
        source = KINDS[settings["type"]](settings)
        time = query["relativeTimeRange"]
        window = Window(now_ms - time["from"] * 1000, now_ms - time["to"] * 1000,
                        as_duration(model.get("intervalMs", 1000)), model.get("maxDataPoints", 43200))
        results[query["refId"]] = source.frames(model, {}, window)
    return results[rule["condition"]]
