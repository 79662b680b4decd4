// Changes of frontends and of the process: what control::Changes has no server for. Each is in
// force when the function returns, and is noted in the log of changes. Control thread.
#pragma once

#include <cstdint>
#include <string_view>

#include "admin/view.h"

namespace sluice::admin {

void set_frontend_enabled(const View& view, model::FrontendLive& frontend, bool enabled,
                          const control::ChangeOrigin& origin);
void shut_frontend_sessions(const View& view, model::FrontendLive& frontend,
                            const control::ChangeOrigin& origin);
/// 0: as many as the process may have.
void set_frontend_maxconn(const View& view, model::FrontendLive& frontend, std::uint32_t value,
                          const control::ChangeOrigin& origin);
/// 0: the highest limit that there may be. At most that; view.connections must be set.
void set_process_maxconn(const View& view, std::uint32_t value,
                         const control::ChangeOrigin& origin);
/// 0: none. `word` is the socket's for it; view.set_rate_limit must be set.
void set_process_rate_limit(const View& view, RateLimit which, std::string_view word,
                            std::uint32_t per_second, const control::ChangeOrigin& origin);
enum class Clear : std::uint8_t { Maxima, Everything };
void clear_counters(const View& view, Clear what, const control::ChangeOrigin& origin);

}  // namespace sluice::admin
