#include <cstddef>

#include "admin/api.h"

// The file lies in the program as it is, by the assembler; CMake names it and depends on it.
__asm__(
    ".section .rodata\n"
    ".global sluice_api_contract\n"
    ".global sluice_api_contract_end\n"
    "sluice_api_contract:\n"
    ".incbin \"" SLUICE_API_CONTRACT
    "\"\n"
    "sluice_api_contract_end:\n"
    ".byte 0\n"
    ".previous\n");

extern "C" {
extern const char sluice_api_contract[];
extern const char sluice_api_contract_end[];
}

namespace sluice::admin {

std::string_view api_contract() noexcept {
  return {sluice_api_contract,
          static_cast<std::size_t>(sluice_api_contract_end - sluice_api_contract)};
}

}  // namespace sluice::admin
