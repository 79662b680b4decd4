"""Checks what the control API answers against its contract, admin-ui/openapi.json: the part of
JSON Schema that the contract uses."""
import json
import os
import re

PATH = os.path.join(os.path.dirname(os.path.abspath(__file__)), "../../admin-ui/openapi.json")
with open(PATH, encoding="utf-8") as _file:
    CONTRACT = json.load(_file)

TYPES = {"object": dict, "array": list, "string": str, "boolean": bool, "null": type(None)}


def resolve(schema):
    while "$ref" in schema:
        place = CONTRACT
        for part in schema["$ref"].removeprefix("#/").split("/"):
            place = place[part]
        schema = place
    return schema


def has_type(value, name):
    if name in ("number", "integer"):
        whole = isinstance(value, int) or (isinstance(value, float) and value.is_integer())
        return not isinstance(value, bool) and (isinstance(value, (int, float))
                                                if name == "number" else whole)
    return isinstance(value, TYPES[name])


# What is checked below, and what needs no check.
WORDS = {"type", "enum", "const", "pattern", "minimum", "maximum", "minLength", "maxLength",
         "minItems", "maxItems", "allOf", "oneOf", "anyOf", "required", "properties",
         "additionalProperties", "items"}
REMARKS = {"description", "default", "format", "example"}


def bounds(value, schema, at):
    found = []
    size = len(value) if isinstance(value, (str, list)) else None
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        if value < schema.get("minimum", value):
            found.append(f"{at} is {value}, under {schema['minimum']}")
        if value > schema.get("maximum", value):
            found.append(f"{at} is {value}, over {schema['maximum']}")
    for kind, low, high in ((str, "minLength", "maxLength"), (list, "minItems", "maxItems")):
        if isinstance(value, kind):
            if size < schema.get(low, 0):
                found.append(f"{at} has fewer than {schema[low]}")
            if size > schema.get(high, size):
                found.append(f"{at} has more than {schema[high]}")
    return found


def faults(value, schema, at="$"):
    """What of the value the schema does not allow, as a list of texts."""
    schema = resolve(schema)
    unknown = set(schema) - WORDS - REMARKS
    assert not unknown, f"{at}: nobody checks {unknown}"
    found = bounds(value, schema, at)
    types = schema.get("type")
    if types is not None:
        names = types if isinstance(types, list) else [types]
        if not any(has_type(value, name) for name in names):
            return [f"{at} is {value!r}, not {types}"]
    if "enum" in schema and value not in schema["enum"]:
        found.append(f"{at} is {value!r}, none of {schema['enum']}")
    if "const" in schema and value != schema["const"]:
        found.append(f"{at} is {value!r}, not {schema['const']}")
    if isinstance(value, str) and "pattern" in schema and not re.search(schema["pattern"], value):
        found.append(f"{at} is {value!r}, not like {schema['pattern']}")
    for part in schema.get("allOf", []):
        found += faults(value, part, at)
    for several in ("oneOf", "anyOf"):
        if several in schema and all(faults(value, part, at) for part in schema[several]):
            found.append(f"{at} is none of its kinds: {value!r}")
    if isinstance(value, dict):
        found += faults_of_members(value, schema, at)
    if isinstance(value, list) and "items" in schema:
        for i, each in enumerate(value):
            found += faults(each, schema["items"], f"{at}[{i}]")
    return found


def faults_of_members(value, schema, at):
    found = [f"{at} has no {name}" for name in schema.get("required", []) if name not in value]
    known = schema.get("properties", {})
    more = schema.get("additionalProperties", True)
    for name, each in value.items():
        if name in known:
            found += faults(each, known[name], f"{at}.{name}")
        elif more is False:
            found.append(f"{at} may not have {name}")
        elif isinstance(more, dict):
            found += faults(each, more, f"{at}.{name}")
    return found


def operation(method, path):
    """The operation of a path, e.g. that of /api/state/{pxname} for /api/state/be."""
    path = path.split("?")[0]
    for pattern, item in sorted(CONTRACT["paths"].items(), key=lambda row: row[0].count("{")):
        if re.fullmatch(re.sub(r"\{\w+\}", "[^/]+", pattern), path):
            return item[method.lower()]
    raise AssertionError(f"the contract has no {path}")


def check(method, path, answer):
    """The answer's JSON; fails where the contract does not allow it. A refusal is a problem
    document whatever the operation."""
    data = json.loads(answer.body) if answer.body else None
    if answer.status >= 400:
        assert answer.get("content-type") == "application/problem+json", answer
        schema = {"$ref": "#/components/schemas/Problem"}
        assert data["status"] == answer.status, data
    else:
        said = operation(method, path)["responses"][str(answer.status)]
        schema = said["content"]["application/json"]["schema"]
    wrong = faults(data, schema)
    assert not wrong, f"{method} {path}: " + "; ".join(wrong[:8])
    return data
