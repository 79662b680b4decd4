#include "rules/unsupported.h"

#include <algorithm>

#include "base/diagnostics.h"

namespace sluice::rules {

namespace {

/// Of stick counters: sc_X, sc0_X, sc1_X, sc2_X and src_X.
constexpr std::string_view kCounters[] = {
    "bytes_in_rate", "bytes_out_rate", "clr_gpc", "clr_gpc0", "clr_gpc1", "conn_cnt", "conn_cur",
    "conn_rate", "get_gpc", "get_gpc0", "get_gpc1", "get_gpt", "get_gpt0", "gpc0_rate", "gpc1_rate",
    "gpc_rate", "http_err_cnt", "http_err_rate", "http_fail_cnt", "http_fail_rate", "http_req_cnt",
    "http_req_rate", "inc_gpc", "inc_gpc0", "inc_gpc1", "is_local", "kbytes_in", "kbytes_out",
    "sess_cnt", "sess_rate", "tracked", "trackers", "updt_conn_cnt",
};

/// Of certificates: ssl_c_X (the client's), ssl_f_X (ours) and ssl_s_X (a server's).
constexpr std::string_view kCertificates[] = {
    "ca_err", "ca_err_depth", "chain_der", "der", "err", "i_dn", "key_alg", "notafter", "notbefore",
    "s_dn", "serial", "sha1", "sig_alg", "used", "verify", "version",
};

constexpr std::string_view kFetches[] = {
    "base32", "base32+src", "bc_dst", "bc_dst_port", "bc_err", "bc_err_str", "bc_http_major",
    "bc_src", "bc_src_port", "be_server_timeout", "be_tunnel_timeout", "cookie", "cpu_calls",
    "cpu_ns_avg", "cpu_ns_tot", "cur_server_timeout", "cur_tunnel_timeout", "distcc_body",
    "distcc_param", "dst_conn", "dst_is_local", "fc_dst_is_local", "fc_err", "fc_err_str",
    "fc_fackets", "fc_lost", "fc_pp_authority", "fc_pp_unique_id", "fc_rcvd_proxy", "fc_reordering",
    "fc_retrans", "fc_rtt", "fc_rttvar", "fc_sacked", "fc_src_is_local", "fc_unacked",
    "fcgi.docroot", "fcgi.index", "fe_client_timeout", "fe_defbe", "http_auth", "http_auth_bearer",
    "http_auth_group", "http_auth_pass", "http_auth_type", "http_auth_user", "internal.htx.data",
    "internal.htx.free", "internal.htx.free_data", "internal.htx.has_eom", "internal.htx.nbblks",
    "internal.htx.size", "internal.htx.used", "internal.htx_blk.data", "internal.htx_blk.hdrname",
    "internal.htx_blk.hdrval", "internal.htx_blk.size", "internal.htx_blk.start_line",
    "internal.htx_blk.type", "internal.strm.is_htx", "last_rule_file", "last_rule_line",
    "lat_ns_avg", "lat_ns_tot", "payload_lv", "prio_class", "prio_offset", "proc", "rdp_cookie",
    "rdp_cookie_cnt", "rep_ssl_hello_type", "req.hdrs_bin", "req.payload_lv", "req.rdp_cookie",
    "req.rdp_cookie_cnt", "req.ssl_alpn", "req.ssl_ec_ext", "req.ssl_hello_type", "req.ssl_sni",
    "req.ssl_st_ext", "req.ssl_ver", "req_ssl_hello_type", "req_ssl_sni", "req_ssl_ver", "res.body",
    "res.body_len", "res.body_size", "res.cache_hit", "res.cache_name", "res.comp", "res.comp_algo",
    "res.hdrs_bin", "res.len", "res.payload", "res.payload_lv", "res.ssl_hello_type", "so_id",
    "ssl_bc", "ssl_bc_alg_keysize", "ssl_bc_alpn", "ssl_bc_cipher", "ssl_bc_client_random",
    "ssl_bc_err", "ssl_bc_err_str", "ssl_bc_is_resumed", "ssl_bc_npn", "ssl_bc_protocol",
    "ssl_bc_server_random", "ssl_bc_session_id", "ssl_bc_session_key", "ssl_bc_unique_id",
    "ssl_bc_use_keysize", "ssl_fc_alg_keysize", "ssl_fc_cipherlist_bin", "ssl_fc_cipherlist_hex",
    "ssl_fc_cipherlist_str", "ssl_fc_cipherlist_xxh", "ssl_fc_client_early_traffic_secret",
    "ssl_fc_client_handshake_traffic_secret", "ssl_fc_client_random",
    "ssl_fc_client_traffic_secret_0", "ssl_fc_early_exporter_secret", "ssl_fc_ecformats_bin",
    "ssl_fc_eclist_bin", "ssl_fc_err", "ssl_fc_err_str", "ssl_fc_exporter_secret",
    "ssl_fc_extlist_bin", "ssl_fc_has_crt", "ssl_fc_has_early", "ssl_fc_npn",
    "ssl_fc_protocol_hello_id", "ssl_fc_server_handshake_traffic_secret", "ssl_fc_server_random",
    "ssl_fc_server_traffic_secret_0", "ssl_fc_session_id", "ssl_fc_session_key", "ssl_fc_unique_id",
    "ssl_fc_use_keysize", "stopping", "table_avl", "table_cnt", "thread", "url32", "url32+src",
};

constexpr std::string_view kConverters[] = {
    "add_item", "aes_gcm_dec", "be2dec", "be2hex", "debug", "digest", "fix_is_valid",
    "fix_tag_value", "hmac", "htonl", "in_table", "json", "json_query", "jwt_header_query",
    "jwt_payload_query", "jwt_verify", "language", "map", "map_beg", "map_beg_int", "map_beg_ip",
    "map_dir", "map_dir_int", "map_dir_ip", "map_dom", "map_dom_int", "map_dom_ip", "map_end",
    "map_end_int", "map_end_ip", "map_int", "map_int_int", "map_int_ip", "map_ip", "map_ip_int",
    "map_ip_ip", "map_reg", "map_reg_int", "map_reg_ip", "map_regm", "map_str", "map_str_int",
    "map_str_ip", "map_sub", "map_sub_int", "map_sub_ip", "mqtt_field_value", "mqtt_is_valid",
    "nbsrv", "protobuf", "secure_memcmp", "sha1", "sha2", "srv_queue", "table_bytes_in_rate",
    "table_bytes_out_rate", "table_conn_cnt", "table_conn_cur", "table_conn_rate", "table_expire",
    "table_gpc", "table_gpc0", "table_gpc0_rate", "table_gpc1", "table_gpc1_rate", "table_gpc_rate",
    "table_gpt", "table_gpt0", "table_http_err_cnt", "table_http_err_rate", "table_http_fail_cnt",
    "table_http_fail_rate", "table_http_req_cnt", "table_http_req_rate", "table_idle",
    "table_kbytes_in", "table_kbytes_out", "table_server_id", "table_sess_cnt", "table_sess_rate",
    "table_trackers", "ungrpc", "wt6", "xxh3", "xxh32", "xxh64",
};

constexpr std::string_view kActions[] = {
    "add-acl", "auth", "cache-store", "cache-use", "close", "del-acl", "del-map",
    "disable-l7-retry", "do-resolve", "early-hint", "expect-netscaler-cip", "expect-proxy", "lua.",
    "normalize-uri", "ot-group", "sc-inc-gpc", "sc-inc-gpc0", "sc-inc-gpc1", "sc-set-gpt",
    "sc-set-gpt0", "send-spoe-group", "set-bandwidth-limit", "set-dst", "set-dst-port", "set-map",
    "set-mark", "set-nice", "set-priority-class", "set-priority-offset", "set-src", "set-src-port",
    "set-timeout", "set-tos", "strict-mode", "switch-mode", "track-sc", "track-sc0", "track-sc1",
    "track-sc2", "wait-for-handshake",
};

template <std::size_t N>
bool has(const std::string_view (&names)[N], std::string_view name) noexcept {
  return std::find(std::begin(names), std::end(names), name) != std::end(names);
}

}  // namespace

bool is_unsupported_fetch(std::string_view name) noexcept {
  for (std::string_view prefix : {"sc_", "sc0_", "sc1_", "sc2_", "src_"}) {
    if (name.starts_with(prefix) && has(kCounters, name.substr(prefix.size()))) return true;
  }
  for (std::string_view prefix : {"ssl_c_", "ssl_f_", "ssl_s_"}) {
    if (name.starts_with(prefix) && has(kCertificates, name.substr(prefix.size()))) return true;
  }
  return has(kFetches, name) || name.starts_with("lua.");
}

bool is_unsupported_converter(std::string_view name) noexcept {
  return has(kConverters, name) || name.starts_with("lua.");
}

bool is_unsupported_action(std::string_view name) noexcept {
  const std::string_view bare = name.substr(0, name.find('('));
  return has(kActions, bare) || bare.starts_with("lua.");
}

std::string did_you_mean(std::string_view word, const std::vector<std::string_view>& known) {
  const std::string_view near = base::nearest(word, known);
  return near.empty() ? std::string{} : "did you mean '" + std::string(near) + "'?";
}

}  // namespace sluice::rules
