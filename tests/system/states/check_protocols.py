# labels: quick
"""option mysql-check, pgsql-check, redis-check, smtpchk and ldap-check (manual §4.2) against
servers that speak the packets of these protocols."""
import sys

sys.path.insert(0, __file__.rsplit("/tests/", 1)[0] + "/tests/support")
from checked import *
from harness import *


def packet(number, payload):
    return len(payload).to_bytes(3, "little") + bytes([number]) + payload


GREETING = packet(0, b"\x0a5.5.5-10.11\x00" + b"\x00" * 40)
OK = packet(2, b"\x00\x00\x00\x02\x00\x00\x00")
DENIED = packet(2, b"\xff\x15\x04#28000Access denied")
LDAP_OK = bytes.fromhex("300c02010161070a010004000400")


def up(option, server, status="L7OK", **columns):
    becomes(start("option " + option, a=server), status="UP", check_status=status, **columns)
    return server.connections[0]


def down(option, server, status, **columns):
    becomes(start("option " + option, a=server, server="check inter 500ms"), status="DOWN",
            check_status=status, **columns)


@test("option mysql-check reads the greeting, and with a user it logs in")
def _():
    up("mysql-check", talk(GREETING))
    for version, length, prefix in (("", 37, "008200000080000121" + "00" * 23),
                                    (" post-41", 37, "008200000080000121" + "00" * 23),
                                    (" pre-41", 10, "0080000001")):
        server = talk(GREETING, (b"\x00\x01",), OK)
        conn = up("mysql-check user joe" + version, server)
        eq(conn.heard.hex(), length.to_bytes(3, "little").hex() + "01" + prefix +
           b"joe\0\0".hex() + "0100000001")


@test("option mysql-check says what MySQL refused, and what is no MySQL")
def _():
    down("mysql-check user joe", talk(GREETING, (b"\x00\x01",), DENIED), "L7STS", check_code="1045",
         last_chk="#28000Access denied")
    down("mysql-check", talk(packet(0, b"\xff\x69\x04Host is blocked")), "L7STS", check_code="1129",
         last_chk="Host is blocked")
    down("mysql-check", talk(b"\x50\x00", then="close"), "L7RSP")
    down("mysql-check", talk(b"\xff\xff\xff\x00hello"), "L7TOUT")


@test("option pgsql-check begins a session")
def _():
    asked = "00030000" + b"user\0joe\0\0".hex()
    for answer in ("520000000800000000", "520000000c0000000512345678", "520000000800000003"):
        server = talk((b"joe\0\0",), bytes.fromhex(answer))
        conn = up("pgsql-check user joe", server, last_chk="PostgreSQL server is ok")
        eq(conn.heard.hex(), f"{4 + len(asked) // 2:08x}" + asked)


@test("option pgsql-check fails on an error and on what is no PostgreSQL")
def _():
    error = b"E\x00\x00\x00\x20SFATAL\0Mno such user\0\0"
    down("pgsql-check user joe", talk((b"joe\0\0",), error), "L7RSP", last_chk="FATAL")
    down("pgsql-check user joe", talk((b"joe\0\0",), b"HTTP/1.1 400 Bad"), "L7STS",
         last_chk="PostgreSQL unknown error")


@test("option redis-check wants PONG")
def _():
    ping = b"*1\r\n$4\r\nPING\r\n"
    conn = up("redis-check", talk((ping,), b"+PONG\r\n"), last_chk="Redis server is ok")
    eq(conn.heard, ping)
    down("redis-check", talk((ping,), b"-NOAUTH Authentication required.\r\n", then="close"),
         "L7STS", last_chk="-NOAUTH Authentication required.")


@test("option smtpchk greets, by HELO or EHLO")
def _():
    for words, said in (("", b"HELO localhost\r\n"), (" EHLO me.example", b"EHLO me.example\r\n"),
                        (" HELO me.example", b"HELO me.example\r\n")):
        server = talk(b"220 ready\r\n", (said,), b"250-one\r\n250 nice\r\n", (b"QUIT\r\n",),
                      b"221 bye\r\n")
        conn = up("smtpchk" + words, server, check_code="221", last_chk="bye")
        eq(conn.heard, said + b"QUIT\r\n")


@test("option smtpchk fails on a refusal and on what is no mail server")
def _():
    down("smtpchk", talk(b"554 go away\r\n"), "L7STS", check_code="554", last_chk="go away")
    down("smtpchk", talk(b"220 ready\r\n", (b"\r\n",), b"502 what\r\n", then="close"), "L7STS",
         check_code="502", last_chk="what")
    down("smtpchk", talk(b"hello there\r\n"), "L7RSP", last_chk="hello there")


@test("option ldap-check binds anonymously")
def _():
    bind = bytes.fromhex("300c020101600702010304008000")
    eq(up("ldap-check", talk((14,), LDAP_OK)).heard, bind)
    refused = LDAP_OK.replace(b"\x0a\x01\x00", b"\x0a\x01\x31")
    down("ldap-check", talk((14,), refused), "L7STS", check_code="49", last_chk="See RFC")
    down("ldap-check", talk((14,), b"220 I am a mail server"), "L7RSP",
         last_chk="Not LDAPv3 protocol")


@test("what starts programs or sends mail is refused, and says what to use instead")
def _():
    # haproxy takes them or asks for more of them.
    for line, instead in (("option external-check", "agent-check"), ("option spop-check", "tcp"),
                          ("email-alert to x@y", "metrics"),
                          ("mailers m\nbackend other", "metrics"),
                          ("option ssl-hello-chk", "check-ssl")):
        if is_oracle():
            continue
        text = CONFIG.replace("@check@", line).replace("@default@", "").replace("@server@", "check")
        done = run_config(text.replace("@fe@", "80").replace("@a@", "127.0.0.1:1"), "-c")
        assert done.code != 0 and instead in done.err, done


if __name__ == "__main__":
    main()
