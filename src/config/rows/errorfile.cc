// `errorfile`: a file with a whole HTTP response that replaces one of ours.
#include <algorithm>
#include <array>

#include "base/text.h"
#include "config/rows/rows.h"

namespace sluice::config::rows {
namespace {

constexpr std::array<std::uint16_t, 17> kStatuses = {200, 400, 401, 403, 404, 405, 407, 408, 410,
                                                     413, 425, 429, 500, 501, 502, 503, 504};

/// A head that begins with a status line of HTTP/1 and ends with an empty line.
bool is_response(std::string_view content) {
  if (!content.starts_with("HTTP/1.") || content.size() < 12) return false;
  return content.find("\r\n\r\n") != std::string_view::npos ||
         content.find("\n\n") != std::string_view::npos;
}

void parse_errorfile(Context& context, Arguments& arguments) {
  const base::Word* code = arguments.expect("a status and a file");
  if (code == nullptr) return;
  const base::Word* path = arguments.expect("a file after its status");
  if (path == nullptr || !arguments.finish()) return;
  const auto status = base::to_unsigned(code->text);
  if (!status || std::ranges::find(kStatuses, *status) == kStatuses.end()) {
    return arguments.error(code->span, "'" + code->text + "' is not a status that we answer",
                           "it may be 200, 400, 401, 403, 404, 405, 407, 408, 410, 413, 425, 429, "
                           "500, 501, 502, 503 or 504");
  }
  auto content = context.read_file(path->text);
  if (!content) {
    return arguments.error(path->span,
                           "'" + path->text + "' cannot be read: " + content.error().detail);
  }
  if (content->size() > context.global().tune_bufsize) {
    return arguments.error(path->span, "'" + path->text + "' is larger than tune.bufsize (" +
                                           std::to_string(context.global().tune_bufsize) + ")");
  }
  if (!content->empty() && !is_response(*content)) {
    return arguments.error(path->span, "'" + path->text + "' is not an HTTP/1 response",
                           "it begins with a line such as 'HTTP/1.0 503 Service Unavailable', "
                           "headers and an empty line");
  }
  auto& files = context.proxy->error_files;
  std::erase_if(files, [&](const model::ErrorFile& file) { return file.status == *status; });
  files.push_back(
      {static_cast<std::uint16_t>(*status), path->text, std::move(*content), path->span});
}

constexpr std::array<Row, 1> kRows = {{
    {"errorfile", "<status> <file>", kProxies, Support::Implemented, Negation::No, parse_errorfile,
     "a response that replaces one of ours"},
}};

}  // namespace

std::span<const Row> errorfile() { return kRows; }

}  // namespace sluice::config::rows
