#include "admin/page_writer.h"

#include <algorithm>

#include "admin/classic_assets.h"
#include "admin/html.h"
#include "admin/stats_form.h"
#include "admin/ui_files.h"
#include "admin/url.h"
#include "base/text.h"
#include "stats/csv.h"
#include "stats/json.h"

namespace sluice::admin {

using Format = PageOptions::Format;

namespace {

struct Message {
  FormResult result;
  std::string_view css_class;
  std::string_view text;
};
constexpr Message kMessages[] = {
    {FormResult::Done, "active_up", "Done."},
    {FormResult::Nothing, "active_going_down", "Nothing was changed."},
    {FormResult::Part, "active_going_down",
     "Done for some of the servers. The others are unknown, or the action does not apply to them."},
    {FormResult::Error, "active_down",
     "Nothing was done: the action, the backend or the servers are unknown, or the action does not "
     "apply to them."},
    {FormResult::Denied, "active_down", "<b>Denied.</b> This page may not change servers."},
    {FormResult::Exceeded, "active_down",
     "<b>Too much data.</b> Try again with fewer servers at a time."},
    {FormResult::Unknown, "active_no_check", "Unexpected result."},
};

bool contains_ignoring_case(std::string_view text, std::string_view part) {
  return base::lower(text).find(base::lower(part)) != std::string::npos;
}

std::string_view capability(const model::Proxy& proxy) {
  if (proxy.is_frontend() && proxy.is_backend()) return "proxy";
  return proxy.is_frontend() ? "frontend" : "backend";
}

std::uint32_t id_of(const stats::Source& source) {
  if (source.config->numeric_id != 0) return source.config->numeric_id;
  return source.frontend != nullptr ? source.frontend->numeric_id : source.backend->numeric_id;
}

/// A GET form replaces the query of its target: what `stats uri` has of it goes into hidden fields.
std::string hidden_fields(std::string_view uri) {
  std::string out;
  const std::size_t question = uri.find('?');
  if (question == std::string_view::npos) return out;
  for (const auto& [name, value] : parse_form(uri.substr(question + 1))) {
    out += "<input type=\"hidden\" name=\"" + escape_html(name) + "\" value=\"" +
           escape_html(value) + "\">";
  }
  return out;
}

std::string action_options() {
  std::string out;
  for (const FormAction& action : form_actions()) {
    if (action.label.empty()) continue;
    out += "<option value=\"" + escape_html(action.value) + "\">" + escape_html(action.label) +
           "</option>";
  }
  return out;
}

}  // namespace

std::string page_link(std::string_view uri, const PageOptions& options) {
  std::string out(uri);
  switch (options.format) {
    case Format::Html:
      break;
    case Format::Csv:
      out += ";csv";
      break;
    case Format::Json:
      out += ";json";
      break;
    case Format::JsonSchema:
      out += ";json-schema";
      break;
    case Format::Script:
      out += ";page.js";
      break;
  }
  if (options.hide_down) out += ";up";
  if (options.hide_maint) out += ";no-maint";
  if (options.no_refresh) out += ";norefresh";
  if (!options.scope.empty()) out += ";scope=" + url_encode(options.scope);
  if (!options.result.empty()) out += ";st=" + options.result;
  return out;
}

PageWriter::PageWriter(Picture picture, const model::Proxy& proxy, PageOptions options,
                       Buttons buttons)
    : picture_(std::move(picture)), proxy_(proxy), options_(std::move(options)), buttons_(buttons) {
  if (options_.hide_down) selection_.hide |= stats::Selection::kDown;
  if (options_.hide_maint) selection_.hide |= stats::Selection::kMaint;
}

std::string PageWriter::link(PageOptions options) const {
  options.result.clear();
  return escape_html(page_link(proxy_.stats.uri, options));
}

bool PageWriter::is_shown(const stats::Source& source) const {
  const std::string& name = source.config->name;
  const auto& scopes = proxy_.stats.scopes;
  const auto names_it = [&](const std::string& scope) {
    return scope == "." ? name == proxy_.name : scope == name;
  };
  if (!scopes.empty() && std::none_of(scopes.begin(), scopes.end(), names_it)) return false;
  return options_.scope.empty() || contains_ignoring_case(name, options_.scope);
}

bool PageWriter::has_form(const stats::Source& source) const {
  return buttons_ == Buttons::Shown && !source.servers.empty();
}

void PageWriter::write_head(std::string& out) const {
  const model::StatsPage& page = proxy_.stats;
  const stats::ProcessSample& process = picture_.process;
  const std::string node =
      page.show_node ? " on " + (page.show_node->empty() ? process.facts.node : *page.show_node)
                     : "";
  std::string headline = "Statistics Report for pid " + std::to_string(process.facts.pid) + node;
  if (page.description) {
    headline += ": ";
    headline += page.description->empty() ? process.facts.description : *page.description;
  }
  std::string product = "Sluice";
  if (!page.hide_version) {
    product += " version " + process.facts.version + ", released " + process.facts.release_date;
  }
  fill(out, template_part(classic_template(), "head"),
       {{"title", escape_html("Statistics Report for Sluice" + node)},
        {"style", classic_style()},
        {"product", escape_html(product)},
        {"headline", escape_html(headline)},
        {"pid", std::to_string(process.facts.pid)},
        {"threads", std::to_string(process.facts.threads)},
        {"uptime", stats::uptime_text(process.uptime_s())},
        {"maxconn", std::to_string(process.gauges.max_connections)},
        {"maxsock", std::to_string(process.facts.max_sockets)},
        {"ulimit", std::to_string(process.facts.ulimit_n)},
        {"connections", std::to_string(process.gauges.connections)},
        {"rate", std::to_string(process.gauges.connection_rate)},
        {"stopping", process.gauges.stopping ? "<dt>state</dt><dd><b>stopping</b></dd>\n" : ""}});
  write_options(out);
  write_message(out);
}

std::string PageWriter::link_with(bool PageOptions::*option) const {
  PageOptions changed = options_;
  changed.*option = !(changed.*option);
  return link(changed);
}

std::string PageWriter::link_to(PageOptions::Format format) const {
  PageOptions changed = options_;
  changed.format = format;
  if (format != Format::Html) changed.no_refresh = true;
  return link(changed);
}

void PageWriter::write_options(std::string& out) const {
  const std::string& uri = proxy_.stats.uri;
  std::string refresh;
  if (proxy_.stats.refresh_s != 0) {
    refresh = "<li><a href=\"" + link_with(&PageOptions::no_refresh) + "\">" +
              (options_.no_refresh ? "Enable refresh" : "Disable refresh") + "</a></li>\n";
  }
  fill(out, template_part(classic_template(), "options"),
       {{"action", escape_html(uri.substr(0, uri.find('?')))},
        {"hidden", hidden_fields(uri)},
        {"scope", escape_html(options_.scope)},
        {"up-link", link_with(&PageOptions::hide_down)},
        {"up-label", options_.hide_down ? "Show all servers" : "Hide 'DOWN' servers"},
        {"maint-link", link_with(&PageOptions::hide_maint)},
        {"maint-label", options_.hide_maint ? "Show 'MAINT' servers" : "Hide 'MAINT' servers"},
        {"refresh-link", refresh},
        {"now-link", link_to(Format::Html)},
        {"csv-link", link_to(Format::Csv)},
        {"json-link", link_to(Format::Json)},
        {"schema-link", link_to(Format::JsonSchema)},
        {"ui-link", proxy_.is_stats_listener() && !ui_files().empty()
                        ? "<li><a href=\"/ui/\">Admin page</a></li>\n"
                        : ""}});
}

void PageWriter::write_message(std::string& out) const {
  if (options_.result.empty()) return;
  const FormResult result = form_result(options_.result);
  for (const Message& message : kMessages) {
    if (message.result != result) continue;
    fill(out, template_part(classic_template(), "message"),
         {{"class", message.css_class}, {"now-link", link(options_)}, {"text", message.text}});
  }
}

bool PageWriter::open_proxy(std::string& out) {
  while (next_source_ < picture_.sources.size()) {
    const stats::Source& source = picture_.sources[next_source_++];
    if (!is_shown(source)) continue;
    current_ = &source;
    cursor_.emplace(source, picture_.moment, selection_);
    if (options_.format != Format::Html) return true;
    const model::Proxy& config = *source.config;
    const bool form = has_form(source);
    std::string legend;
    if (proxy_.stats.show_legends) {
      legend = "<small>cap: " + std::string(capability(config)) +
               ", mode: " + (config.is_http() ? "http" : "tcp") +
               ", id: " + std::to_string(id_of(source)) + "</small>";
    }
    fill(
        out, template_part(classic_template(), "proxy"),
        {{"name", escape_html(config.name)},
         {"form", form ? "<form method=\"post\">\n" : ""},
         {"legend", legend},
         {"description",
          config.description.empty() ? "" : "<span>" + escape_html(config.description) + "</span>"},
         {"checkbox", form ? "<th scope=\"col\" rowspan=\"2\"><input type=\"checkbox\" data-all "
                             "aria-label=\"All servers\"></th>"
                           : ""}});
    return true;
  }
  return false;
}

void PageWriter::close_proxy(std::string& out) {
  if (options_.format == Format::Html) {
    std::string actions;
    if (has_form(*current_)) {
      fill(actions, template_part(classic_template(), "actions"),
           {{"options", action_options()}, {"id", std::to_string(id_of(*current_))}});
    }
    fill(out, template_part(classic_template(), "proxy-end"), {{"actions", actions}});
  }
  cursor_.reset();
  current_ = nullptr;
}

void PageWriter::write_row(std::string& out, stats::Sample& sample) {
  sample.legends = proxy_.stats.show_legends;
  switch (options_.format) {
    case Format::Csv:
      stats::append_csv_row(out, sample);
      break;
    case Format::Json:
      if (!first_row_) out += ',';
      stats::append_json_row(out, sample);
      break;
    default:
      append_row(
          out, sample,
          {has_form(*current_) ? Buttons::Shown : Buttons::Hidden, proxy_.stats.show_legends});
  }
  first_row_ = false;
}

void PageWriter::write_foot(std::string& out) const {
  if (options_.format == Format::Json) out += "]\n";
  if (options_.format != Format::Html) return;
  std::string script;
  if (buttons_ == Buttons::Shown) {
    PageOptions source;
    source.format = Format::Script;
    script = "<script src=\"" + link(source) + "\"></script>\n";
  }
  fill(out, template_part(classic_template(), "foot"), {{"script", script}});
}

std::string PageWriter::next() {
  std::string out;
  if (step_ == Step::Head) {
    if (options_.format == Format::Html) write_head(out);
    if (options_.format == Format::Csv) stats::append_csv_header(out);
    if (options_.format == Format::Json) out += '[';
    step_ = Step::Proxies;
  }
  while (step_ == Step::Proxies && out.size() < kPieceBytes) {
    if (current_ == nullptr && !open_proxy(out)) {
      step_ = Step::Foot;
      break;
    }
    stats::Sample sample;
    if (cursor_->next(sample))
      write_row(out, sample);
    else
      close_proxy(out);
  }
  if (step_ == Step::Foot) {
    write_foot(out);
    step_ = Step::Done;
  }
  return out;
}

}  // namespace sluice::admin
