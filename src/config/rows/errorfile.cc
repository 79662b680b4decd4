// `errorfile`, `errorloc` and `http-error`: a response that replaces one of ours.
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

std::optional<std::uint16_t> parse_status(Arguments& arguments, std::string_view what) {
  const base::Word* code = arguments.expect(what);
  if (code == nullptr) return std::nullopt;
  const auto status = base::to_unsigned(code->text);
  if (status && std::ranges::find(kStatuses, *status) != kStatuses.end())
    return static_cast<std::uint16_t>(*status);
  arguments.error(code->span, "'" + code->text + "' is not a status that we answer",
                  "it may be 200, 400, 401, 403, 404, 405, 407, 408, 410, 413, 425, 429, "
                  "500, 501, 502, 503 or 504");
  return std::nullopt;
}

void drop_page(model::Proxy& proxy, std::uint16_t status) {
  std::erase_if(proxy.error_files,
                [&](const model::ErrorFile& file) { return file.status == status; });
}

void replace_page(model::Proxy& proxy, model::ErrorFile page) {
  drop_page(proxy, page.status);
  proxy.error_files.push_back(std::move(page));
}

void use_file(Context& context, Arguments& arguments, std::uint16_t status,
              const base::Word& path) {
  auto content = context.read_file(path.text);
  if (!content) {
    return arguments.error(path.span,
                           "'" + path.text + "' cannot be read: " + content.error().detail);
  }
  if (content->size() > context.global().tune_bufsize) {
    return arguments.error(path.span, "'" + path.text + "' is larger than tune.bufsize (" +
                                          std::to_string(context.global().tune_bufsize) + ")");
  }
  if (!content->empty() && !is_response(*content)) {
    return arguments.error(path.span, "'" + path.text + "' is not an HTTP/1 response",
                           "it begins with a line such as 'HTTP/1.0 503 Service Unavailable', "
                           "headers and an empty line");
  }
  replace_page(*context.proxy, {status, path.text, std::move(*content), path.span, {}});
}

void parse_errorfile(Context& context, Arguments& arguments) {
  const auto status = parse_status(arguments, "a status and a file");
  if (!status) return;
  const base::Word* path = arguments.expect("a file after its status");
  if (path != nullptr && arguments.finish()) use_file(context, arguments, *status, *path);
}

/// What stands in an `http-error` line besides what `http-request return` takes too.
struct HttpErrorWords {
  std::optional<std::uint16_t> status;
  const base::Word* file = nullptr;
  const base::Word* defaults = nullptr;
  model::Rule reply;
};

bool read_http_error(Arguments& arguments, HttpErrorWords& out) {
  out.reply.span = arguments.span();
  out.reply.words.push_back({"return", arguments.span()});
  while (const base::Word* word = arguments.next()) {
    if (word->text == "errorfiles") {
      arguments.unsupported(*word);
      return false;
    }
    if (word->text == "default-errorfiles") {
      out.defaults = word;
      continue;
    }
    if (word->text == "errorfile") {
      out.file = arguments.expect("a file after 'errorfile'");
      if (out.file == nullptr) return false;
      continue;
    }
    out.reply.words.push_back(*word);
    if (word->text == "status") {
      if (!arguments.empty()) out.reply.words.push_back(arguments.rest().front());
      out.status = parse_status(arguments, "a status after 'status'");
      if (!out.status) return false;
      continue;
    }
    for (int values = word->text == "hdr" ? 2 : 1; values > 0 && !arguments.empty(); --values)
      out.reply.words.push_back(*arguments.next());
  }
  return true;
}

void parse_http_error(Context& context, Arguments& arguments) {
  HttpErrorWords words;
  if (!read_http_error(arguments, words)) return;
  if (!words.status) return arguments.error("'http-error' needs 'status' and the status");
  const bool has_reply = words.reply.words.size() > 3;
  const base::Word* whole = words.file != nullptr ? words.file : words.defaults;
  if (whole != nullptr && (has_reply || (words.file != nullptr && words.defaults != nullptr)))
    return arguments.error(whole->span, "the response is said twice");
  if (words.defaults != nullptr) return drop_page(*context.proxy, *words.status);
  if (words.file != nullptr) return use_file(context, arguments, *words.status, *words.file);
  const base::SourceSpan span = words.reply.span;
  replace_page(*context.proxy, {*words.status, {}, {}, span, std::move(words.reply)});
}

template <std::uint16_t Redirection>
void parse_errorloc(Context& context, Arguments& arguments) {
  const auto status = parse_status(arguments, "a status and a URL");
  if (!status) return;
  const base::Word* url = arguments.expect("a URL after its status");
  if (url == nullptr || !arguments.finish()) return;
  for (const char c : url->text) {
    if (static_cast<unsigned char>(c) <= ' ')
      return arguments.error(url->span, "'" + url->text + "' is no URL");
  }
  const std::string line = Redirection == 302 ? "HTTP/1.1 302 Found" : "HTTP/1.1 303 See Other";
  const std::string fields =
      "\r\nCache-Control: no-cache\r\nContent-Length: 0\r\nLocation: " + url->text + "\r\n\r\n";
  replace_page(*context.proxy, {*status, url->text, line + fields, url->span, {}});
}

constexpr std::array<Row, 5> kRows = {{
    {"http-error", "status <status> [content-type <type>] [<content>] [hdr <name> <format>]…",
     kProxies, Support::Implemented, Negation::No, parse_http_error,
     "a response that replaces one of ours, composed as by http-request return"},
    {"errorloc", "<status> <url>", kProxies, Support::Implemented, Negation::No,
     parse_errorloc<302>, "a redirection that replaces one of our responses"},
    {"errorloc302", "<status> <url>", kProxies, Support::Implemented, Negation::No,
     parse_errorloc<302>, "the same"},
    {"errorloc303", "<status> <url>", kProxies, Support::Implemented, Negation::No,
     parse_errorloc<303>, "the same with status 303: by GET whatever the method was"},
    {"errorfile", "<status> <file>", kProxies, Support::Implemented, Negation::No, parse_errorfile,
     "a response that replaces one of ours"},
}};

}  // namespace

std::span<const Row> errorfile() { return kRows; }

}  // namespace sluice::config::rows
