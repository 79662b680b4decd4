// Every table of rows, one function per topic; table.cc gathers them.
#pragma once

#include <span>
#include <string_view>
#include <vector>

#include "config/table.h"

namespace sluice::config::rows {

// Global section
[[nodiscard]] std::span<const Row> global_process();
[[nodiscard]] std::span<const Row> global_tls();
[[nodiscard]] std::span<const Row> global_tuning();
[[nodiscard]] std::span<const Row> global_unsupported();
// Proxy sections
[[nodiscard]] std::span<const Row> basics();
[[nodiscard]] std::span<const Row> timeouts();
[[nodiscard]] std::span<const Row> options();
[[nodiscard]] std::span<const Row> option_values();  // options that take arguments
[[nodiscard]] std::span<const Row> bind();
[[nodiscard]] std::span<const Row> server();
[[nodiscard]] std::span<const Row> sockets();
[[nodiscard]] std::span<const Row> balance();
[[nodiscard]] std::span<const Row> persistence();
[[nodiscard]] std::span<const Row> log();
[[nodiscard]] std::span<const Row> rules();
[[nodiscard]] std::span<const Row> stats();
[[nodiscard]] std::span<const Row> http_check();
[[nodiscard]] std::span<const Row> tcp_check();
[[nodiscard]] std::span<const Row> check_options();
[[nodiscard]] std::span<const Row> errorfile();
[[nodiscard]] std::span<const Row> resolvers();
[[nodiscard]] std::span<const Row> userlist();
[[nodiscard]] std::span<const Row> saved_state();
[[nodiscard]] std::span<const Row> retired();
[[nodiscard]] std::span<const Row> unsupported();

// Options of lines
[[nodiscard]] std::span<const OptionRow<model::Bind>> bind_options();
[[nodiscard]] std::span<const OptionRow<model::Server>> server_options();
[[nodiscard]] std::vector<OptionRow<model::Server>> naming_options();
[[nodiscard]] std::span<const OptionRow<model::PersistenceCookie>> cookie_options();
[[nodiscard]] std::span<const OptionRow<model::StatsSocket>> stats_socket_options();
[[nodiscard]] std::span<const OptionRow<model::TlsOptions>> ssl_default_bind_options();
[[nodiscard]] std::span<const OptionRow<model::TlsOptions>> ssl_default_server_options();

// What several lines share
/// The next word as a guid; null after a complaint.
[[nodiscard]] const base::Word* guid_word(Arguments& arguments);
/// The next word as the name of a network interface; null after a complaint.
[[nodiscard]] const base::Word* interface_name(Arguments& arguments);
/// What follows `source`: an address, `usesrc …` and `interface …`. A range of ports is a server's.
enum class SourcePorts : bool { One, Range };
void parse_source(model::Source& source, Arguments& arguments, SourcePorts ports);

// Words that a directive takes: the supported ones
[[nodiscard]] std::vector<std::string_view> balance_algorithms();
[[nodiscard]] std::vector<std::string_view> hash_words();
[[nodiscard]] std::vector<std::string_view> retry_causes();
[[nodiscard]] std::span<const std::string_view> check_send_parts();

}  // namespace sluice::config::rows
