# labels: quick
"""docs/runtime-api.md has every command, with its level and what help says of it."""
import os
import re
import sys

sys.path.insert(0, __file__.rsplit("/tests/", 1)[0] + "/tests/support")
sys.path.insert(0, os.path.dirname(__file__))
from harness import *
from rig import CONFIG, command

PAGE = os.path.join(os.path.dirname(os.path.abspath(__file__)), "../../../docs/runtime-api.md")
ROW = re.compile(r"^\| `(.+)` \| (user|operator|admin) \| (.+) \|$")


def written():
    with open(PAGE, encoding="utf-8") as f:
        rows = [ROW.match(line.rstrip("\n")) for line in f]
    return {row[1].replace("\\|", "|"): (row[2], row[3].replace("\\|", "|")) for row in rows if row}


@test("the page has the commands of each level, as help tells them", only="sluice")
def _():
    p = proxy(CONFIG, a=Origin(), b=Origin(), t=Origin())
    told, seen = {}, set()
    for level in ("user", "operator", "admin"):
        for line in command(p, "help", level).splitlines()[1:]:
            if not line:
                continue
            usage, words = re.match(r"  (.+?) *: (.*)$", line).groups()
            if usage not in seen:
                told[usage] = (level, words)
            seen.add(usage)
    page = written()
    eq(sorted(page), sorted(told))
    eq(page, told)


if __name__ == "__main__":
    main()
