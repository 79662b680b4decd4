// The configuration: what runs, what lies on disk, the difference, and a reload. Secrets are shown
// to nobody.
#include <algorithm>
#include <memory>
#include <set>

#include "admin/api.h"
#include "admin/configuration_text.h"
#include "base/text.h"

namespace sluice::admin {

namespace {

using Files = std::vector<std::shared_ptr<const base::SourceFile>>;

std::vector<std::string> shown_lines(const base::SourceFile& file) {
  std::vector<std::string> out;
  for (const std::string& line : file.lines) out.push_back(without_secrets(line));
  return out;
}

std::string_view to_text(model::ProxyKind kind) {
  switch (kind) {
    case model::ProxyKind::Defaults:
      return "defaults";
    case model::ProxyKind::Frontend:
      return "frontend";
    case model::ProxyKind::Backend:
      return "backend";
    case model::ProxyKind::Listen:
      return "listen";
  }
  return "";
}

Json sections_of(const model::Config& config, const Files& files) {
  Json out = Json::array();
  const auto add = [&](std::string_view kind, std::string_view name, const base::SourceSpan& span) {
    const auto file = std::ranges::find(files, span.file);
    if (span.line == 0 || file == files.end()) return;
    out.push_back(
        {{"kind", kind}, {"name", name}, {"file", file - files.begin()}, {"line", span.line}});
  };
  add("global", "", config.global.span);
  for (const model::Proxy& proxy : config.proxies)
    add(proxy.is_admin ? "admin" : to_text(proxy.kind), proxy.name, proxy.span);
  return out;
}

/// Both as text; a file that one side lacks is empty there.
std::string difference_of(const Files& before, const Files& after, bool& same) {
  std::string out;
  std::set<std::string> names;
  same = true;
  const auto find = [](const Files& files, const std::string& name) {
    const auto found = std::ranges::find(files, name, [](const auto& file) { return file->name; });
    return found != files.end() ? found->get() : nullptr;
  };
  for (const Files* side : {&before, &after}) {
    for (const auto& file : *side) {
      if (!names.insert(file->name).second) continue;
      const base::SourceFile none{file->name, {}};
      const base::SourceFile* old = find(before, file->name);
      const base::SourceFile* now = find(after, file->name);
      if (old == nullptr) old = &none;
      if (now == nullptr) now = &none;
      if (old->lines == now->lines) continue;
      same = false;
      out += unified_difference(shown_lines(*old), shown_lines(*now), file->name + " (running)",
                                file->name);
    }
  }
  return out;
}

Json faults_of(const base::Diagnostics& diagnostics) {
  Json out = Json::array();
  for (const base::Diagnostic& each : diagnostics.all()) {
    if (each.severity == base::Severity::Notice) continue;
    std::string detail = each.message;
    if (!each.hint.empty()) detail += " (" + each.hint + ")";
    Json fault = {{"severity", each.severity == base::Severity::Error ? "error" : "warning"},
                  {"detail", std::move(detail)}};
    if (each.span.file != nullptr && each.span.line != 0) {
      fault["file"] = each.span.file->name;
      fault["line"] = each.span.line;
      fault["column"] = each.span.column;
      if (each.span.line <= each.span.file->lines.size())
        fault["source"] = without_secrets(each.span.file->lines[each.span.line - 1]);
    }
    out.push_back(std::move(fault));
  }
  return out;
}

bool has_files(const Api& api) {
  return api.view().configuration != nullptr && api.view().check_configuration != nullptr;
}
http::ServiceReply no_files() {
  return problem_reply(refuse(503, "no-files", "No files are known here."));
}

/// The body of check and diff: nothing, for what lies on disk, or a text. Its name is that of the
/// first file where it has none, so that they can be compared.
std::variant<std::optional<ConfigurationText>, Refusal> read_text(Api& api, const ApiCall& call) {
  auto body = read_body(call, {"text", "file"});
  if (Refusal* refusal = std::get_if<Refusal>(&body)) return std::move(*refusal);
  const Json& json = std::get<Json>(body);
  for (const char* name : {"text", "file"}) {
    if (json.contains(name) && !json[name].is_string())
      return refuse(422, "invalid-value", std::string("'") + name + "' is a text.");
  }
  if (!json.contains("text")) {
    if (json.contains("file"))
      return refuse(422, "invalid-value", "'file' names a 'text', which is not there.");
    return std::nullopt;
  }
  const ConfigurationFiles running = api.view().configuration();
  const std::string first = running.files.empty() ? "text.cfg" : running.files.front()->name;
  return ConfigurationText{json.value("file", first), json["text"].get<std::string>()};
}

/// `use` gets the text, or null, and the configuration that was read.
template <class Use>
http::ServiceReply look_at(Api& api, const ApiCall& call, Use use) {
  if (!has_files(api)) return no_files();
  auto text = read_text(api, call);
  if (const Refusal* refusal = std::get_if<Refusal>(&text)) return problem_reply(*refusal);
  const auto& given = std::get<std::optional<ConfigurationText>>(text);
  base::Diagnostics diagnostics;
  const ConfigurationFiles read =
      api.view().check_configuration(diagnostics, given ? &*given : nullptr);
  return json_reply(use(diagnostics, read.files));
}

}  // namespace

http::ServiceReply get_config(Api& api, const ApiCall&) {
  if (!has_files(api)) return no_files();
  const View& view = api.view();
  const ConfigurationFiles running = view.configuration();
  Json files = Json::array();
  for (const auto& file : running.files) {
    std::string text;
    for (const std::string& line : shown_lines(*file)) text += line + '\n';
    files.push_back({{"path", file->name}, {"text", std::move(text)}});
  }
  return json_reply({{"loaded_at", WallClock::seconds(running.loaded_us)},
                     {"files", std::move(files)},
                     {"sections", sections_of(*view.snapshot()->config, running.files)}});
}

http::ServiceReply check_config(Api& api, const ApiCall& call) {
  return look_at(api, call, [](const base::Diagnostics& diagnostics, const Files&) {
    return Json{{"ok", diagnostics.ok()}, {"errors", faults_of(diagnostics)}};
  });
}

http::ServiceReply diff_config(Api& api, const ApiCall& call) {
  return look_at(api, call, [&api](const base::Diagnostics&, const Files& files) {
    bool same = true;
    const std::string text = difference_of(api.view().configuration().files, files, same);
    return Json{{"same", same}, {"diff", text}};
  });
}

http::ServiceReply reload_config(Api& api, const ApiCall& call) {
  if (!has_files(api)) return no_files();
  std::string note;
  if (!call.request.body.empty()) {
    const Json body = Json::parse(call.request.body, nullptr, false);
    const bool fits =
        body.is_object() &&
        (body.empty() || (body.size() == 1 && body.contains("note") && body["note"].is_string()));
    if (!fits)
      return problem_reply(
          refuse(400, "bad-request", "The body is an object with a 'note', or none."));
    note = body.value("note", "");
  }
  // Checked first, so that a refusal has its places; what is opened later can still fail.
  base::Diagnostics diagnostics;
  (void)api.view().check_configuration(diagnostics, nullptr);
  if (!diagnostics.ok()) {
    Refusal refusal = refuse(422, "bad-configuration", "The configuration has errors.");
    refusal.errors = faults_of(diagnostics);
    return problem_reply(refusal);
  }
  control::ChangeOrigin origin = origin_of(call, std::move(note));
  http::ServiceReply reply;
  reply.later = [&api, origin](std::function<void(http::ServiceReply)> answer) {
    const auto told = [&api, answer = std::move(answer)](const ReloadResult& result) {
      if (!result.done)
        return answer(problem_reply(
            refuse(422, "bad-configuration", without_secrets(base::trim(result.messages)))));
      // Its entry is the last of that kind.
      const auto& entries = api.view().log->entries();
      const auto entry = std::find_if(entries.rbegin(), entries.rend(), [](const auto& each) {
        return !each.items.empty() && each.items.back().set == "reload";
      });
      answer(entry != entries.rend() ? json_reply(change_object(*entry)) : json_reply(nullptr));
    };
    api.view().reload(told, origin);
  };
  return reply;
}

}  // namespace sluice::admin
