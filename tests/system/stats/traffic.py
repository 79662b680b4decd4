# labels: quick
"""The statistics after the same traffic, field by field, beside haproxy's, in each of their forms:
CSV, typed, JSON, the page, Prometheus."""
import json
import os
import sys

sys.path.insert(0, __file__.rsplit("/tests/", 1)[0] + "/tests/support")
sys.path.insert(0, os.path.dirname(__file__))
from harness import *
from traffic_rig import (AUDIT, COLUMNS, METRICS, MILLISECONDS, Page, TEXT, is_number, judge, rows,
                         run)


def compared(ours, theirs):
    """What differs of {place: {field: value}} where haproxy has it, by the fields' relations."""
    wrong = []
    for place, fields in theirs.items():
        for field, value in fields.items():
            how, relation = AUDIT[field]
            found = ours.get(place, {}).get(field, "")
            if not judge(relation, found, value):
                wrong.append(f"{place} {field} ({how}): {found!r}, haproxy {value!r}")
    assert not wrong, "\n".join(wrong)


@test("every field has haproxy's value after the same traffic, or the relation that is written",
      only="sluice")
def _():
    ours, theirs = rows(run(Sluice)), rows(run(HAProxy))
    eq(list(ours), list(theirs))
    fields = [name for name in next(iter(theirs.values())) if name and name != "-"]
    known = [name for name in fields if name in next(iter(ours.values()))]
    eq([name for name in known if name not in AUDIT], [])
    compared(ours, {key: {name: row[name] for name in known} for key, row in theirs.items()})


def typed(p):
    """{place: {field: (tags, type, value)}}"""
    found = {}
    for line in say(p, "show stat typed").splitlines():
        if line:
            place, tags, kind, value = line.split(":", 3)
            letter, iid, sid, _, field, process = place.split(".")
            found.setdefault((letter, iid, sid), {})[field] = (tags + process, kind, value)
    return found


def listed(p):
    """The same of the JSON; the tags with the number of the process and the field's position."""
    found = {}
    for row in json.loads(say(p, "show stat json")):
        for item in row:
            eq(sorted(item), ["field", "id", "objType", "processNum", "proxyId", "tags", "value"])
            place = (item["objType"], item["proxyId"], item["id"])
            tags = [*item["tags"].items(), item["processNum"], item["field"]["pos"]]
            found.setdefault(place, {})[item["field"]["name"]] = (
                str(tags), item["value"]["type"], str(item["value"]["value"]))
    return found


@test("typed output and JSON have haproxy's fields, tags, types and values", only="sluice")
def _():
    ours, theirs = run(Sluice), run(HAProxy)
    for form in (typed, listed):
        mine, wanted = form(ours), form(theirs)
        eq(list(mine), list(wanted))
        wanted = {place: {name: what for name, what in fields.items()
                          if name in AUDIT and AUDIT[name][1] != "own"}
                  for place, fields in wanted.items()}
        for place, fields in wanted.items():
            for name, (tags, kind, value) in fields.items():
                if name not in mine[place] and value in ("", "0"):
                    continue
                eq(mine[place][name][:2], (tags, kind), f"{form.__name__} {place} {name}")
        compared({place: {name: what[2] for name, what in fields.items()}
                  for place, fields in mine.items()},
                 {place: {name: what[2] for name, what in fields.items() if name in mine[place]}
                  for place, fields in wanted.items()})


def cells(p):
    """{row: {field: cell}} of the page, numbers without what parts their digits."""
    page = Page(get(p.watch, "/").body.decode("utf-8"))
    return {key: dict(zip(COLUMNS, row[1:])) for key, row in page.rows.items()}


@test("the page's cells are haproxy's", only="sluice")
def _():
    ours, theirs = cells(run(Sluice)), cells(run(HAProxy))
    eq(list(ours), list(theirs))
    # These mean the same: no limit, nothing to count there.
    for page in (ours, theirs):
        for row in page.values():
            row.update({field: "" for field, cell in row.items() if cell in ("-", "\xa0")})
            row["slim"] = "" if row["slim"] == "0" else row["slim"]
            row.pop("lastsess"), row.pop("rate"), row.pop("rate_max")
    compared(ours, theirs)


def samples(p):
    """{(metric's object, labels): {field or family: value}} of frontends, backends and such; a
    family that is no field of the CSV by its name."""
    fields = {suffix: (field, scale) for table, scale in ((METRICS, 1), (MILLISECONDS, 1000))
              for field, suffix in table.items()}
    found = {}
    for (name, labels), value in Metrics(get(p.watch, "/metrics").body.decode()).points.items():
        prefix, kind, suffix = name.split("_", 2)
        if prefix != "haproxy" or kind not in ("frontend", "backend", "server", "listener"):
            continue
        field, scale = fields.get(suffix, (suffix, 1))
        text = "" if value != value else str(round(value * scale))
        found.setdefault((kind, labels), {})[field] = text
    return found


@test("the metrics have haproxy's samples and values", only="sluice")
def _():
    ours, theirs = samples(run(Sluice)), samples(run(HAProxy))
    # No check is made by a program here.
    theirs = {key: fields for key, fields in theirs.items()
              if not dict(key[1]).get("state", "").startswith("PROC")}
    eq([key for key in theirs if key not in ours], [])
    families = {field for fields in theirs.values() for field in fields} - set(AUDIT)
    eq(families, {"http_responses_total", "active_servers", "backup_servers"})
    for key, fields in theirs.items():
        for family in families & set(fields):
            eq(ours[key].get(family), fields[family], f"{key} {family}")
    compared(ours, {key: {field: value for field, value in fields.items() if field not in families}
                    for key, fields in theirs.items()})


if __name__ == "__main__":
    main()
