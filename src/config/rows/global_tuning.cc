// The global section: sizes and rates.
#include <array>

#include "config/rows/rows.h"
#include "config/store.h"

namespace sluice::config::rows {
namespace {

using model::Global;
constexpr Support kYes = Support::Implemented;

constexpr std::array<Row, 6> kRows = {{
    {"maxconnrate", "<number>", kGlobal, kYes, Negation::No,
     store::number<&Global::maxconnrate, 0, 2'000'000'000>,
     "connections that the process takes in a second; the rest wait"},
    {"maxsessrate", "<number>", kGlobal, kYes, Negation::No,
     store::number<&Global::maxsessrate, 0, 2'000'000'000>,
     "the same for connections that no tcp-request connection rule refuses"},
    {"maxsslrate", "<number>", kGlobal, kYes, Negation::No,
     store::number<&Global::maxsslrate, 0, 2'000'000'000>, "the same for connections over TLS"},
    {"tune.bufsize", "<bytes>", kGlobal, kYes, Negation::No,
     store::number<&Global::tune_bufsize, 1024, 268'435'456>,
     "size of a buffer; a message's head must fit in it less tune.maxrewrite"},
    {"tune.maxrewrite", "<bytes>", kGlobal, kYes, Negation::No,
     store::number<&Global::tune_maxrewrite, 0, 268'435'456>,
     "room that is kept free for headers that rules add"},
    {"tune.http.maxhdr", "<number>", kGlobal, kYes, Negation::No,
     store::number<&Global::tune_http_maxhdr, 1, 32767>, "header fields a message may have"},
}};

}  // namespace

std::span<const Row> global_tuning() { return kRows; }

}  // namespace sluice::config::rows
