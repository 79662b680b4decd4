// A request, a response and a small configuration that rules can be compiled and run against.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/text.h"
#include "rules/compile.h"

namespace sluice::rules::test {

/// Words of a line, each with its place; "…" is one word without its quotes.
inline std::vector<base::Word> words_of(std::string_view line) {
  auto file = std::make_shared<base::SourceFile>();
  file->name = "t.cfg";
  file->lines = {std::string(line)};
  std::vector<base::Word> out;
  for (std::size_t i = 0; i < line.size();) {
    if (line[i] == ' ') {
      ++i;
      continue;
    }
    const std::size_t begin = i;
    std::string text;
    bool quoted = false;
    for (; i < line.size() && (quoted || line[i] != ' '); ++i) {
      if (line[i] == '`')
        quoted = !quoted;
      else
        text += line[i];
    }
    out.push_back(
        {text,
         {file, 1, static_cast<std::uint32_t>(begin + 1), static_cast<std::uint32_t>(i - begin)}});
  }
  return out;
}

class FakeLive final : public LiveLookup {
 public:
  model::BackendLive& backend(const std::string& name) {
    auto& slot = backends_[name];
    if (!slot) slot = std::make_unique<model::BackendLive>(name);
    return *slot;
  }
  model::FrontendLive& frontend(const std::string& name) {
    auto& slot = frontends_[name];
    if (!slot) slot = std::make_unique<model::FrontendLive>(name);
    return *slot;
  }
  model::BackendLive* find_backend(std::string_view name) override {
    const auto found = backends_.find(std::string(name));
    return found == backends_.end() ? nullptr : found->second.get();
  }
  model::FrontendLive* find_frontend(std::string_view name) override {
    const auto found = frontends_.find(std::string(name));
    return found == frontends_.end() ? nullptr : found->second.get();
  }
  model::ServerLive* find_server(std::string_view backend, std::string_view server) override {
    model::BackendLive* found = find_backend(backend);
    return found == nullptr ? nullptr : found->find(server);
  }

 private:
  std::map<std::string, std::unique_ptr<model::BackendLive>> backends_;
  std::map<std::string, std::unique_ptr<model::FrontendLive>> frontends_;
};

class Fixture {
 public:
  Fixture() {
    config.proxies.resize(2);
    config.proxies[0].kind = model::ProxyKind::Frontend;
    config.proxies[0].name = "front";
    config.proxies[0].mode = model::Mode::Http;
    config.proxies[0].request_captures = {{"X-A", 20}, {"X-B", 5}};
    config.proxies[0].response_captures = {{"X-R", 10}};
    config.proxies[1].name = "nodes";
    config.proxies[1].mode = model::Mode::Http;
    config.proxies[1].servers.resize(2);
    config.proxies[1].servers[0].name = "aws";
    config.proxies[1].servers[1].name = "example";
    live.frontend("front").numeric_id = 2;
    model::BackendLive& nodes = live.backend("nodes");
    nodes.numeric_id = 3;
    (void)nodes.server("aws", 1);
    model::ServerLive& down = nodes.server("example", 2);
    model::ServerStateWord state;
    state.oper = model::OperState::Down;
    down.set_state(state);
    nodes.active_servers.store(1);

    head.method_token = "GET";
    head.path = "/a/b/c.html?x=1&y=two%20w&x=3";
    head.fields.add("Host", "Www.Example.com:8080");
    head.fields.add("X-A", "one, two");
    head.fields.add("X-A", "three");
    head.fields.add("Cookie", "a=1; b=2; a=3");
    head.fields.add("X-N", "12abc");
    head.fields.add("X-E", "");
    head.fields.add("X-Attack", "a%0d%0aX-Split:%20b");
    answer.status = 200;
    answer.fields.add("X-R", "r1, r2");
    answer.fields.add("Set-Cookie", "q=7; path=/");
    facts.source = *base::Address::from_ip("10.1.2.3", 4711);
    facts.destination = *base::Address::from_ip("127.0.0.1", 8080);
    facts.request_number = 1;
    evaluation.request = &head;
    evaluation.connection = &facts;
    evaluation.frontend = &live.frontend("front");
    evaluation.body.complete = true;
    evaluation.sess = &sess;
    evaluation.txn = &txn;
    evaluation.req = &req;
    evaluation.res = &res;
    evaluation.request_captures = &request_captures;
    evaluation.response_captures = &response_captures;
    evaluation.arena = &arena;
    evaluation.random = &random;
    evaluation.now = {5'000'000'000U, 1'795'504'787'109'000};
  }

  CompileScope scope() { return {config, config.proxies[in_backend ? 1 : 0], live, diagnostics}; }

  /// The value of an expression as text, "(none)" without one, "(error)" when it does not compile.
  std::string value(std::string_view text, model::RulePoint point = model::RulePoint::HttpRequest) {
    CompileScope compile = scope();
    const base::Word word{std::string(text),
                          {nullptr, 1, 1, static_cast<std::uint32_t>(text.size())}};
    const auto expression = compile_expression(word, point, compile);
    if (expression == nullptr) return "(error)";
    Sample sample;
    Certainty certainty = Certainty::Final;
    if (!expression->evaluate(evaluation, sample, certainty)) return "(none)";
    return std::string(as_text(sample, arena));
  }

  /// "true", "false", "unknown" or "(error)".
  std::string condition(std::string_view text,
                        model::RulePoint point = model::RulePoint::HttpRequest) {
    CompileScope compile = scope();
    const auto compiled = compile_condition(words_of(text), false, point, compile);
    if (compiled == nullptr) return "(error)";
    switch (compiled->evaluate(evaluation)) {
      case Truth::False:
        return "false";
      case Truth::True:
        return "true";
      case Truth::Unknown:
        return "unknown";
    }
    return "";
  }

  void add_rule(std::string_view line, model::RulePoint point = model::RulePoint::HttpRequest) {
    model::Rule rule;
    rule.point = point;
    std::vector<base::Word> words = words_of(line);
    std::size_t end = 0;
    while (end < words.size() && words[end].text != "if" && words[end].text != "unless") ++end;
    rule.words.assign(words.begin(), words.begin() + static_cast<std::ptrdiff_t>(end));
    if (end < words.size()) {
      rule.negated = words[end].text == "unless";
      rule.condition.assign(words.begin() + static_cast<std::ptrdiff_t>(end) + 1, words.end());
    }
    config.proxies[in_backend ? 1 : 0].rules.push_back(std::move(rule));
  }

  Program compile(model::RulePoint point = model::RulePoint::HttpRequest) {
    CompileScope compile = scope();
    return compile_rules(point, compile);
  }

  /// Compiles the rules that were added and runs them.
  Verdict run(model::RulePoint point = model::RulePoint::HttpRequest) {
    program = compile(point);
    cursor.restart();
    outcome = Outcome{};
    return program.step(cursor, evaluation, outcome);
  }

  Verdict run_one(std::string_view line, model::RulePoint point = model::RulePoint::HttpRequest) {
    config.proxies[in_backend ? 1 : 0].rules.clear();
    add_rule(line, point);
    return run(point);
  }

  std::string format(std::string_view text, FormatUse use = FormatUse::Log,
                     const LogRecord* record = nullptr) {
    CompileScope compile = scope();
    formats.push_back(compile_format(text, {nullptr, 1, 1, static_cast<std::uint32_t>(text.size())},
                                     use, compile));
    if (formats.back() == nullptr) return "(error)";
    char out[4096];
    return {out, formats.back()->write(out, sizeof out, record, evaluation)};
  }

  /// All fields of a head on one line.
  static std::string fields_of(const http::Head& head) {
    std::string out;
    for (const http::Field& field : head.fields) {
      out += base::lower(field.name) + ": " + std::string(field.value) + "|";
    }
    return out;
  }
  static std::string fields_of(const Reply& reply) {
    std::string out;
    for (const http::Field& field : reply.fields) {
      out += base::lower(field.name) + ": " + std::string(field.value) + "|";
    }
    return out;
  }
  [[nodiscard]] std::string first_error() const {
    for (const base::Diagnostic& diagnostic : diagnostics.all()) {
      if (diagnostic.severity == base::Severity::Error) return to_text(diagnostic);
    }
    return {};
  }

  model::Config config;
  FakeLive live;
  base::Diagnostics diagnostics;
  bool in_backend = false;
  http::Head head, answer;
  model::ConnectionFacts facts;
  SessionVariables sess;
  VariableScope txn, req, res;
  std::vector<std::string_view> request_captures = std::vector<std::string_view>(3);
  std::vector<std::string_view> response_captures = std::vector<std::string_view>(1);
  base::Arena arena;
  base::Random random{7};
  Evaluation evaluation;
  Program program;
  Cursor cursor;
  Outcome outcome;
  std::vector<std::unique_ptr<const Format>> formats;
};

}  // namespace sluice::rules::test
