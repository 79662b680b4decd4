# labels: quick
"""The systemd unit: systemd takes it, its commands do what it says, and its sandbox is tight."""
import os
import re
import shlex
import shutil
import signal
import subprocess
import sys

sys.path.insert(0, __file__.rsplit("/tests/", 1)[0] + "/tests/support")
from harness import *
from harness.process import binary
from staged import UNIT, Staged, cached

MOST_EXPOSED = 20  # tenths of the ten that `systemd-analyze security` gives to an open door


def unit(program=None, configuration=None):
    """The installed unit, in a file of its own, with another program and another file."""
    staged = Staged()
    text = staged.text(UNIT)
    installed = f"{staged.prefix}/bin/sluice"
    wanted = "/etc" if staged.prefix == "/usr" else f"{staged.prefix}/etc"
    assert f"{installed} -db -f {wanted}/sluice/sluice.cfg" in text, text
    if program:
        text = text.replace(installed, program)
    if configuration:
        text = text.replace(f"{wanted}/sluice/sluice.cfg", configuration)
    path = os.path.join(scratch(), "sluice.service")
    with open(path, "w", encoding="ascii") as f:
        f.write(text)
    return path, text


def commands(text, key):
    return [shlex.split(line) for line in re.findall(rf"^{key}=(.*)$", text, re.M)]


def in_turn(lines, main):
    """Runs command lines as systemd does: up to the first that fails. Gives the codes."""
    codes = []
    for words in lines:
        words = [word.replace("${MAINPID}", str(main)) for word in words]
        done = subprocess.run(words, capture_output=True, text=True, timeout=20, check=False)
        codes.append(done.returncode)
        if done.returncode:
            break
    return codes


def write(path, extra=""):
    with open(path, "w", encoding="ascii") as f:
        f.write(DEFAULTS + f"frontend fe\n    bind 127.0.0.1:{free_port()}\n{extra}")


@test("systemd-analyze verify has nothing to say, where systemd is installed", only="sluice")
def _():
    if not shutil.which("systemd-analyze"):
        print("systemd-analyze is not installed")
        return
    path, _ = unit(binary())
    done = subprocess.run(["systemd-analyze", "verify", "--man=no", "--recursive-errors=no", path],
                          capture_output=True, text=True, timeout=60, check=False)
    complaints = [line for line in (done.stdout + done.stderr).splitlines() if "sluice" in line]
    eq((done.returncode, complaints), (0, []))


@test("systemd-analyze security finds the sandbox tight, where systemd is installed",
      only="sluice")
def _():
    if not shutil.which("systemd-analyze"):
        print("systemd-analyze is not installed")
        return
    path, _ = unit(binary())
    done = subprocess.run(["systemd-analyze", "security", "--offline=true", "--no-pager",
                           f"--threshold={MOST_EXPOSED}", path],
                          capture_output=True, text=True, timeout=60, check=False)
    eq(done.returncode, 0, done.stdout + done.stderr)


@test("a start checks first, and fails on a bad file before the program is run", only="sluice")
def _():
    path = os.path.join(scratch(), "a.cfg")
    _, text = unit(binary(), path)
    write(path)
    eq(in_turn(commands(text, "ExecStartPre"), 0), [0])
    write(path, "    no such word\n")
    eq(in_turn(commands(text, "ExecStartPre"), 0), [1])


@test("a reload signals the process once the file is good, and not when it is bad", only="sluice")
def _():
    path = os.path.join(scratch(), "a.cfg")
    _, text = unit(binary(), path)
    reload = commands(text, "ExecReload")
    listener = subprocess.Popen(
        [sys.executable, "-c", "import signal; signal.pthread_sigmask(signal.SIG_BLOCK, "
         "[signal.SIGUSR2]); print('ready', flush=True); signal.sigwait([signal.SIGUSR2])"],
        stdout=subprocess.PIPE)
    cleanup(listener.wait)
    cleanup(listener.kill)
    listener.stdout.readline()
    write(path, "    no such word\n")
    eq(in_turn(reload, listener.pid), [1])
    eq(listener.poll(), None, "after a bad file")
    write(path)
    eq(in_turn(reload, listener.pid), [0, 0])
    eq(listener.wait(20), 0)


@test("what the unit starts is ready by sd_notify, stays in the foreground, and ends by SIGTERM",
      only="sluice")
def _():
    path = os.path.join(scratch(), "a.cfg")
    _, text = unit(binary(), path)
    port = free_port()
    with open(path, "w", encoding="ascii") as f:
        f.write("global\n    daemon\n" + DEFAULTS + f"frontend fe\n    bind 127.0.0.1:{port}\n")
    settings = dict(re.findall(r"^(\w+)=(.*)$", text, re.M))
    eq((settings["Type"], settings["Restart"], settings["KillMode"]), ("notify", "always", "mixed"))
    assert "KillSignal" not in settings, "SIGTERM is what stops it"
    manager = Manager()
    limit_us = int(settings["WatchdogSec"]) * 1_000_000
    child = subprocess.Popen(commands(text, "ExecStart")[0], stderr=subprocess.DEVNULL,
                             env={**os.environ, **manager.environment,
                                  "WATCHDOG_USEC": str(limit_us)})
    cleanup(child.wait)
    cleanup(child.kill)
    manager.wait("READY=1")
    eq(manager.value("MAINPID"), str(child.pid))
    manager.wait("WATCHDOG=1")
    child.send_signal(signal.SIGTERM)
    eq(child.wait(20), 0)
    eq(manager.count("STOPPING=1"), 1)


@test("the configured paths are what the unit, the manual and the packaged file agree on",
      only="sluice")
def _():
    _, text = unit()
    for line in ("User=sluice", "Group=sluice", "RuntimeDirectory=sluice", "StateDirectory=sluice",
                 "AmbientCapabilities=CAP_NET_BIND_SERVICE", "NoNewPrivileges=yes"):
        assert f"\n{line}\n" in text, line
    assert "man:sluice(1)" in text and cached("SLUICE_UNIT_DIR")
    root = __file__.rsplit("/tests/", 1)[0]
    with open(f"{root}/conf/sluice.cfg", encoding="ascii") as f:
        assert "stats socket /run/sluice/" in f.read()


if __name__ == "__main__":
    main()
