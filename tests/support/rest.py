"""A client of the control API made from its contract, admin-ui/openapi.json, and from nothing else:
each operation is a method by its operationId. Arguments are its parameters, by their names with
underscores, and the members of its body. What the contract does not allow is refused before it is
sent, and an answer that the contract does not tell of fails: its status, its media type, its
fields, its body."""
import json
import urllib.parse

import contract
from harness import Client


class Answer:
    def __init__(self, response, data):
        self.status = response.status
        self.data = data
        self.get = response.get


class Rest:
    """`asked` has the pairs (operationId, status) that were seen. With `wild`, what is sent is not
    held to the contract: for what a client must not send."""

    def __init__(self, port, fields=(), asked=None):
        self.port = port
        self.fields = dict(fields)  # with each request
        self.asked = set() if asked is None else asked

    def with_fields(self, **fields):
        named = {name.replace("_", "-"): value for name, value in fields.items()}
        return Rest(self.port, {**self.fields, **named}, self.asked)

    def __getattr__(self, name):
        if name not in OPERATIONS:
            raise AttributeError(name)
        return lambda **given: self.call(OPERATIONS[name], given)

    def call(self, operation, given):
        wild = given.pop("wild", False)
        status = given.pop("status", None)
        path, headers, body = operation.place(given, wild)
        client = Client(self.port, seconds=60)
        client.request(operation.method, path, headers={**headers, **self.fields}, body=body)
        if operation.streams and status is None:
            response = client.head()
            code = int(response.start_line.split(" ")[1])
            assert (code, response.get("content-type")) == (200, "text/event-stream"), response
            self.asked.add((operation.name, code))
            return client
        answer = operation.read(client.response())
        self.asked.add((operation.name, answer.status))
        assert answer.status == (status or operation.good), \
            f"{operation.name}: {answer.status} {answer.data}"
        return answer


class Operation:
    def __init__(self, path, method, said, shared):
        self.name = said["operationId"]
        self.method, self.path = method.upper(), path
        self.parameters = [contract.resolve(one)
                           for one in [*shared, *said.get("parameters", [])]]
        content = contract.resolve(said.get("requestBody", {})).get("content", {})
        assert set(content) <= {"application/json"}, self.name
        self.body = content.get("application/json", {}).get("schema")
        self.responses = {int(code): contract.resolve(one)
                          for code, one in said["responses"].items()}
        self.good = min(self.responses)
        self.streams = "text/event-stream" in self.responses[self.good].get("content", {})

    def place(self, given, wild):
        """The target, the fields and the body of a request."""
        given = dict(given)
        path, query, headers = self.path, [], {}
        for one in self.parameters:
            word = one["name"].replace("-", "_").lower()
            if word not in given:
                assert wild or not one.get("required"), f"{self.name} needs {word}"
                continue
            value = given.pop(word)
            wrong = contract.faults(value, one["schema"], word)
            assert wild or not wrong, wrong
            if one["in"] == "path":
                path = path.replace("{" + one["name"] + "}", urllib.parse.quote(str(value), ""))
            elif one["in"] == "query":
                query += [(one["name"], each)
                          for each in (value if isinstance(value, list) else [value])]
            else:
                headers[one["name"]] = str(value)
        if query:
            path += "?" + urllib.parse.urlencode(query)
        if self.body is None:
            assert wild or not given, f"{self.name} takes no {list(given)}"
            return path, headers, None
        wrong = contract.faults(given, self.body)
        assert wild or not wrong, wrong
        headers["content-type"] = "application/json"
        return path, headers, json.dumps(given).encode()

    def read(self, response):
        said = self.responses.get(response.status)
        where = f"{self.name}: {response.status}"
        assert said is not None, f"{where} is not in the contract: {response.body!r}"
        for field, of in said.get("headers", {}).items():
            value = response.get(field)
            assert value is not None, f"{where} has no {field}"
            value = int(value) if of["schema"].get("type") == "integer" else value
            assert not contract.faults(value, of["schema"]), f"{where}: {field}: {value}"
        content = said.get("content", {})
        if not content:
            assert not response.body, f"{where} has a body"
            return Answer(response, None)
        kind = response.get("content-type")
        assert kind in content, f"{where} is {kind}"
        data = json.loads(response.body)
        wrong = contract.faults(data, content[kind]["schema"])
        assert not wrong, f"{where}: " + "; ".join(wrong[:8])
        return Answer(response, data)


OPERATIONS = {}
for _path, _item in contract.CONTRACT["paths"].items():
    for _method, _said in _item.items():
        if _method in ("get", "put", "post", "delete", "patch"):
            _one = Operation(_path, _method, _said, _item.get("parameters", []))
            OPERATIONS[_one.name] = _one
