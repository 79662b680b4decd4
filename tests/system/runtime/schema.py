# labels: quick
"""show schema json describes what show info json and show stat json say (management §9.3)."""
import json
import os
import sys

sys.path.insert(0, __file__.rsplit("/tests/", 1)[0] + "/tests/support")
sys.path.insert(0, os.path.dirname(__file__))
from harness import *
from rig import command, pair

TYPES = {"object": dict, "array": list, "string": str, "integer": int}
KNOWN = {"$ref", "$schema", "title", "definitions", "type", "properties", "required", "items",
         "enum", "minimum", "maximum", "allOf", "oneOf"}


def fits(value, schema, root):
    """Whether the value is of the schema: as much of draft 4 as these use; other words fail."""
    assert set(schema) <= KNOWN, set(schema) - KNOWN
    if "$ref" in schema:
        target = root
        for name in schema["$ref"].removeprefix("#/").split("/"):
            target = target[name]
        return fits(value, target, root)
    if "type" in schema and (not isinstance(value, TYPES[schema["type"]])
                             or isinstance(value, bool)):
        return False
    if "enum" in schema and value not in schema["enum"]:
        return False
    if isinstance(value, int) and not (schema.get("minimum", value) <= value <=
                                       schema.get("maximum", value)):
        return False
    if isinstance(value, list) and not all(fits(one, schema.get("items", {}), root)
                                           for one in value):
        return False
    if isinstance(value, dict):
        if any(name not in value for name in schema.get("required", ())):
            return False
        if not all(fits(value[name], part, root)
                   for name, part in schema.get("properties", {}).items() if name in value):
            return False
    if not all(fits(value, part, root) for part in schema.get("allOf", ())):
        return False
    ways = schema.get("oneOf")
    return ways is None or sum(fits(value, way, root) for way in ways) == 1


def first_wrong(value, schema):
    """The first item that does not fit; None where all do."""
    if fits(value, schema, schema):
        return None
    for item in value:
        if not fits([item], schema, schema):
            return item
    return value


@test("JSON is of the schema, haproxy's too", only="sluice")
def _():
    ours, theirs = pair()
    get(ours.fe)
    schema = json.loads(command(ours, "show schema json"))
    for line in ("show info json", "show stat json"):
        for p in (ours, theirs):
            said = json.loads(command(p, line))
            eq(first_wrong(said, schema), None, line)
        for spoilt in ("name", "value", "tags", "type"):
            text = json.dumps(said).replace(f'"{spoilt}":', '"else":')
            assert not fits(json.loads(text), schema, schema), f"{line} without {spoilt}"


@test("the schema has haproxy's three forms", only="sluice")
def _():
    schemas = [json.loads(command(p, "show schema json")) for p in pair()]
    eq(*([way["title"] for way in schema["oneOf"]] for schema in schemas))
    eq(*(schema["$schema"] for schema in schemas))


if __name__ == "__main__":
    main()
