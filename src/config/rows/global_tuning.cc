// The global section: sizes.
#include <array>

#include "config/rows/rows.h"
#include "config/store.h"

namespace sluice::config::rows {
namespace {

using model::Global;
constexpr Support kYes = Support::Implemented;

constexpr std::array<Row, 3> kRows = {{
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
