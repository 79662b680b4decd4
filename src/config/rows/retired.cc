// Keywords that HAProxy removed but old files still carry; `help` is the line to write today.
#include <array>

#include "config/rows/rows.h"

namespace sluice::config::rows {
namespace {

constexpr Row retired(std::string_view keyword, Where where, std::string_view today) {
  return {keyword, "", where, Support::Retired, Negation::Yes, nullptr, today};
}

constexpr std::array<Row, 36> kRows = {{
    retired("clitimeout", kProxies, "timeout client <time>"),
    retired("contimeout", kProxies, "timeout connect <time>"),
    retired("srvtimeout", kProxies, "timeout server <time>"),
    retired("timeout clitimeout", kProxies, "timeout client <time>"),
    retired("timeout contimeout", kProxies, "timeout connect <time>"),
    retired("timeout srvtimeout", kProxies, "timeout server <time>"),
    retired("redispatch", kProxies, "option redispatch"),
    retired("block", kProxies, "http-request deny if <condition>"),
    retired("reqadd", kProxies, "http-request add-header <name> <value>"),
    retired("reqallow", kProxies, "http-request allow if <condition>"),
    retired("reqiallow", kProxies, "http-request allow if <condition>"),
    retired("reqdel", kProxies, "http-request del-header <name>"),
    retired("reqidel", kProxies, "http-request del-header <name>"),
    retired("reqdeny", kProxies, "http-request deny if <condition>"),
    retired("reqideny", kProxies, "http-request deny if <condition>"),
    retired("reqpass", kProxies, "http-request allow if <condition>"),
    retired("reqipass", kProxies, "http-request allow if <condition>"),
    retired("reqrep", kProxies, "http-request replace-header <name> <regex> <value>"),
    retired("reqirep", kProxies, "http-request replace-header <name> <regex> <value>"),
    retired("reqtarpit", kProxies, "http-request tarpit if <condition>"),
    retired("reqitarpit", kProxies, "http-request tarpit if <condition>"),
    retired("rspadd", kProxies, "http-response add-header <name> <value>"),
    retired("rspdel", kProxies, "http-response del-header <name>"),
    retired("rspidel", kProxies, "http-response del-header <name>"),
    retired("rspdeny", kProxies, "http-response deny if <condition>"),
    retired("rspideny", kProxies, "http-response deny if <condition>"),
    retired("rsprep", kProxies, "http-response replace-header <name> <regex> <value>"),
    retired("rspirep", kProxies, "http-response replace-header <name> <regex> <value>"),
    retired("monitor-net", kProxies, "http-request return status 200 if { src <network> }"),
    retired("appsession", kProxies, "cookie <name> prefix, or stick on req.cook(<name>)"),
    retired("bind-process", kProxies, "leave the line out: there is one process"),
    retired("option http_proxy", kProxies,
            "http-request set-dst and set-uri, where they are meant"),
    retired("nbproc", kGlobal, "nbthread <number>"),
    retired("debug", kGlobal, "leave the line out and start with -d"),
    retired("grace", kProxies, "grace <time> in the global section"),
    retired("stats bind-process", kGlobal, "leave the line out: there is one process"),
}};

}  // namespace

std::span<const Row> retired() { return kRows; }

}  // namespace sluice::config::rows
