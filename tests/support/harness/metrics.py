"""Prometheus' text format 0.0.4, taken apart strictly enough that a malformed page fails."""
import re

_NAME = r"[a-zA-Z_:][a-zA-Z0-9_:]*"
_LABEL = re.compile(r'([a-zA-Z_][a-zA-Z0-9_]*)="((?:[^"\\\n]|\\["\\n])*)"(?:,|$)')
_LINE = re.compile(rf"({_NAME})(?:\{{(.*)\}})? (\S+)")
_TYPES = ("counter", "gauge", "histogram")


class Metrics:
    """`types` by family, `help` by family, and the values by name and labels."""

    def __init__(self, text):
        self.types, self.help, self.points = {}, {}, {}
        family = None
        assert text.endswith("\n"), text[-100:]
        for line in text.splitlines():
            if line.startswith("# "):
                family = self._head(line, family)
            else:
                self._point(line, family)

    def _head(self, line, family):
        kind, name, rest = line[2:].split(" ", 2)
        if kind == "HELP":
            assert name not in self.help, f"{name} has two heads"
            self.help[name] = rest
            return name
        assert kind == "TYPE" and name == family and name not in self.types, line
        assert rest in _TYPES, line
        self.types[name] = rest
        return name

    def _point(self, line, family):
        match = _LINE.fullmatch(line)
        assert match, f"malformed: {line}"
        name, labels, value = match.groups()
        assert name == family or name in (f"{family}_bucket", f"{family}_sum", f"{family}_count"), \
            f"{line} stands under {family}"
        found = {}
        if labels:
            at = 0
            while at < len(labels):
                label = _LABEL.match(labels, at)
                assert label, f"malformed labels: {line}"
                found[label.group(1)] = label.group(2)
                at = label.end()
        key = (name, tuple(sorted(found.items())))
        assert key not in self.points, f"twice: {line}"
        self.points[key] = float(value)

    def get(self, metric, **labels):
        """The value with exactly these labels; None without."""
        return self.points.get((metric, tuple(sorted(labels.items()))))

    def all(self, metric):
        return {key[1]: value for key, value in self.points.items() if key[0] == metric}

    def shapes(self):
        """By family: its type, and the sets of label names that its points have."""
        shapes = {name: (kind, set()) for name, kind in self.types.items()}
        for name, labels in self.points:
            family = name if name in shapes else re.sub(r"_(bucket|sum|count)$", "", name)
            shapes[family][1].add(tuple(sorted(label for label, _ in labels)))
        return shapes
