"""Runs the queries of a Grafana dashboard against the real servers behind its data sources, as Grafana 12 would.

    board = Dashboard(dashboard_json, data_sources, start_ms, end_ms)
    board.variables                # name -> values, asked from the data source; all of them are selected
    board.frames(panel)            # what comes back for each query that is shown

Follows Grafana's source: variable formats of scenes; pkg/promlib; pkg/tsdb/influxdb/influxql;
pkg/tsdb/elasticsearch; pkg/expr for what its alert rules and `__expr__` queries need. `data_sources` are what Grafana
answers under /api/datasources/uid/…, by uid."""

import collections
import json
import math
import re
import urllib.parse

from servers import http

Frame = collections.namedtuple("Frame", "ref labels points")
"""One series: `labels`, and `points` as (time in ms, value or None). A row of a table has the time of the query's end."""

DEFAULT_SCRAPE_INTERVAL = "15s"
DURATION_UNITS = {"ms": 1, "s": 1000, "m": 60000, "h": 3600000, "d": 86400000, "w": 604800000, "M": 2592000000,
                  "y": 31536000000}
# What an interval up to (exclusive) the first number is rounded to.
ROUND_INTERVALS = ((10, 1), (15, 10), (35, 20), (75, 50), (150, 100), (350, 200), (750, 500), (1500, 1000), (3500, 2000),
                   (7500, 5000), (12500, 10000), (17500, 15000), (25000, 20000), (45000, 30000), (90000, 60000),
                   (210000, 120000), (450000, 300000), (750000, 600000), (1050000, 900000), (1500000, 1200000),
                   (2700000, 1800000), (5400000, 3600000), (9000000, 7200000), (16200000, 10800000), (32400000, 21600000),
                   (86400000, 43200000), (604800000, 86400000), (1814400000, 604800000), (3628800000, 2592000000))


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
        self.selected = AllValue(definition["allValue"]) if definition.get("allValue") and self.many else list(values)
        self.values = list(values)

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
            result += [(series["metric"], series["values"]) for series in data["result"]]
        if target.get("instant"):
            data = self._get("/api/v1/query", {"query": expression, "time": window.end / 1000}, expression)
            if data["resultType"] == "scalar":
                result.append(({}, [data["result"]]))
            else:
                result += [(series["metric"], [series["value"]]) for series in data["result"]]
        return [Frame(target["refId"], labels, [(int(time * 1000), float(value)) for time, value in points])
                for labels, points in result]

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
        frames = []
        for series in self._series(target["query"], variables, window):
            for column, name in enumerate(series["columns"]):
                if name == "time":
                    continue
                points = [(row[0], row[column]) for row in series["values"]]
                labels = {**series.get("tags", {}), "__name__": f"{series['name']}.{name}"}
                frames.append(Frame(target["refId"], labels, points))
        return frames

    def values(self, query, variables, window):
        text = query["query"] if isinstance(query, dict) else query
        column = 1 if re.match(r"\s*(show\s+tag\s+values|select)", text, re.IGNORECASE) else 0
        found = [str(row[column]) for series in self._series(text, variables, window) for row in series["values"]]
        return list(dict.fromkeys(found))


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
        if first["type"] in ("raw_data", "raw_document", "logs"):
            settings = first.get("settings") or {}
            field = self.options["timeField"]
            answer = self._search({"size": int(settings.get("size") or settings.get("limit") or 500),
                                   "query": self._filters(query, window), "docvalue_fields": [field],
                                   "sort": [{field: {"order": "desc", "unmapped_type": "boolean"}}]}, window)
            return [Frame(target["refId"], hit["_source"], [(window.end, 1.0)]) for hit in answer["hits"]["hits"]]
        answer = self._search(self._request(target, query, window), window)
        series = collections.defaultdict(list)
        self._collect(answer.get("aggregations", {}), target, 0, {}, window, series)
        trim = next((int((one.get("settings") or {}).get("trimEdges") or 0) for one in target["bucketAggs"]
                     if one["type"] == "date_histogram"), 0)
        return [Frame(target["refId"], dict(labels), points[trim:-trim] if trim and len(points) > 2 * trim else points)
                for labels, points in series.items()]

    def _collect(self, found, target, level, labels, window, series):
        if level == len(target["bucketAggs"]):
            for metric in target["metrics"]:
                if metric.get("hide"):
                    continue
                values = {"": found["doc_count"]} if metric["type"] == "count" else (
                    found.get(metric["id"], {}).get("values") or {"": found.get(metric["id"], {}).get("value")})
                for which, value in values.items():
                    name = " ".join(filter(None, (metric["type"], metric.get("field"), which)))
                    series[tuple({**labels, "__name__": name}.items())].append((found.get("__time", window.end), value))
            return
        aggregation = target["bucketAggs"][level]
        buckets = found.get(aggregation["id"], {}).get("buckets", [])
        if isinstance(buckets, dict):
            buckets = [{**bucket, "key": key} for key, bucket in buckets.items()]
        for bucket in buckets:
            if aggregation["type"] == "date_histogram":
                self._collect({**bucket, "__time": bucket["key"]}, target, level + 1, labels, window, series)
            else:
                inner = {**labels, aggregation.get("field", "filter"): str(bucket.get("key_as_string", bucket["key"]))}
                self._collect({**bucket, "__time": found.get("__time", window.end)}, target, level + 1, inner, window,
                              series)

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
        made.append(Frame(model["refId"], frame.labels, [(frame.points[-1][0] if frame.points else 0, number)]))
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
        made.append(Frame(model["refId"], dict(labels), points))
    return made


# Dashboards -----------------------------------------------------------------------------------------------------------

class Dashboard:
    def __init__(self, dashboard, data_sources, start_ms, end_ms):
        self._sources = {uid: KINDS[settings["type"]](settings) for uid, settings in data_sources.items()
                         if settings["type"] in KINDS}
        self._range = (start_ms, end_ms)
        self._known = {}
        self.panels = [inner for panel in dashboard["panels"]
                       for inner in (panel.get("panels") or [] if panel["type"] == "row" else [panel])]
        for definition in dashboard.get("templating", {}).get("list", []):
            self._known[definition["name"]] = Variable(definition, self._options(definition))

    @property
    def variables(self):
        return {name: variable.values for name, variable in self._known.items()}

    def select(self, **values):
        """Chooses single values of variables instead of all."""
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
        if definition["type"] in ("custom", "interval"):
            return [value.strip() for value in definition["query"].split(",")]
        if definition["type"] in ("constant", "textbox"):
            return [definition["query"]]
        assert definition["type"] == "query", definition["type"]
        source = self._source(definition["datasource"])
        values = source.values(definition["query"], self._known, Window(*self._range, source.minimum_interval))
        if definition.get("regex"):
            body = re.fullmatch(r"/(.*)/[gimu]*|(.*)", definition["regex"], re.DOTALL)
            found = [re.search(body[1] if body[1] is not None else body[2], value) for value in values]
            values = [match[1] if match.re.groups else match[0] for match in found if match]
        return values

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
            window = Window(*self._range, panel.get("interval") or source.minimum_interval,
                            panel.get("maxDataPoints") or 800)
            results[target["refId"]] = source.frames(target, self._known, window)
        for target in expressions:
            results[target["refId"]] = evaluate(target, results)
        for target in targets:
            if target["refId"] in results and not target.get("hide"):
                shown[target["refId"]] = results[target["refId"]]
        return shown


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
