# labels: quick
"""cmake --install: what it brings, with which rights, and that it may be repeated."""
import os
import stat as mode_bits
import subprocess
import sys

sys.path.insert(0, __file__.rsplit("/tests/", 1)[0] + "/tests/support")
from harness import *
from harness.process import binary
from staged import BASH, UNIT, ZSH, Staged

MAN1, MAN5 = "share/man/man1/sluice.1", "share/man/man5/sluice.cfg.5"


@test("the program, its manual, completions, unit, samples and documents are installed",
      only="sluice")
def _():
    files = Staged().files()
    wanted = {"bin/sluice", MAN1, MAN5, BASH, ZSH, UNIT, "share/doc/sluice/operating.md",
              "share/doc/sluice/examples/sluice.cfg", "share/doc/sluice/examples/book.cfg",
              "share/doc/sluice/examples/logrotate", "share/doc/sluice/examples/rsyslog.conf"}
    eq(wanted - files, set(), "what is missing")
    eq({f for f in files if not f.startswith("share/doc/sluice/")} - wanted, set(), "what else")


@test("nothing is installed below /etc: that is an administrator's", only="sluice")
def _():
    staged = Staged()
    assert not os.path.exists(staged.root + "/etc"), os.listdir(staged.root)
    assert not [f for f in staged.files() if f.startswith("etc/")]


@test("all may read what is installed, and only the owner may write", only="sluice")
def _():
    staged = Staged()
    for folder, folders, names in os.walk(staged.path("")):
        for name in folders + names:
            path = os.path.join(folder, name)
            mode = mode_bits.S_IMODE(os.stat(path).st_mode)
            runs = os.path.isdir(path) or name == "sluice" and folder.endswith("/bin")
            eq(oct(mode), oct(0o755 if runs else 0o644), path)


@test("an installation may be repeated, over a program that runs", only="sluice")
def _():
    staged = Staged()
    program = staged.path("bin/sluice")
    child = subprocess.Popen([program, "-db", "-f", os.path.join(config(staged), "p.cfg")],
                             stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    cleanup(child.wait)
    cleanup(child.kill)
    wait_for(lambda: staged.port in listening(), "the installed program to listen")
    os.utime(program, (0, 0))  # an older one, so that it is written anew
    before = staged.files()
    staged.again()
    eq(staged.files(), before)
    assert os.stat(program).st_mtime > 0
    eq(get(staged.port, "/alive").status, 200)


def config(staged):
    directory = scratch()
    staged.port = free_port()
    with open(os.path.join(directory, "p.cfg"), "w", encoding="ascii") as f:
        f.write(DEFAULTS + f"frontend fe\n    bind 127.0.0.1:{staged.port}\n"
                           "    monitor-uri /alive\n")
    return directory


@test("the installed manual and completions are what the program writes", only="sluice")
def _():
    staged = Staged()

    def says(*arguments):
        return subprocess.run([binary(), *arguments], capture_output=True, text=True, timeout=20,
                              check=True).stdout
    eq(staged.text(MAN1), says("manual", "sluice.1"))
    eq(staged.text(MAN5), says("manual", "sluice.cfg.5"))
    eq(staged.text(BASH), says("completion", "bash"))
    eq(staged.text(ZSH), says("completion", "zsh"))


@test("a page or a shell that there is not is refused by name", only="sluice")
def _():
    for arguments in (("manual", "sluice.9"), ("completion", "fish"), ("manual",)):
        done = subprocess.run([binary(), *arguments], capture_output=True, text=True, timeout=20,
                              check=False)
        eq((done.returncode, done.stdout), (1, ""))
        assert arguments[-1] in done.stderr or "page" in done.stderr, done.stderr


if __name__ == "__main__":
    main()
