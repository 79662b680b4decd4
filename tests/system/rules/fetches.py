# labels: quick
"""Every fetch yields its value (manual §7.3): each is taken out in turn."""
import socket
import ssl
import sys
import time

sys.path.insert(0, __file__.rsplit("/tests/", 1)[0] + "/tests/support")
from harness import *


def lines(rule, expressions):
    """A rule for each expression that puts its value into the field q-NUMBER."""
    return "\n".join(f'    {rule} q-{number} "=%[{expression}]"'
                     for number, expression in enumerate(expressions))


def compare(expected, message):
    """The fields q-NUMBER against the expected values; a callable judges."""
    got = {expression: message.get(f"q-{number}", "")[1:]
           for number, expression in enumerate(expected)}
    wrong = {expression: (got[expression], wanted) for expression, wanted in expected.items()
             if not (wanted(got[expression]) if callable(wanted)
                     else got[expression] == wanted)}
    assert not wrong, f"got, wanted: {wrong}"


FRONT = DEFAULTS + """
frontend fe
    id 77
    bind 127.0.0.1:@fe@ name door
    @rules@
    default_backend be
backend be
    id 88
    @back@
    server s @origin@ id 9 weight 30 maxconn 50 @server@
"""


def start(rules="", back="", server="", **more):
    return proxy(FRONT, rules=rules.strip(), back=back.strip(), server=server, **more)


def ask(expected, data, rule="http-request set-header", before=""):
    """Puts the expressions into request headers; gives the request that the server got."""
    origin = Origin()
    p = start(before + "\n" + lines(rule, expected), origin=origin)
    client = Client(p.fe).send(data)
    client.response()
    compare(expected, origin.last())
    return p, client


REQUEST = """GET /dir/page.html?a=1&n=25&A=2 HTTP/1.1\r
Host: www.example:8080\r
Cookie: one=1; two=abc; one=3\r
X-List: 10, 20\r
X-List: 30\r
X-Ip: 192.0.2.7\r
X-Date: Mon, 01 Jan 2024 00:00:00 GMT\r
\r
"""


@test("fetches of the request line")
def _():
    ask({
        "base": "www.example:8080/dir/page.html",
        "baseq": "www.example:8080/dir/page.html?a=1&n=25&A=2",
        "method": "GET", "path": "/dir/page.html", "pathq": "/dir/page.html?a=1&n=25&A=2",
        "query": "a=1&n=25&A=2", "url": "/dir/page.html?a=1&n=25&A=2", "req.ver": "1.1",
        "req_ver": "1.1", "req.proto_http": "1", "req_proto_http": "1", "http_first_req": "1",
        "url_param(a)": "1", "urlp(n)": "25", "urlp_val(n),add(1)": "26",
        "capture.req.method": "GET", "capture.req.uri": "/dir/page.html?a=1&n=25&A=2",
        "capture.req.ver": "HTTP/1.1",
    }, REQUEST)


@test("url_ip and url_port are the authority of an absolute target")
def _():
    ask({"url_ip": "127.0.0.9", "url_port": "8123"},
        "GET http://127.0.0.9:8123/x HTTP/1.1\r\nHost: 127.0.0.9:8123\r\n\r\n")


@test("fetches of request headers")
def _():
    ask({
        "req.hdr(x-list)": "30", "hdr(x-list,1)": "10", "req.fhdr(x-list,1)": "10, 20",
        "req.hdr_cnt(x-list)": "3", "hdr_cnt(x-list)": "3", "req.fhdr_cnt(x-list)": "2",
        "req.hdr_val(x-list,2),add(1)": "21", "hdr_val(x-list,1),add(1)": "11",
        "req.hdr_ip(x-ip)": "192.0.2.7", "hdr_ip(x-ip)": "192.0.2.7",
        "req.hdr_names": lambda v: "x-list,x-ip,x-date" in v.lower(),
        "req.hdrs": lambda v: "x-ip: 192.0.2.7" in v.lower(),
    }, REQUEST)


@test("fetches of request cookies")
def _():
    ask({
        "req.cook(two)": "abc", "cook(two)": "abc", "req.cook_cnt(one)": "2", "cook_cnt(one)": "2",
        "req.cook_val(one),add(5)": "8", "cook_val(one),add(6)": "9",
    }, REQUEST)


@test("fetches of the request's body")
def _():
    expected = {"req.body": "key=va+l&n=12", "req.body_len": "13", "req.body_size": "13",
                "req.body_param(key)": "va+l"}
    if not is_oracle():     # 2.6 has it in its manual alone
        expected["req.body_param_val(n),add(1)"] = "13"
    ask(expected, request("POST", "/", [("Content-Type", "application/x-www-form-urlencoded")],
               "key=va+l&n=12"), before="http-request wait-for-body time 5s")


RESPONSE = [("X-List", "10, 20"), ("X-List", "30"), ("X-Ip", "192.0.2.7"),
            ("Set-Cookie", "one=1; path=/"), ("Set-Cookie", "two=22")]


def answer_of(expected, data=REQUEST, rule="http-response set-header", **parts):
    p = start(parts.pop("rules", "") + "\n" + lines(rule, expected),
              origin=Origin(respond(200, "hello", RESPONSE)), **parts)
    answer = Client(p.fe).send(data).response()
    compare(expected, answer)


@test("fetches of the status line")
def _():
    answer_of({"status": "200", "res.ver": "1.1", "resp_ver": "1.1",
               "capture.res.ver": "HTTP/1.1"})


@test("fetches of response headers")
def _():
    answer_of({
        "res.hdr(x-list)": "30", "shdr(x-list,1)": "10", "res.fhdr(x-list,1)": "10, 20",
        "res.hdr_cnt(x-list)": "3", "shdr_cnt(x-list)": "3", "res.fhdr_cnt(x-list)": "2",
        "res.hdr_val(x-list,2),add(1)": "21", "shdr_val(x-list,1),add(1)": "11",
        "res.hdr_ip(x-ip)": "192.0.2.7", "shdr_ip(x-ip)": "192.0.2.7",
        "res.hdr_names": lambda v: "x-list,x-ip,set-cookie" in v.lower(),
        "res.hdrs": lambda v: "x-ip: 192.0.2.7" in v.lower(),
    })


@test("fetches of response cookies")
def _():
    answer_of({
        "res.cook(two)": "22", "scook(two)": "22", "res.cook_cnt(one)": "1",
        "scook_cnt(one)": "1", "res.cook_val(two),add(1)": "23", "scook_val(two),add(2)": "24",
    })


@test("captures are fetched from their slots")
def _():
    answer_of({"capture.req.hdr(0)": "192.0.2.7", "capture.res.hdr(0)": "192.0.2.7"},
              rule="http-after-response set-header",
              rules="capture request header X-Ip len 32\n    capture response header X-Ip len 32")


@test("fetches of the client's connection")
def _():
    origin = Origin()
    expected = {
        "src": "127.0.0.1", "dst": "127.0.0.1", "fc_src": "127.0.0.1", "fc_dst": "127.0.0.1",
        "so_name": "door", "fc_http_major": "1",
    }
    ports = {"src_port": "local", "fc_src_port": "local", "dst_port": "fe", "fc_dst_port": "fe"}
    if is_oracle():     # 2.6 has none of these
        for name in ("fc_src", "fc_dst"):
            del expected[name]
        for name in ("fc_src_port", "fc_dst_port"):
            del ports[name]
    p = start(lines("http-request set-header", [*expected, *ports]), origin=origin)
    client = Client(p.fe)
    client.get()
    real = {"local": str(client.local_port), "fe": str(p.fe)}
    compare({**expected, **{name: real[which] for name, which in ports.items()}}, origin.last())


@test("fetches of the client's TLS")
def _():
    certificates = Certificates()
    expected = {
        "ssl_fc": "1", "ssl_fc_sni": "a.example", "ssl_fc_has_sni": "1", "ssl_fc_alpn": "http/1.1",
        "ssl_fc_protocol": "TLSv1.2", "ssl_fc_cipher": "ECDHE-ECDSA-AES256-GCM-SHA384",
    }
    origin = Origin()
    p = proxy(FRONT.replace("name door", "ssl crt @crt@ alpn http/1.1"), back="", server="",
              rules=lines("http-request set-header", [*expected, "ssl_fc_is_resumed"]),
              crt=certificates.make("a.example"), origin=origin)
    first = TlsClient(p.fe, "a.example", alpn=["http/1.1"], version=ssl.TLSVersion.TLSv1_2,
                      ciphers="ECDHE-ECDSA-AES256-GCM-SHA384")
    first.get()
    compare({**expected, "ssl_fc_is_resumed": "0"}, origin.last())
    again = TlsClient(p.fe, "a.example", context=first.context, session=first.sock.session)
    again.get()
    compare({**expected, "ssl_fc_is_resumed": "1"}, origin.last())


@test("fetches of frontends, backends and servers")
def _():
    expected = {
        "fe_id": "77", "fe_name": "fe", "fe_conn": "1", "fe_conn(fe)": "1", "fe_req_rate": "1",
        "fe_sess_rate": "1", "nbsrv(be)": "1", "be_conn(be)": "0", "be_conn_free(be)": "50",
        "connslots(be)": lambda v: int(v) >= 100, "queue(be)": "0", "avg_queue(be)": "0",
        "be_sess_rate(be)": "0", "srv_conn(be/s)": "0", "srv_conn_free(be/s)": "50",
        "srv_is_up(be/s)": "1", "srv_queue(be/s)": "0", "srv_sess_rate(be/s)": "0",
        "srv_weight(be/s)": "30", "srv_iweight(be/s)": "30", "srv_uweight(be/s)": "30",
    }
    origin = Origin()
    p = start(lines("http-request set-header", expected), origin=origin,
              server="maxqueue 60\n    server t 127.0.0.1:1 weight 0 maxconn 50 maxqueue 60")
    get(p.fe)
    compare(expected, origin.last())


@test("a response knows its backend and its server")
def _():
    answer_of({"be_name": "be", "be_id": "88", "srv_name": "s", "srv_id": "9"})


@test("constants, the environment, randomness, the date")
def _():
    now = time.time()
    expected = {
        "always_true": "1", "always_false": "0", "bin(6162)": "ab", "bool(true)": "1",
        "env(SLUICE_WORD)": "loud", "int(-42)": "-42", "ipv4(192.0.2.1)": "192.0.2.1",
        "ipv6(2001:db8::1)": "2001:db8::1", "meth(GET)": "GET", "str(word)": "word",
        "nbproc": "1", "hostname": socket.gethostname(),
        "rand(5),div(5)": "0", "uuid": lambda v: len(v) == 36 and v[14] == "4",
        "date": lambda v: abs(int(v) - now) < 60,
        "date_us": lambda v: v.isdigit() and int(v) < 1_000_000,
    }
    origin = Origin()
    p = start(lines("http-request set-header", expected), origin=origin,
              environment={"SLUICE_WORD": "loud"})
    get(p.fe)
    compare(expected, origin.last())


@test("variables and the unique id are fetched")
def _():
    expected = {"var(txn.mine)": "/", "unique-id": "id-/"}
    origin = Origin()
    p = start("unique-id-format id-%[path]\n    http-request set-var(txn.mine) path\n"
              + lines("http-request set-header", expected), origin=origin)
    get(p.fe)
    compare(expected, origin.last())


if __name__ == "__main__":
    main()
