// Named bounds of every buffer, list, queue and wait. Directives override where a comment says so.
#pragma once

#include <cstddef>
#include <cstdint>

namespace sluice::base::limits {

inline constexpr std::size_t kBlockBytes = 16384;      // tune.bufsize
inline constexpr std::size_t kMaxRewriteBytes = 1024;  // tune.maxrewrite
inline constexpr std::size_t kMaxHeaderFields = 101;   // tune.http.maxhdr
inline constexpr std::size_t kMaxMethodBytes = 32;
inline constexpr std::size_t kMaxChunkLineBytes = 1024;  // chunk size and its extensions
inline constexpr std::size_t kMaxTrailerBytes = 8192;
inline constexpr std::size_t kRelayBlocks = 4;          // blocks one direction of a relay may hold
inline constexpr std::size_t kFastRelayBlocks = 8;      // and may read once all before was taken
inline constexpr std::uint8_t kFastRelayReads = 3;      // in one event, others wait so long
inline constexpr std::size_t kTlsBufferBytes = 33'792;  // two full TLS records and their overhead
inline constexpr std::size_t kTlsBuffersKept = 64;      // unused ones that a loop keeps
inline constexpr std::size_t kTlsClientSessions = 64;   // names whose session a server line keeps
inline constexpr std::size_t kMaxCapturedCookieBytes = 63;  // tune.http.cookielen
inline constexpr std::size_t kMaxLogLineBytes = 8192;
inline constexpr std::size_t kMaxStructuredLogBytes = 2048;  // log-format-sd
inline constexpr std::size_t kMaxServicePayloadBytes = 262144;
inline constexpr int kPipeBytes = 1 << 20;  // of a pipe that bodies pass through
inline constexpr std::size_t kPipesPerWorker =
    64;  // bodies that do so at a time; others are copied
inline constexpr std::size_t kRelayedBytes = 1
                                             << 16;  // what is left of a body, to make it worth it
inline constexpr std::size_t kAcceptsPerWakeup = 64;
inline constexpr std::uint32_t kListenBacklog = 4096;
inline constexpr std::size_t kRecentClients = 1024;      // of a server that drains, counted apart
inline constexpr std::uint32_t kSourcePortTries = 1024;  // of a range, for one connection

inline constexpr std::uint32_t kLastLogsMs = 1'000;    // for receivers of log lines, at the end
inline constexpr std::uint32_t kLoginWaitMs = 20'000;  // until a password was looked at

// Names (net/dns, names/).
inline constexpr std::size_t kMaxDnsRecords = 256;           // of one answer; more make it invalid
inline constexpr std::size_t kMaxDnsAliases = 16;            // CNAME after CNAME
inline constexpr std::size_t kMaxDnsQueries = 4096;          // of one name server at a time
inline constexpr unsigned kMaxDnsDatagramsPerTurn = 64;      // a flood leaves the loop its time
inline constexpr std::uint16_t kMaxDnsDatagramBytes = 4096;  // announced; larger answers take TCP
inline constexpr std::size_t kMaxNameServers = 64;           // of one section
inline constexpr std::uint32_t kMinDnsTtlMs = 1'000;         // a lower TTL does not ask more often
inline constexpr std::uint32_t kMinDnsPauseMs = 10;          // between two resolutions of a name

// Time-outs used only where neither a directive nor HAProxy's fall-backs give one (milliseconds).
inline constexpr std::uint32_t kConnectTimeoutMs = 10'000;
inline constexpr std::uint32_t kClientTimeoutMs = 3'600'000;
inline constexpr std::uint32_t kServerTimeoutMs = 3'600'000;
inline constexpr std::uint32_t kHttpRequestTimeoutMs = 30'000;
inline constexpr std::uint32_t kIdlePoolTimeoutMs = 5'000;

inline constexpr std::uint16_t kMaxWeight = 256;
/// Entries of a round-robin schedule; weights are scaled down to it, never below one entry a
/// server.
inline constexpr std::size_t kMaxScheduleEntries = 16'384;
/// Entries of the table of `hash-type map-based`: HAProxy's for 1,024 servers of any weight.
inline constexpr std::size_t kMaxHashMapEntries = 262'144;
inline constexpr std::uint32_t kMaxServersPerBackend = 65'536;

}  // namespace sluice::base::limits
