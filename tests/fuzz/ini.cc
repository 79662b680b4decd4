// The INI spelling of a configuration: reader, tables, validation, conversion.
#include <cstdint>

#include "config/cfg_reader.h"
#include "fuzz/configuration.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  sluice::fuzz::read_configuration("t.ini",
                                   std::string_view(reinterpret_cast<const char*>(data), size));
  return 0;
}
