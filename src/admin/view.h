// What the admin room looks at and through which it acts: the snapshot in force, the one way to
// change live state, and facts about the process. Wired by app/; control thread only. A Picture is
// one moment of it, with everything that its pointers need kept alive.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/diagnostics.h"
#include "control/change.h"
#include "control/change_log.h"
#include "control/drains.h"
#include "control/snapshot.h"
#include "control/state_keeper.h"
#include "model/limiter.h"
#include "model/request_sample.h"
#include "model/session_info.h"
#include "net/password_pool.h"
#include "stats/info.h"
#include "stats/sample.h"

namespace sluice::admin {

/// How a reload went. `messages` has what was said meanwhile, in lines.
struct ReloadResult {
  bool done = false;
  std::string messages;
};

/// The files of a configuration, as they were read.
struct ConfigurationFiles {
  std::int64_t loaded_us = 0;  // wall clock
  std::vector<std::shared_ptr<const base::SourceFile>> files;
};
/// A configuration that lies in no file; `name` tells its spelling, as a file's would.
struct ConfigurationText {
  std::string name, text;
};
/// The global limits of what comes in a second.
enum class RateLimit : std::uint8_t { Connections, Sessions, TlsSessions };

using ConfigurationEdit = std::function<base::Result<>(model::Config&)>;

struct View {
  std::function<std::shared_ptr<const control::Snapshot>()> snapshot;
  control::Changes* changes = nullptr;
  control::ChangeLog* log = nullptr;
  control::StateKeeper* states = nullptr;  // what outlives the process; null: nothing
  control::Drains* drains = nullptr;       // null: none are followed
  model::Limiter* connections = nullptr;   // the global maxconn; null: none
  stats::ProcessFacts facts;
  std::function<std::uint64_t()> now_ms;  // monotonic
  std::function<base::Moment()> now;      // both clocks
  std::function<bool()> stopping;         // a soft stop has begun; may be empty
  std::function<void(stats::ProcessGauges&)>
      measure;                                // adds what only the process knows; may be empty
  std::function<stats::ProcessUsage()> use;   // takes some time; may be empty
  std::function<std::string()> startup_logs;  // what was said at start; may be empty
  std::function<std::vector<model::ResolversReport>()> resolvers;
  /// `set server … fqdn`; fails where the server is not followed by its name.
  std::function<base::Result<>(model::ServerLive&, const std::string& name)> rename;
  /// Reads the configuration again; `told` hears how it went, now or later, once. May be empty.
  std::function<void(std::function<void(const ReloadResult&)> told, control::ChangeOrigin origin)>
      reload;
  /// What runs.
  std::function<ConfigurationFiles()> configuration;
  /// Reads and checks what lies on disk, as a reload would; nothing is changed. May block on files
  /// and names, as that does. With a text, that stands for all of the files; of the other files
  /// that it names, those are read that the running configuration named.
  std::function<ConfigurationFiles(base::Diagnostics&, const ConfigurationText* text)>
      check_configuration;
  /// Gives every worker the filters of those who watch requests end; null: nobody. May be empty.
  std::function<void(std::shared_ptr<const model::RequestWatch>)> watch_requests;
  /// A frontend's `enabled` or limit, or the global limit (null) was changed; workers may accept
  /// again.
  std::function<void(const model::FrontendLive*)> limits_changed;
  /// Ends what a frontend's clients do.
  std::function<void(const model::FrontendLive&)> shutdown_sessions;
  /// Asks every worker, then tells, now or later, once. May be empty.
  std::function<void(std::function<void(std::vector<model::SessionInfo>)> told)> sessions;
  std::function<void(std::uint64_t id, std::function<void(std::optional<model::SessionInfo>)> told)>
      session;
  /// Ends that request; false: there is none.
  std::function<void(std::uint64_t id, std::function<void(bool)> told)> end_session;
  std::function<void(std::function<void(std::vector<model::WorkerFigures>)> told)> figures;
  std::function<void(RateLimit which, std::uint32_t per_second)> set_rate_limit;
  /// Compares a password with a hash in another thread; `told` hears on this one. False: too many
  /// wait. May be empty.
  std::function<bool(std::string clear, std::string hash, std::function<void(bool right)> told)>
      check_password;
  /// What became of passwords that were looked at so. May be empty.
  std::function<net::PasswordPool::Counts()> password_counts;
  /// Puts into force what `edit` makes of a copy of the configuration; `told` hears, now or later,
  /// once, what was wrong. May be empty.
  std::function<void(ConfigurationEdit edit, std::function<void(base::Result<>)> told)> reconfigure;
};

struct Picture {
  std::shared_ptr<const control::Snapshot> snapshot;
  std::vector<stats::Source> sources;  // in the order of the configuration
  stats::Moment moment;
  stats::ProcessSample process;
};
[[nodiscard]] Picture take_picture(const View& view);

/// "b/s" or nothing; both parts must not be empty.
struct ServerName {
  std::string_view backend;
  std::string_view server;
};
[[nodiscard]] bool parse_server_name(std::string_view text, ServerName& name);

}  // namespace sluice::admin
