"""One bar chart per scenario, as SVG: a bar per proxy, user and system time stacked, a line from
the least to the most of the rounds."""

from html import escape

WIDTH, LABEL, BAR, GAP, TOP = 720, 80, 26, 14, 56
COLOURS = {"sluice": ("#1f6feb", "#79b0ff"), "": ("#57606a", "#afb8c1")}
STYLE = ("text{font:13px sans-serif;fill:#24292f} .title{font-size:15px;font-weight:bold} "
         ".small{font-size:11px;fill:#57606a}")


def rectangle(x, y, width, colour):
    return (f'<rect x="{x:.1f}" y="{y:.1f}" width="{max(width, 0):.1f}" height="{BAR}" '
            f'fill="{colour}"/>')


def bar(name, y, parts, least, most, scale, label):
    """`parts` are stacked; `least` and `most` end the line."""
    lines, x = [], LABEL
    colours = COLOURS.get(name, COLOURS[""])
    for part, colour in zip(parts, colours):
        lines.append(rectangle(x, y, part * scale, colour))
        x += part * scale
    middle = y + BAR / 2
    lines.append(f'<path d="M{LABEL + least * scale:.1f} {middle}H{LABEL + most * scale:.1f}" '
                 'stroke="#24292f" stroke-width="1.5"/>')
    lines.append(f'<text x="{LABEL - 8}" y="{middle + 4}" text-anchor="end">{escape(name)}</text>')
    lines.append(f'<text x="{max(x, LABEL + most * scale) + 8:.1f}" y="{middle + 4}">'
                 f'{escape(label)}</text>')
    return lines


def svg(title, note, bars):
    """`bars` is [(name, parts, least, most, label)]."""
    longest = max([most for _, _, _, most, _ in bars] + [sum(p) for _, p, _, _, _ in bars])
    scale = (WIDTH - LABEL - 200) / longest if longest > 0 else 0
    height = TOP + len(bars) * (BAR + GAP)
    lines = [f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH}" height="{height}" '
             f'viewBox="0 0 {WIDTH} {height}">', f"<style>{STYLE}</style>",
             f'<rect width="{WIDTH}" height="{height}" fill="#fff"/>',
             f'<text class="title" x="12" y="22">{escape(title)}</text>',
             f'<text class="small" x="12" y="40">{escape(note)}</text>']
    for i, (name, parts, least, most, label) in enumerate(bars):
        lines += bar(name, TOP + i * (BAR + GAP), parts, least, most, scale, label)
    return "\n".join([*lines, "</svg>", ""])


def of_scenario(entry, unit):
    """From an entry of the document. `unit` says what the bars measure."""
    bars = []
    for name, got in entry["proxies"].items():
        value = got[entry["figure"]]
        parts = [value["median"]]
        if entry["figure"] == "total_us":
            parts = [got["user_us"]["median"], got["system_us"]["median"]]
        against = entry["ratios"].get(name)
        label = f"{value['median']:,.2f}" + (f"  (sluice ÷ it {against['median']:.2f})"
                                             if against else "")
        bars.append((name, parts, value["min"], value["max"], label))
    split = "; dark: user, light: system" if entry["figure"] == "total_us" else ""
    return svg(entry["title"], f"{unit}{split}; the line: least to most of the rounds", bars)
