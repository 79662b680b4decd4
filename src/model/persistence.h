// How a backend keeps its clients, as plain data: the `cookie` line and the rules that force or
// ignore what it says (manual §4.2). Made by config/, immutable afterwards.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/source.h"

namespace sluice::model {

/// `cookie NAME …`. Without rewrite, insert and prefix the cookie is only read. Seconds; 0: none.
struct PersistenceCookie {
  base::SourceSpan span;
  std::string name;  // empty: no persistence by cookie
  bool rewrite = false, insert = false, prefix = false;
  bool indirect = false, nocache = false, postonly = false, preserve = false;
  bool httponly = false, secure = false;
  bool dynamic = false;  // servers without a value get one made of their address
  std::vector<std::string> domains;
  std::vector<std::string> attributes;
  std::uint32_t maxidle_s = 0;
  std::uint32_t maxlife_s = 0;
};

/// `force-persist` and `ignore-persist`; the first whose condition holds counts.
struct PersistRule {
  enum class Effect : unsigned char { Force, Ignore };
  Effect effect = Effect::Force;
  base::SourceSpan span;
  std::vector<base::Word> condition;
  bool negated = false;
};

}  // namespace sluice::model
