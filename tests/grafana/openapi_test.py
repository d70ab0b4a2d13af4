"""The validator of requests itself, and with it the requests that a real Grafana was recorded to accept."""

import json
import unittest
import urllib.parse

from fake_grafana_test import recordings
from openapi import OpenApi

SMALL = {"servers": [{"url": "/api"}], "components": {"schemas": {"Thing": {
    "type": "object", "required": ["uid"], "properties": {
        "uid": {"type": "string", "pattern": "^[a-z]+$", "maxLength": 4}, "size": {"type": "integer"},
        "kind": {"type": "string", "enum": ["a", "b"]}, "tags": {"type": "array", "items": {"type": "string"}},
        "labels": {"type": "object", "additionalProperties": {"type": "string"}}, "free": {"type": "object"}}}}},
    "paths": {"/things": {
        "post": {"requestBody": {"required": True,
                                 "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Thing"}}}}},
        "get": {"parameters": [{"name": "limit", "in": "query", "schema": {"type": "integer"}}]}},
        "/things/{uid}": {"delete": {"parameters": [{"name": "uid", "in": "path", "required": True,
                                                     "schema": {"type": "string"}}]}}}}


class ValidatorTest(unittest.TestCase):
    def faults(self, *request, **body):
        return [fault.split(": ", 1)[1] for fault in OpenApi(SMALL).faults(*request, **body)]

    def test_requests_without_fault(self):
        self.assertEqual(self.faults("POST", "/api/things", (), {"uid": "x", "size": 1, "kind": "a", "tags": ["t"],
                                                                 "labels": {"any": "text"}, "free": {"any": 1}}), [])
        self.assertEqual(self.faults("GET", "/api/things", [("limit", "5")]), [])
        self.assertEqual(self.faults("DELETE", "/api/things/x"), [])

    def test_every_kind_of_fault(self):
        for body, fault in (({"size": 1}, "body.uid is missing"), ({"uid": 1}, "body.uid is no string: 1"),
                            ({"uid": "x", "size": True}, "body.size is no integer: true"),
                            ({"uid": "x", "kind": "c"}, "body.kind is none of ['a', 'b']: \"c\""),
                            ({"uid": "x", "tags": ["t", 1]}, "body.tags[1] is no string: 1"),
                            ({"uid": "x", "labels": {"n": 1}}, "body.labels.n is no string: 1"),
                            ({"uid": "x", "sise": 1}, "body.sise is unknown"),
                            ({"uid": "X"}, 'body.uid does not match ^[a-z]+$: "X"'),
                            ({"uid": "xxxxx"}, "body.uid has 5 characters"),
                            (None, "the body is missing")):
            self.assertEqual(self.faults("POST", "/api/things", (), body), [fault])
        self.assertEqual(self.faults("GET", "/api/things", [("limit", "x")]),
                         ['query parameter limit is no integer: "x"'])
        self.assertEqual(self.faults("GET", "/api/things", [("page", "1")]), ["unknown query parameter page"])
        self.assertEqual(self.faults("GET", "/api/things", (), {}), ["a body where none belongs"])
        self.assertEqual(self.faults("PUT", "/api/things"), ["there is no such operation"])


class RecordingsTest(unittest.TestCase):
    def faults(self, recording):
        parts = urllib.parse.urlsplit(recording["path"])
        return OpenApi.load().faults(recording["method"], urllib.parse.unquote(parts.path),
                                     urllib.parse.parse_qsl(parts.query), recording.get("body"))

    def test_what_was_accepted_has_no_fault(self):
        accepted = [one for one in recordings() if one["status"] < 300]
        self.assertGreater(len(accepted), 80)
        for recording in accepted:
            with self.subTest(recording["name"]):
                self.assertEqual(self.faults(recording), [])

    def test_what_was_refused_for_its_form_has_faults(self):
        refused = {one["name"]: one for one in recordings()}
        for name in ("133-rule-bad-state", "134-rule-no-title", "129-rule-no-folder",
                     "093-dash-bad-uid", "072-folder-long-uid", "024-ds-long-uid", "102-dash-no-dashboard"):
            with self.subTest(name):
                self.assertNotEqual(self.faults(refused[name]), [])


if __name__ == "__main__":
    unittest.main(verbosity=2)
