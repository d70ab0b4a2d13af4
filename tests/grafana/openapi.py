"""Validates requests to Grafana against operations.json, which describes in the form of OpenAPI 3 what Grafana 12.2 was
seen to take.

Stricter than OpenAPI: a path, a parameter or a member of a body that is not named there is a fault, as Grafana would
silently ignore it."""

import json
import pathlib
import re

DESCRIPTION = pathlib.Path(__file__).with_name("operations.json")

TYPES = {"object": dict, "array": list, "string": str, "boolean": bool, "integer": int, "number": (int, float)}


class OpenApi:
    def __init__(self, description):
        self._components = description["components"]
        base = description.get("servers", [{"url": ""}])[0]["url"].rstrip("/")
        self._paths = []
        # The longest literal text first: /dashboards/home is not the dashboard "home".
        for path, operations in sorted(description["paths"].items(), key=lambda entry: entry[0].count("{")):
            pattern = re.sub(r"\\{(\w+)\\}", r"(?P<\1>[^/]+)", re.escape(base + path))
            self._paths.append((re.compile(pattern), operations))

    @classmethod
    def load(cls, file=DESCRIPTION):
        return cls(json.loads(file.read_text(encoding="utf-8")))

    def faults(self, method, path, query=(), body=None):
        """What is wrong with a request; empty where nothing is. `query` is a list of pairs, `body` is JSON."""
        for pattern, operations in self._paths:
            match = pattern.fullmatch(path)
            if match and method.lower() in operations:
                operation = operations[method.lower()]
                parameters = [self._resolved(one)
                              for one in operation.get("parameters", []) + operations.get("parameters", [])]
                faults = self._parameter_faults(parameters, "path", list(match.groupdict().items()))
                faults += self._parameter_faults(parameters, "query", query)
                faults += self._body_faults(operation, body)
                return [f"{method} {path}: {fault}" for fault in faults]
        return [f"{method} {path}: there is no such operation"]

    def _resolved(self, schema):
        while "$ref" in schema:
            schema = self._components[schema["$ref"].split("/")[2]][schema["$ref"].split("/")[3]]
        return schema

    def _parameter_faults(self, parameters, where, given):
        faults = []
        described = {one["name"]: one for one in parameters if one["in"] == where}
        for name, text in given:
            if name not in described:
                faults.append(f"unknown {where} parameter {name}")
                continue
            schema = self._resolved(described[name]["schema"])
            if schema.get("type") == "array":
                schema = self._resolved(schema["items"])
            value = text
            if schema.get("type") in ("integer", "number", "boolean"):
                try:
                    value = json.loads(text)
                except ValueError:
                    pass
            faults += self._value_faults(schema, value, f"{where} parameter {name}")
        missing = [name for name, one in described.items() if one.get("required") and name not in dict(given)]
        return faults + [f"{where} parameter {name} is missing" for name in missing]

    def _body_faults(self, operation, body):
        request = self._resolved(operation.get("requestBody", {}))
        if not request:
            return [] if body is None else ["a body where none belongs"]
        if body is None:
            return ["the body is missing"] if request.get("required") else []
        return self._value_faults(request["content"]["application/json"]["schema"], body, "body")

    def _value_faults(self, schema, value, where):
        schema = self._resolved(schema)
        if "allOf" in schema:
            return [fault for part in schema["allOf"] for fault in self._value_faults(part, value, where)]
        if value is None:  # Go reads it as "not given"
            return []
        expected = schema.get("type")
        if expected and (not isinstance(value, TYPES[expected]) or
                         expected in ("integer", "number") and isinstance(value, bool)):
            return [f"{where} is no {expected}: {json.dumps(value)[:80]}"]
        faults = []
        if "enum" in schema and value not in schema["enum"]:
            faults.append(f"{where} is none of {schema['enum']}: {json.dumps(value)}")
        if isinstance(value, str):
            if not schema.get("minLength", 0) <= len(value) <= schema.get("maxLength", len(value)):
                faults.append(f"{where} has {len(value)} characters")
            if "pattern" in schema and not re.search(schema["pattern"], value):
                faults.append(f"{where} does not match {schema['pattern']}: {json.dumps(value)}")
        elif isinstance(value, list):
            for index, member in enumerate(value):
                faults += self._value_faults(schema.get("items", {}), member, f"{where}[{index}]")
        elif isinstance(value, dict):
            faults += [f"{where}.{name} is missing" for name in schema.get("required", []) if name not in value]
            described = schema.get("properties", {})
            others = schema.get("additionalProperties", not described)
            for name, member in value.items():
                if name in described:
                    faults += self._value_faults(described[name], member, f"{where}.{name}")
                elif isinstance(others, dict):
                    faults += self._value_faults(others, member, f"{where}.{name}")
                elif not others:
                    faults.append(f"{where}.{name} is unknown")
        return faults
