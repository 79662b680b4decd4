// The steps that `http-check` and `tcp-check` share: connect and expect, and what may follow what
// (manual §4.2).
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "config/arguments.h"
#include "config/context.h"
#include "model/check.h"

namespace sluice::config {

enum class CheckProtocol : unsigned char { Tcp, Http };

[[nodiscard]] std::span<const std::string_view> check_connect_words();
/// Options of `expect` and its patterns: those of the protocol.
[[nodiscard]] std::vector<std::string_view> check_expect_words(CheckProtocol protocol);

/// Each reads the words behind its name; false: it complained.
[[nodiscard]] bool parse_check_connect(model::CheckStep& step, Arguments& arguments);
[[nodiscard]] bool parse_check_expect(model::CheckStep& step, CheckProtocol protocol,
                                      Arguments& arguments);
/// `set-var(NAME)` and its kin; `steps` are all words that could stand here.
[[nodiscard]] std::span<const std::string_view> check_variable_words();
[[nodiscard]] bool parse_check_variable(model::CheckStep& step,
                                        std::span<const std::string_view> steps,
                                        Arguments& arguments);
[[nodiscard]] bool parse_check_comment(model::CheckStep& step, Arguments& arguments);

/// The section's own steps; its first line drops those that it inherited.
[[nodiscard]] std::vector<model::CheckStep>& own_steps(Context& context, CheckProtocol protocol);
/// Appends a step if it may stand there: the first step is a connect if there is one at all.
void append_check_step(Context& context, model::CheckStep step, CheckProtocol protocol,
                       Arguments& arguments);
/// The last, or first, step that does something on the wire; null without.
[[nodiscard]] model::CheckStep* last_wire_step(std::vector<model::CheckStep>& steps);
[[nodiscard]] model::CheckStep* first_wire_step(std::vector<model::CheckStep>& steps);

/// "0a 0B" or "0a0B" as bytes; nothing when it is not hexadecimal.
[[nodiscard]] std::optional<std::string> bytes_of(std::string_view hexadecimal);

}  // namespace sluice::config
