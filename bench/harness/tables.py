"""The tables of a run, for a terminal and for the README; a table is a list of rows of cells, the
first row its head."""

from . import reloads

UNITS = {"total_us": "CPU µs per request", "bytes_each": "bytes of memory per connection",
         "ready_ms": "ms to the first answer", "reload_ms": "ms to the last worker's word",
         "p99_ms": "p99 in ms"}
LEFT = 2  # columns of text, before those of numbers


def bound_cells(doc, entry, name):
    """The bounds of sluice against a peer, and how they came out."""
    found = [b for b in doc["bounds"] if b["scenario"] == entry["key"] and b["peer"] == name]
    main = [b for b in found if b["figure"] == entry["figure"]]
    if not main:
        return ["", ""]
    return [f"≤ {main[0]['limit']:.2f}", main[0]["verdict"]]


def ratio_cells(doc, entry, name):
    found = entry["ratios"].get(name)
    return [*(f"{found[k]:.2f}" if found else "" for k in ("median", "min", "max")),
            *bound_cells(doc, entry, name)]


def median(got, figure, form):
    return form.format(got[figure]["median"]) if figure in got else ""


def title_of(entry):
    return entry["title"] + (f" ({entry['pace']}, {entry['rate']:.0f}/s)" if entry["rate"] else "")


def load_table(doc):
    rows = [["scenario", "proxy", "user µs", "system µs", "total µs", "requests/s", "MB/s",
             "p50 ms", "p99 ms", "p99.9 ms", "RSS MiB", "sluice ÷ it", "min", "max", "bound",
             ""]]
    for entry in doc["scenarios"]:
        if entry["kind"] != "load":
            continue
        for name, got in entry["proxies"].items():
            rows.append([
                title_of(entry) if name == "sluice" else "", name,
                *(median(got, figure, "{:.2f}") for figure in ("user_us", "system_us", "total_us")),
                median(got, "requests_per_s", "{:.0f}"),
                f"{got['bytes_per_s']['median'] / 1e6:.0f}",
                *(median(got, figure, "{:.2f}") for figure in ("p50_ms", "p99_ms", "p999_ms")),
                f"{got['rss_kib']['median'] / 1024:.1f}", *ratio_cells(doc, entry, name)])
    return rows


def other_table(doc):
    """Scenarios that are no load."""
    rows = [["scenario", "proxy", "measured", "", "CPU ms", "CPU share idle", "PSS MiB",
             "sluice ÷ it", "min", "max", "bound", ""]]
    for entry in doc["scenarios"]:
        if entry["kind"] == "load":
            continue
        for name, got in entry["proxies"].items():
            share = got.get("idle_share")
            rows.append([
                entry["title"] if name == "sluice" else "", name,
                f"{got[entry['figure']]['median']:.0f}", UNITS[entry["figure"]],
                median(got, "cpu_ms", "{:.0f}"), f"{share['median']:.2%}" if share else "",
                f"{got['pss_kib']['median'] / 1024:.1f}", *ratio_cells(doc, entry, name)])
    return rows


def run_table(doc):
    """Bounds that are not of one row of the others."""
    rows = [["bound of the run", "", "found", "bound", ""]]
    for bound in doc["bounds"]:
        if bound["figure"] == "user_us":
            rows.append([f"user-space µs of {bound['scenario']}, of {bound['peer']}'s", "",
                         f"{bound['value']:.2f}", f"≤ {bound['limit']:.2f}", bound["verdict"]])
    for bound in doc["run_bounds"]:
        form = "{:.2f}" if bound["limit"] < 10 else "{:.0f}"
        rows.append([bound["title"], "", form.format(bound["value"]),
                     "≤ " + form.format(bound["limit"]), bound["verdict"]])
    return rows


def tables(doc):
    return [rows for rows in (load_table(doc), other_table(doc), run_table(doc)) if len(rows) > 1]


def summary(doc):
    """How many bounds are met, and each that is not."""
    every = doc["bounds"] + doc["run_bounds"]
    count = {verdict: sum(b["verdict"] == verdict for b in every)
             for verdict in ("met", "missed", "void")}
    lines = [f"bounds: {count['met']} met, {count['missed']} missed, {count['void']} void"]
    for bound in every:
        if bound["verdict"] == "missed":
            what = " (user)" if bound.get("figure") == "user_us" else ""
            over = bound["value"] / bound["limit"] - 1
            lines.append(f"missed: {bound['title']}{what}: {bound['value']:.4g}, bound "
                         f"{bound['limit']:.4g}: {over:.0%} over it")
    return lines


def notes(doc):
    lines = summary(doc)
    for key, reasons in doc["void"].items():
        lines += [f"void: {key}{': ' + name if name else ''}: {why}"
                  for name, why in reasons.items()]
    for entry in doc["scenarios"]:
        for name, got in entry["proxies"].items():
            if got["errors"]:
                lines.append(f"{entry['key']}: {name} failed {got['errors']} requests")
            if "logged" in got:
                lines.append(f"{entry['key']}: {got['logged']['median']:.0%} of {name}'s log "
                             "lines came through the socket")
            if entry["kind"] == "load" and "idle_share" in got:
                lines.append(f"{entry['key']}: {name} used {got['idle_share']['median']:.1%} of "
                             "its core while nothing was asked")
            if entry["kind"] == "reload":
                lines += reloads.note(entry["key"], got)
    return lines + doc["notes"]


def aligned(rows):
    widths = [max(len(row[i]) for row in rows) for i in range(len(rows[0]))]
    return [" ".join(cell.ljust(width) if i < LEFT else cell.rjust(width)
                     for i, (cell, width) in enumerate(zip(row, widths))).rstrip()
            for row in rows]


def text(doc):
    """For the terminal."""
    lines = []
    for rows in tables(doc):
        lines += [*aligned(rows), ""]
    return "\n".join(lines + notes(doc))


def markdown(doc):
    """For the README."""
    lines = []
    for rows in tables(doc):
        head = ["| " + " | ".join(rows[0]) + " |",
                "|" + " --- |" * LEFT + " ---: |" * (len(rows[0]) - LEFT)]
        lines += [*head, *("| " + " | ".join(row) + " |" for row in rows[1:]), ""]
    where = doc["machine"]
    versions = "; ".join(f"{name}: {said}" for name, said in doc["versions"].items())
    lines += [f"Machine: {where['cpu']}, {where['cores']} cores, Linux {where['kernel']}, load "
              f"average {where['load_average']} at the end. {where['date']}, commit "
              f"{where['commit']}, {doc['rounds']} rounds of {doc['seconds']} s.",
              "", f"Versions: {versions}.", "", *(f"- {note}" for note in notes(doc)), ""]
    lines += [f"![{entry['title']}](results/{entry['key']}.svg)" for entry in doc["scenarios"]]
    return "\n".join(lines)
