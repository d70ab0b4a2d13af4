"""The transformations of Grafana 12 that the dashboards use, as packages/grafana-data has them."""

import datetime
import re


class Field:
    """A column. `shown`: the name that people see."""

    def __init__(self, name, values, labels, shown=None):
        self.name, self.values, self.labels, self.shown = name, list(values), labels, shown or name


class Frame:
    """What one query gives, or a part of that. Frames have as many rows as each of their fields."""

    def __init__(self, ref, fields):
        self.ref, self.fields = ref, fields

    @property
    def labels(self):
        return next((field.labels for field in self.fields if field.labels), {})

    @property
    def points(self):
        """(time, value) of all numbers; the time is None in a table without."""
        times = next((field.values for field in self.fields if field.name == "Time"), None)
        return [(times[row] if times else None, value) for field in self.fields if field.name != "Time"
                for row, value in enumerate(field.values) if not isinstance(value, (str, list, bool))]

    def field(self, shown):
        return next((field for field in self.fields if field.shown == shown), None)

    @property
    def length(self):
        return len(self.fields[0].values) if self.fields else 0


def time_of(text):
    """Milliseconds of a date as ISO 8601 has it."""
    if text is None:
        return None
    whole = re.sub(r"(\.\d{6})\d+", r"\1", text).replace("Z", "+00:00")
    return int(datetime.datetime.fromisoformat(whole).timestamp() * 1000)


def grouping_to_matrix(options, frames):
    if len(frames) != 1:
        return frames
    frame, = frames
    columns, rows, values = (frame.field(options[name]) for name in ("columnField", "rowField", "valueField"))
    if not (columns and rows and values):
        return frames
    assert options["emptyValue"] == "null"
    cells = dict(zip(zip(columns.values, rows.values), values.values))
    names = list(dict.fromkeys(rows.values))
    made = [Field(f"{options['rowField']}\\{options['columnField']}", names, {})]
    made += [Field(column, [cells.get((column, name)) for name in names], {}) for column in dict.fromkeys(columns.values)]
    return [Frame(frame.ref, made)]


def merge(_, frames):
    """Rows that agree in all columns that every frame has, and do not contradict each other, become one."""
    if len(frames) <= 1:
        return frames
    names = list(dict.fromkeys(field.name for frame in frames for field in frame.fields))
    common = [name for name in names if all(any(field.name == name for field in frame.fields) for frame in frames)]
    if not common:
        return frames
    rows = []
    for frame in frames:
        for index in range(frame.length):
            row = {field.name: field.values[index] for field in frame.fields}
            for other in rows:
                if all(other.get(name) == row[name] for name in common) and all(
                        other.get(name) in (None, value) for name, value in row.items()):
                    other.update(row)
                    break
            else:
                rows.append(row)
    return [Frame("merge", [Field(name, [row.get(name) for row in rows], {}) for name in names])]


def organize(options, frames):
    made = []
    for frame in frames:
        fields = [field for field in frame.fields if not options["excludeByName"].get(field.shown)]
        if options.get("includeByName"):
            fields = [field for field in fields if options["includeByName"].get(field.shown)]
        fields.sort(key=lambda field: options["indexByName"].get(field.shown, 0))
        made.append(Frame(frame.ref, [
            Field(field.name, field.values, field.labels, options["renameByName"].get(field.shown, field.shown))
            for field in fields]))
    return made


def sort_by(options, frames):
    order, = options["sort"]
    made = []
    for frame in frames:
        key = frame.field(order["field"])
        if key is None:
            made.append(frame)
            continue
        rows = sorted(range(frame.length), key=lambda row: (key.values[row] is not None, key.values[row]),  # noqa: B023
                      reverse=order["desc"])
        made.append(Frame(frame.ref, [Field(field.name, [field.values[row] for row in rows], field.labels, field.shown)
                                      for field in frame.fields]))
    return made


def calculate_field(options, frames):
    made = []
    for frame in frames:
        if options["mode"] == "windowFunctions":
            window = options["window"]
            assert (window["reducer"], window["windowAlignment"], window["windowSizeMode"], window["windowSize"]) == (
                "mean", "trailing", "fixed", 2), window
            field = frame.field(window["field"])
            values = field and [_mean(field.values[max(0, row - 1):row + 1]) for row in range(frame.length)]
        else:
            assert options["mode"] == "binary", options
            left, operator, right = (options["binary"][name] for name in ("left", "operator", "right"))
            field, other = frame.field(left), frame.field(right)
            others = other.values if other else [float(right)] * frame.length if re.fullmatch(r"\d+", right) else None
            values = field and others and [
                {"-": lambda a, b: a - b, "*": lambda a, b: a * b}[operator](value or 0, number or 0)
                for value, number in zip(field.values, others)]
        made.append(frame if not values else Frame(frame.ref, [*frame.fields, Field(options["alias"], values, {})]))
    return made


def _mean(values):
    known = [value for value in values if value is not None]
    return sum(known) / len(known) if known else 0


def limit(options, frames):
    count = int(options["limitField"])
    return [Frame(frame.ref, [Field(field.name, field.values[:count], field.labels, field.shown)
                              for field in frame.fields]) for frame in frames]


def convert_field_type(options, frames):
    for conversion in options["conversions"]:
        assert conversion["destinationType"] == "time", conversion
        for frame in frames:
            field = frame.field(conversion["targetField"])
            if field:
                field.values = [time_of(text) for text in field.values]
    return frames


def group_by(options, frames):
    """By one column; of the others the first value of each group."""
    key, = (name for name, one in options["fields"].items() if one["operation"] == "groupby")
    others = [name for name, one in options["fields"].items() if one["operation"] == "aggregate"]
    assert all(options["fields"][name]["aggregations"] == ["first"] for name in others), options
    made = []
    for frame in frames:
        keys = frame.field(key)
        if keys is None:
            continue
        first = {}
        for row, value in enumerate(keys.values):
            first.setdefault(value, row)
        fields = [Field(key, first, {})]
        for field in frame.fields:
            if field.shown in others:
                fields.append(Field(f"{field.shown} (first)", [field.values[row] for row in first.values()], {}))
        made.append(Frame(frame.ref, fields))
    return made


KINDS = {"groupingToMatrix": grouping_to_matrix, "merge": merge, "organize": organize, "sortBy": sort_by,
         "calculateField": calculate_field, "limit": limit, "convertFieldType": convert_field_type, "groupBy": group_by}


def apply(transformations, frames):
    for one in transformations:
        frames = KINDS[one["id"]](one["options"], frames)
    return frames
