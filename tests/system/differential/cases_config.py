"""Files that one of the two refuses: (what, lines for the text, haproxy takes it, row or None)."""
TEXT = """
global
    @global@
defaults
    mode http
    timeout connect 1s
    timeout client 1s
    timeout server 1s
    @defaults@
frontend fe
    bind 127.0.0.1:1 @bind@
    @fe@
    default_backend be
backend be
    server s 127.0.0.1:2
    @be@
"""

# (what, {place: line}, haproxy's exit, Sluice's exit, row or None)
FILES = [
    ("nothing special", {}, 0, 0, None),
    ("an unknown keyword", {"fe": "nonsense 1"}, 1, 1, None),
    ("a backend that is not there", {"fe": "use_backend none if TRUE"}, 1, 1, None),
    ("an unknown fetch", {"fe": "http-request deny if { nonsense }"}, 1, 1, None),
    ("an acl that is not declared", {"fe": "http-request deny if nobody"}, 1, 1, None),
    ("a bad time", {"defaults": "timeout client 10x"}, 1, 1, None),
    ("a bad mode", {"be": "mode nonsense"}, 1, 1, None),
    ("a bad balance", {"be": "balance nonsense"}, 1, 1, None),
    ("a format with an unknown tag", {"fe": "log-format %nonsense"}, 1, 1, None),
    ("a redirect without a target", {"fe": "redirect location"}, 1, 1, None),
    ("two servers of one name", {"be": "server s 127.0.0.1:3"}, 1, 1, None),
    ("grace", {"defaults": "grace 1s"}, 1, 1, None),
    ("a request fetch in a log format", {"fe": "log-format %[path]"}, 1, 1, None),
    ("retries that is no number", {"be": "retries x"}, 0, 1, "not-numbers"),
    ("maxconn that is no number", {"fe": "maxconn x"}, 0, 1, "not-numbers"),
    ("a stray word", {"defaults": "log-tag a stray"}, 0, 1, "stray-words"),
    ("a stray word after a time", {"fe": "stats refresh 5s stray"}, 0, 1, "stray-words"),
    ("a stray word of a server", {"be": "server t 127.0.0.1:3 weight 2 stray"}, 1, 1, None),
    ("an if without a condition", {"fe": "use_backend be if"}, 0, 1, "empty-condition"),
    ("persistence", {"be": "cookie S insert maxlife 60d attr a\n    option persist\n"
                     "    server c 127.0.0.1:3 cookie x\n    force-persist if TRUE"}, 0, 0, None),
    ("a cookie without a name", {"be": "cookie"}, 1, 1, None),
    ("a cookie of two modes", {"be": "cookie S insert prefix"}, 1, 1, None),
    ("rewrite and indirect", {"be": "cookie S rewrite indirect"}, 1, 1, None),
    ("preserve alone", {"be": "cookie S prefix preserve"}, 1, 1, None),
    ("a domain that is none", {"be": "cookie S insert domain a/b"}, 1, 1, None),
    ("an attribute with a semicolon", {"be": "cookie S insert attr 'a;b'"}, 1, 1, None),
    ("maxidle that is no time", {"be": "cookie S insert maxidle x"}, 1, 1, None),
    ("a cookie in a frontend", {"fe": "cookie S insert"}, 0, 0, None),
    ("force-persist without a word", {"be": "force-persist"}, 1, 1, None),
    ("force-persist without a condition", {"be": "force-persist if"}, 0, 1, "empty-condition"),
    ("force-persist in defaults", {"defaults": "force-persist if TRUE"}, 1, 1, None),
    ("a key and a stray word", {"be": "dynamic-cookie-key a b"}, 0, 1, "stray-words"),
    ("a captured cookie of no length", {"fe": "capture cookie A len x"}, 0, 1, "not-numbers"),
    ("a captured cookie that is long", {"fe": "capture cookie A len 640"}, 0, 0, None),
    ("a captured cookie in defaults", {"defaults": "capture cookie A len 9"}, 1, 1, None),
    ("bind-process", {"defaults": "bind-process all"}, 0, 1, "bind-process"),
    ("stats auth without a colon", {"fe": "stats auth joe"}, 0, 1, "stats-auth"),
    ("a userlist", {"global": "log-tag a\nuserlist u\n    user a insecure-password b groups g\n"
                              "    group g"}, 0, 0, None),
    ("a group that is not there", {"global": "log-tag a\nuserlist u\n"
                                   "    user a insecure-password b groups g"}, 1, 1, None),
    ("a userlist that is not there", {"fe": "http-request auth unless { http_auth(u) }"}, 1, 1,
     None),
    ("a user without a password", {"global": "log-tag a\nuserlist u\n    user a"}, 0, 1,
     "userlists"),
    ("two userlists of a name", {"global": "log-tag a\nuserlist u\n    group g\nuserlist u\n"
                                 "    user a insecure-password b"}, 0, 1, "userlists"),
]
