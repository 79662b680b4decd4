# labels: quick
"""Completions of command lines: what bash and zsh offer, asked as a user's key asks."""
import os
import pty
import select
import shutil
import subprocess
import sys
import time

sys.path.insert(0, __file__.rsplit("/tests/", 1)[0] + "/tests/support")
from harness import *
from harness.process import binary


def script(shell, name):
    path = os.path.join(scratch(), name)
    with open(path, "w", encoding="utf-8") as f:
        f.write(subprocess.run([binary(), "completion", shell], capture_output=True, text=True,
                               timeout=20, check=True).stdout)
    return path


def offered(*words, directory=None):
    """What bash offers for the last of these words."""
    asks = ('source "$1"; shift; COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _sluice; '
            'printf "%s\\n" "${COMPREPLY[@]}"')
    done = subprocess.run(["bash", "-uc", asks, "bash", script("bash", "sluice"), *words],
                          capture_output=True, text=True, timeout=20, check=False, cwd=directory)
    eq((done.returncode, done.stderr), (0, ""))
    return done.stdout.split("\n")[:-1]


@test("bash: the first word is a command, or a flag after a hyphen", only="sluice")
def _():
    eq(offered("sluice", "che"), ["check"])
    eq(sorted(offered("sluice", "de")), ["demo", "demo-service"])
    usage = subprocess.run([binary(), "--help"], capture_output=True, text=True, timeout=20,
                           check=True).stdout
    listed = {line.split()[0] for line in usage.splitlines()
              if line.startswith("  ") and line[2] != " "}
    flags = {word.partition("[")[0] for word in listed if word.startswith("-")}
    eq(set(offered("sluice", "")), {word for word in listed if not word.startswith("-")})
    eq(set(offered("sluice", "-")), flags)
    eq(offered("sluice", "nothing-begins-so"), [""])


@test("bash: flags go on, and each has what it takes", only="sluice")
def _():
    directory = scratch()
    os.mkdir(f"{directory}/part d")
    for name in ("part.cfg", "part two.cfg"):
        with open(f"{directory}/{name}", "w", encoding="ascii"):
            pass
    files = ["part d", "part two.cfg", "part.cfg"]
    eq(sorted(offered("sluice", "-c", "-f", "pa", directory=directory)), files)
    eq(offered("sluice", "-c", "-C", "pa", directory=directory), ["part d"])
    eq(sorted(offered("sluice", "-c", "--", "part", directory=directory)), files)
    eq(sorted(offered("sluice", "-c", "-W")), ["-W", "-Ws"])
    eq(offered("sluice", "-n", "1"), [""])
    eq(offered("sluice", "-f", "a.cfg", "-dW"), ["-dW"])


@test("bash: a command has its options, their words, and its arguments", only="sluice")
def _():
    eq(sorted(offered("sluice", "convert", "a.cfg", "--to", "")), ["cfg", "ini"])
    eq(sorted(offered("sluice", "convert", "--")), ["--help", "--modernise", "--to"])
    eq(sorted(offered("sluice", "manual", "")), ["sluice.1", "sluice.cfg.5"])
    eq(sorted(offered("sluice", "completion", "")), ["bash", "zsh"])
    eq(offered("sluice", "demo-service", "m"), ["monolith"])
    eq(offered("sluice", "demo", "--port", "8"), [""])
    directory = scratch()
    with open(f"{directory}/some.cfg", "w", encoding="ascii"):
        pass
    eq(offered("sluice", "check", "so", directory=directory), ["some.cfg"])


class Zsh:
    """An interactive zsh on a terminal of its own."""

    def __init__(self, directory):
        child, self.terminal = pty.fork()  # fails where no /dev/pts is mounted
        if child == 0:
            os.chdir(directory)
            os.execvpe("zsh", ["zsh", "-f", "-i"],
                       {**os.environ, "TERM": "dumb", "PS1": "", "ZDOTDIR": directory})
        cleanup(lambda: os.waitpid(child, 0))
        cleanup(lambda: os.kill(child, 9))
        self.seen = ""

    def send(self, text):
        os.write(self.terminal, text.encode())
        return self

    def until(self, wanted, seconds=30):
        deadline = time.monotonic() + seconds
        while wanted not in self.seen:
            left = deadline - time.monotonic()
            assert left > 0, f"waited in vain for {wanted!r} in {self.seen!r}"
            if select.select([self.terminal], [], [], left)[0]:
                self.seen += os.read(self.terminal, 4096).decode(errors="replace")


@test("zsh: what is typed is completed, where zsh is installed", only="sluice")
def _():
    if not shutil.which("zsh"):
        print("zsh is not installed")
        return
    path = script("zsh", "_sluice")
    checked = subprocess.run(["zsh", "-n", path], capture_output=True, text=True, timeout=20,
                             check=False)
    eq((checked.returncode, checked.stderr), (0, ""))
    with open(f"{os.path.dirname(path)}/only.cfg", "w", encoding="ascii"):
        pass
    try:
        zsh = Zsh(os.path.dirname(path))
    except OSError as error:
        print(f"no terminal for zsh: {error}")
        return
    zsh.send("fpath=($PWD $fpath); autoload -Uz compinit; compinit -u -D; "
             "bindkey -e; print rea''dy\n").until("ready")
    # Each line is made a print's arguments, so that what was completed is told from the echo.
    for typed, wanted in (("chec", "check"), ("convert --modern", "convert --modernise"),
                          ("completion z", "completion zsh"), ("-f on", "-f only.cfg"),
                          ("check onl", "check only.cfg"), ("demo --stat", "demo --stats-port"),
                          ("convert a --to c", "convert a --to cfg")):
        zsh.seen = ""
        zsh.send(f"sluice {typed}\t\x01print -r -- \x05\n").until(f"\nsluice {wanted}")


if __name__ == "__main__":
    main()
