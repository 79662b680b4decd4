// `balance`, `hash-type` and `hash-balance-factor` as plain data (manual §4.2): which algorithm
// chooses a server, what it takes as key, and how the key leads to a server.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/source.h"

namespace sluice::model {

enum class HashMethod : unsigned char { MapBased, Consistent };
enum class HashFunction : unsigned char { Sdbm, Djb2, Wt6, Crc32 };

struct HashUse {
  HashMethod method = HashMethod::MapBased;
  HashFunction function = HashFunction::Sdbm;
  bool avalanche = false;
  std::uint32_t balance_factor = 0;  // percent of the average load that one server may have; 0: any
};

/// What a hashing algorithm looks at, by its arguments.
struct BalanceKeyText {
  std::string name;              // of the header, parameter or cookie
  std::uint32_t uri_length = 0;  // 0: all of it
  std::uint32_t uri_depth = 0;   // 0: all of it
  bool uri_whole = false;        // the query too
  bool uri_path_only = false;
  bool domain_only = false;  // hdr: the domain without host and top level
  bool check_post = false;   // url_param: a POST's body too
};

struct BalanceText {
  std::string algorithm = "roundrobin";  // "random(3)" keeps its number
  std::vector<base::Word> arguments;     // the words of hash's expression
  base::SourceSpan span;
  BalanceKeyText key;
  [[nodiscard]] std::string name() const { return algorithm.substr(0, algorithm.find('(')); }
};

}  // namespace sluice::model
