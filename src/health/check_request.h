// The bytes that the steps of a check send.
#pragma once

#include <string>
#include <string_view>

#include "health/check_script.h"
#include "http/message.h"

namespace sluice::health {

/// False: a format grew beyond a buffer, or is not hexadecimal. `server_state` is what
/// `http-check send-state` tells, empty without it.
[[nodiscard]] bool compose(const SendStep& step, rules::Evaluation& evaluation, std::string& out);
[[nodiscard]] bool compose(const HttpSendStep& step, std::string_view server_state,
                           rules::Evaluation& evaluation, std::string& out);

/// Hexadecimal digits, upper case, as binary patterns are matched against.
[[nodiscard]] std::string hexadecimal(std::string_view bytes);
[[nodiscard]] bool from_hexadecimal(std::string_view text, std::string& out);

/// The value of X-Haproxy-Server-State: "UP 2/3; address=…; port=80; name=be/a; node=n; weight=1/2;
/// scur=0/0; qcur=0".
[[nodiscard]] std::string server_state_text(const model::ServerLive& server, std::string_view node);

}  // namespace sluice::health
