"""What takes a keyword out of a configuration text: a regular expression for SLUICE_WITHOUT.

A group named keep stays. A pattern that begins with "@global " or "@proxies " holds only in the
global section, or only in the others."""
import re

LINE_OPTIONS = {"bind": "bind", "server": "server", "stats socket": "stats socket",
                "ssl-default-bind-options": "ssl-default-bind-options",
                "ssl-default-server-options": "ssl-default-server-options",
                "http-check send": "http-check send", "cookie": "cookie"}
END = r"(?= |$)"
CHECK_STEPS = ("http-check expect", "tcp-check expect", "http-check connect", "tcp-check connect")


def patterns(keyword, accepted, text):
    """Patterns that take the keyword out of this text, best first; none where it is not there."""
    head, _, last = keyword.rpartition(" ")
    if head == "fetch":
        made = [rf"%\[{re.escape(last)}(?=[\],(])[^\]]*\]",
                rf" (?:if|unless) \{{ {re.escape(last)}(?=[ ,(])[^}}]*\}}$"]
    elif head == "converter":
        made = [rf",{re.escape(last)}(?:\([^)]*\))?(?=[,\] )])"]
    elif head == "tag":
        made = [rf"%(?:\{{[^}}]*\}})?{re.escape(last)}(?![A-Za-z])"]
    elif head == "acl predefined":
        made = [rf" (?:if|unless) {re.escape(last)}$"]
    elif head == "acl -m":
        made = [rf" -m {re.escape(last)}{END}"]
    elif head in ("balance", "retry-on"):
        made = [rf"^ *{head} (?:.* )?{re.escape(last)}(?:\([^)]*\))?{END}.*$"]
    elif head in LINE_OPTIONS:
        made = line_option(LINE_OPTIONS[head], head, last, accepted, text)
        if head == "server":
            made += line_option("default-server", head, last, accepted, text)
    elif head in CHECK_STEPS:
        made = check_option(head, last)
    elif head.startswith(("http-", "tcp-re", "tcp-check")):
        made = [rf"^ *{re.escape(head)} {re.escape(last)}(?=[ (]|$).*$"]
    else:
        made = whole_line(keyword, accepted)
    return [pattern for pattern in made if removed(pattern, text) != text]


def check_option(step, word):
    """An option with its value; the whole line where the word is what it is about."""
    options = {"default": 0, "linger": 0, "port": 1, "addr": 1, "comment": 1, "min-recv": 1,
               "ok-status": 1, "error-status": 1, "tout-status": 1, "on-success": 1,
               "on-error": 1, "status-code": 1}
    if word not in options:
        return [rf"^ *{re.escape(step)}(?: .*)? !?{re.escape(word)}{END}.*$"]
    value = r'(?: (?:"(?:[^"\\]|\\.)*"|\S+))' * options[word]
    return [rf"^(?P<keep> *{re.escape(step)}\b.*?) {re.escape(word)}{value}{END}"]


def whole_line(keyword, accepted):
    bare = keyword.removeprefix("global ").removeprefix("resolvers ")
    where = ""
    if keyword.startswith("global ") and bare in accepted:
        where = "@global "
    elif "global " + keyword in accepted:
        where = "@proxies "
    return [rf"{where}^ *{re.escape(bare)}{END}.*$"]


def line_option(line, head, option, accepted, text):
    """Takes one option with its arguments out of its line; the line where nothing else is left."""
    others = {k.rpartition(" ")[2] for k in accepted if k.startswith(head + " ")}
    if head == "bind":
        others |= {"name"}
    for found in re.finditer(rf"^ *{line} (.*)$", text, re.M):
        words = found.group(1).split(" ")
        for at, word in enumerate(words):
            if word != option or (at == 0 and not line.startswith(("ssl-", "http-", "def"))):
                continue
            count = 0
            while at + count + 1 < len(words) and words[at + count + 1] not in others:
                count += 1
            arguments = rf"(?: \S+){{{count}}}" if count else ""
            out = rf"^(?P<keep> *{line}\b.*?) {re.escape(option)}{arguments}{END}"
            alone = rf"^ *{line} {re.escape(option)}{arguments}$"
            return [alone, out]
    return []


def removed(pattern, text):
    """The text without what the pattern matches."""
    where, _, bare = pattern.partition(" ")
    if where not in ("@global", "@proxies"):
        return _cut(pattern, text)
    parts = re.split(r"^(?=(?:global|defaults|frontend|backend|listen)\b)", text, flags=re.M)
    return "".join(_cut(bare, part) if part.startswith("global") == (where == "@global") else part
                   for part in parts)


def _cut(pattern, text):
    return re.sub(pattern, lambda m: m.groupdict().get("keep") or "", text, flags=re.M)


def candidates(wanted, accepted, texts):
    """{keyword: [(pattern, file, sentence)]}; tests whose sentence names the keyword come first."""
    found = {}
    for keyword in wanted:
        last = keyword.split()[-1]
        entries = []
        for file, sentence, text in texts:
            for pattern in patterns(keyword, accepted, text):
                entry = (pattern, file, sentence)
                if entry not in entries:
                    entries.append(entry)
        entries.sort(key=lambda e: re.search(rf"(?<!\w){re.escape(last)}(?!\w)", e[2]) is None)
        found[keyword] = entries
    return found
