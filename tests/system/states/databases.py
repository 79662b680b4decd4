"""Real databases: their checks (manual §4.2 option redis-check, mysql-check, pgsql-check), and
sessions with them in mode tcp."""
import glob
import os
import pwd
import shutil
import subprocess
import sys

sys.path.insert(0, __file__.rsplit("/tests/", 1)[0] + "/tests/support")
from harness import *
from harness import runner

TEXT = """
global
    stats socket @dir@/admin.sock mode 600 level admin
defaults
    mode tcp
    timeout connect 5s
    timeout client 60s
    timeout server 60s
    timeout check 5s
listen db
    bind 127.0.0.1:@fe@
    @check@
    default-server inter 200ms rise 1 fall 1
    server a 127.0.0.1:@port@ check
"""


class Database:
    """A server on a free port of loopback, run as nobody: databases refuse to be root's."""

    def __init__(self):
        self.port = free_port()
        self.directory = runner.scratch()
        os.chmod(self.directory, 0o755)
        self.data = os.path.join(self.directory, "data")
        os.mkdir(self.data, 0o700)
        if os.geteuid() == 0:
            nobody = pwd.getpwnam("nobody")
            os.chown(self.data, nobody.pw_uid, nobody.pw_gid)
        self.child, self.said = None, ""
        on_failure(lambda: f"--- {type(self).__name__}:\n{self.said[-3000:]}")
        self.prepare()
        cleanup(self.stop)
        self.start()

    @staticmethod
    def unprivileged():
        return ["setpriv", "--pdeathsig", "KILL", *(
            ["--reuid", "nobody", "--regid", "nogroup", "--clear-groups"]
            if os.geteuid() == 0 else []), "--"]

    def run(self, *command, stdin=""):
        """To its end; gives what it wrote."""
        done = subprocess.run([*self.unprivileged(), *command], input=stdin, capture_output=True,
                              text=True, timeout=80, cwd=self.data, check=False)
        assert done.returncode == 0, f"{command}: {done.stdout[-2000:]}{done.stderr[-2000:]}"
        return done.stdout

    def prepare(self):
        pass

    def start(self):
        with open(self.log(), "ab") as said:
            self.child = subprocess.Popen([*self.unprivileged(), *self.command()], cwd=self.data,
                                          stdin=subprocess.DEVNULL, stdout=said, stderr=said)
        wait_for(lambda: self.port in listening() or self.child.poll() is not None,
                 "the database to listen", 60)
        assert self.child.poll() is None, "the database ended"

    def stop(self):
        if self.child.poll() is None:
            self.child.send_signal(self.stop_signal)
        self.child.wait(60)
        with open(self.log(), encoding="utf-8", errors="replace") as f:
            self.said = f.read()
    stop_signal = 15

    def log(self):
        return os.path.join(self.directory, "said")


class Redis(Database):
    def command(self):
        return ["redis-server", "--port", str(self.port), "--bind", "127.0.0.1", "--save", "",
                "--appendonly", "no", "--dir", self.data]


class Postgres(Database):
    stop_signal = 2                         # sessions do not hold it up

    @staticmethod
    def program(name):
        found = sorted(glob.glob(f"/usr/lib/postgresql/*/bin/{name}"))
        return found[-1] if found else name

    def prepare(self):
        self.run(self.program("initdb"), "-D", self.data, "-U", "boss", "-A", "trust", "-N", "-E",
                 "UTF8", "--locale", "C")

    def command(self):
        return [self.program("postgres"), "-D", self.data, "-p", str(self.port), "-h", "127.0.0.1",
                "-k", self.data, "-F"]


class MariaDb(Database):
    def prepare(self):
        self.run("mariadb-install-db", "--no-defaults", f"--datadir={self.data}",
                 "--auth-root-authentication-method=normal", "--skip-test-db",
                 "--skip-name-resolve")
        self.users = os.path.join(self.directory, "users.sql")
        with open(self.users, "w", encoding="ascii") as f:
            f.write("CREATE USER IF NOT EXISTS 'prober'@'%';\n"
                    "CREATE USER IF NOT EXISTS 'boss'@'%' IDENTIFIED BY 'secret';\n")

    def command(self):
        return [shutil.which("mariadbd") or "/usr/sbin/mariadbd", "--no-defaults",
                f"--datadir={self.data}", f"--port={self.port}", "--bind-address=127.0.0.1",
                f"--socket={self.data}/s", f"--init-file={self.users}", "--skip-name-resolve",
                "--innodb-buffer-pool-size=8M", "--innodb-log-file-size=4M"]


def is_up(p, status, seconds=30):
    wait_for(lambda: stat(p, "db", "a")["status"] == "UP"
             and stat(p, "db", "a")["check_status"].removeprefix("* ") == status, status, seconds)


def goes_and_comes(p, database, status):
    """DOWN when it is stopped, UP when it is back."""
    database.stop()
    wait_for(lambda: stat(p, "db", "a")["status"] == "DOWN", "DOWN", 30)
    database.start()
    is_up(p, status)


@test("a real Redis passes option redis-check, is DOWN when it stops, and serves a session")
def _():
    redis = Redis()
    p = proxy(TEXT, check="option redis-check", port=redis.port)
    is_up(p, "L7OK")
    eq(stat(p, "db", "a")["last_chk"], "Redis server is ok")
    client = ["redis-cli", "-p", str(p.fe)]
    answers = redis.run(*client, stdin="SET key value\nGET key\nINCR n\nINCR n\n").split()
    eq(answers, ["OK", "value", "1", "2"])
    big = redis.run(*client, "EVAL", "return string.rep('x', 300000)", "0").strip()
    eq((len(big), set(big)), (300000, {"x"}))
    goes_and_comes(p, redis, "L7OK")


@test("a real PostgreSQL passes option pgsql-check, is DOWN when it stops, and serves a session")
def _():
    postgres = Postgres()
    p = proxy(TEXT, check="option pgsql-check user boss", port=postgres.port)
    is_up(p, "L7OK")
    eq(stat(p, "db", "a")["last_chk"], "PostgreSQL server is ok")
    client = ["psql", "-X", "-h", "127.0.0.1", "-p", str(p.fe), "-U", "boss", "-d", "postgres",
              "-A", "-t", "-q"]
    found = postgres.run(*client, stdin="create table t(n int);\n"
                         "insert into t select generate_series(1, 50000);\n"
                         "select sum(n) from t;\nselect n from t order by n;\n").split()
    eq((found[0], len(found), found[-1]), ("1250025000", 50001, "50000"))
    goes_and_comes(p, postgres, "L7OK")


@test("a real MariaDB passes option mysql-check, is DOWN when it stops, and serves a session")
def _():
    maria = MariaDb()
    p = proxy(TEXT, check="option mysql-check user prober", port=maria.port)
    is_up(p, "L7OK")
    client = ["mariadb", "--no-defaults", "-h", "127.0.0.1", "-P", str(p.fe), "-u", "boss",
              "-psecret", "-N", "-B", "--protocol=tcp"]
    eq(maria.run(*client, "-e", "select 6 * 7; select repeat('x', 3)").split(), ["42", "xxx"])
    goes_and_comes(p, maria, "L7OK")


@test("option mysql-check without a user reads the greeting of a real MariaDB; a wrong one fails")
def _():
    maria = MariaDb()
    p = proxy(TEXT, check="option mysql-check", port=maria.port)
    is_up(p, "L7OK")
    p = proxy(TEXT, check="option mysql-check user nobody_here", port=maria.port)
    wait_for(lambda: stat(p, "db", "a")["status"] == "DOWN", "DOWN", 30)
    eq(stat(p, "db", "a")["check_status"].removeprefix("* "), "L7STS")


if __name__ == "__main__":
    main()
