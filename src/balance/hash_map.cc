#include "balance/hash_map.h"

namespace sluice::balance {

HashMap::HashMap(std::string_view name, KeyKind kind, const model::HashUse& use,
                 model::BackendLive& backend, std::span<const ServerSlot> servers,
                 BackupUse backups)
    : kind_(kind), use_(use), table_(name, &hash_map_order, backend, servers, backups) {}

Pick HashMap::pick(const PickRequest& request) noexcept {
  const Schedule* table = table_.schedule();
  if (!request.key || table == nullptr || table->entries.empty()) return table_.pick(request);
  const std::uint32_t hash = hash_key(*request.key, kind_, use_);
  return take_bound(*table->entries[hash % table->entries.size()], table->candidates);
}

}  // namespace sluice::balance
