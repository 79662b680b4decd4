// Actions that answer in place of a server: return, deny, tarpit (manual §4.2, http-request
// return).
#include <utility>

#include "base/files.h"
#include "base/limits.h"
#include "base/text.h"
#include "http/error_replies.h"
#include "rules/action.h"

namespace sluice::rules {

namespace {

/// What such an action answers with; without own content, the section's error page of the status.
struct ReplyPlan {
  OutcomeKind kind = OutcomeKind::Reply;
  std::uint16_t status = 200;
  bool own_content = false;
  std::string content_type;
  std::string body;                                   // as it is
  std::unique_ptr<const CompiledFormat> body_format;  // or composed
  struct Header {
    std::string name;
    std::unique_ptr<const CompiledFormat> value;
  };
  std::vector<Header> headers;
};

class ReplyAction final : public Action {
 public:
  explicit ReplyAction(ReplyPlan plan) : plan_(std::move(plan)) {}

  ActionResult run(Cursor&, Evaluation& evaluation, Outcome& outcome) const override {
    outcome.status = plan_.status;
    outcome.kind = plan_.kind;
    outcome.has_reply = plan_.own_content;
    if (!plan_.own_content) return ActionResult::Stop;
    Reply& reply = outcome.reply;
    reply = Reply{};
    reply.status = plan_.status;
    for (const ReplyPlan::Header& header : plan_.headers) {
      const auto value = header.value->compose(evaluation);
      if (!value) return fail_rewrite(outcome);
      reply.fields.push_back({header.name, *value, http::field_id(header.name)});
    }
    reply.body = plan_.body;
    if (plan_.body_format != nullptr) {
      const auto body = plan_.body_format->compose(evaluation);
      if (!body) return fail_rewrite(outcome);
      reply.body = *body;
    }
    if (!reply.body.empty()) {
      reply.fields.push_back({"content-type", plan_.content_type, http::FieldId::ContentType});
    }
    return ActionResult::Stop;
  }

  [[nodiscard]] bool needs_body() const override {
    if (plan_.body_format != nullptr && plan_.body_format->needs_body()) return true;
    for (const ReplyPlan::Header& header : plan_.headers) {
      if (header.value->needs_body()) return true;
    }
    return false;
  }

 private:
  ReplyPlan plan_;
};

/// `auth`: who has no credentials, or the wrong ones, is asked for them.
class ChallengeAction final : public Action {
 public:
  explicit ChallengeAction(std::string_view realm) {
    for (const char c : realm) {
      if (static_cast<unsigned char>(c) < 0x20 || c == 0x7F) continue;
      if (c == '"' || c == '\\') realm_ += '\\';
      realm_ += c;
    }
  }
  ActionResult run(Cursor&, Evaluation&, Outcome& outcome) const override {
    outcome.kind = OutcomeKind::Challenge;
    outcome.status = 401;
    outcome.realm = realm_;
    return ActionResult::Stop;
  }

 private:
  std::string realm_;
};

class ReplyParser {
 public:
  ReplyParser(ActionParser& parser, ReplyPlan& plan) : parser_(parser), plan_(plan) {}

  bool run() {
    while (parser_.has_more()) {
      const base::Word& word = parser_.next();
      if (!read_option(word)) return false;
    }
    return check();
  }

 private:
  bool refuse(const base::Word& word, std::string message, std::string hint = {}) {
    parser_.refuse(word, std::move(message), std::move(hint));
    return false;
  }

  bool read_option(const base::Word& word) {
    const std::string& text = word.text;
    if (text == "status") return read_status();
    if (text == "deny_status" && plan_.kind != OutcomeKind::Reply) {
      if (!read_status()) return false;
      needs_page_ = status_;
      return true;
    }
    if (text == "content-type") return read_content_type();
    if (text == "string" || text == "lf-string" || text == "file" || text == "lf-file")
      return read_payload(word);
    if (text == "hdr") return read_header();
    if (text == "default-errorfiles") return once(word);
    if (text == "errorfile" || text == "errorfiles") {
      return refuse(word, "'" + text + "' in a rule is not supported by Sluice yet",
                    "'errorfile' of the section, or 'file' here, may serve");
    }
    return refuse(word, "'" + parser_.name().text + "' does not take '" + text + "'",
                  "it takes status, content-type, string, lf-string, file, lf-file, hdr");
  }

  bool read_status() {
    const base::Word* word = parser_.expect("a status");
    if (word == nullptr) return false;
    const auto status = base::to_unsigned(word->text);
    if (!status || *status < 200 || *status > 599) {
      return refuse(*word, "'" + word->text + "' is not a status from 200 to 599");
    }
    plan_.status = static_cast<std::uint16_t>(*status);
    status_ = word;
    return true;
  }

  bool read_content_type() {
    const base::Word* word = parser_.expect("a media type");
    if (word == nullptr) return false;
    for (char c : word->text) {
      if (static_cast<unsigned char>(c) < 32)
        return refuse(*word, "a media type has no control characters");
    }
    plan_.content_type = word->text;
    return true;
  }

  bool once(const base::Word& word) {
    if (payload_ != nullptr)
      return refuse(word, "'" + payload_->text + "' already says what the answer contains");
    payload_ = &word;
    return true;
  }

  bool read_payload(const base::Word& kind) {
    if (!once(kind)) return false;
    if (!parser_.has_more()) return refuse(kind, "'" + kind.text + "' needs a value");
    const base::Word& value = parser_.next();
    base::Word content = value;
    if (kind.text == "file" || kind.text == "lf-file") {
      auto file = base::files::read(value.text);
      if (!file) return refuse(value, "the file '" + value.text + "' cannot be read");
      content.text = std::move(*file);
      if (content.text.size() > base::limits::kBlockBytes - base::limits::kMaxRewriteBytes) {
        return refuse(value, "the file '" + value.text + "' is larger than a buffer");
      }
    }
    plan_.own_content = true;
    if (kind.text == "string" || kind.text == "file") {
      plan_.body = content.text;
    } else {
      plan_.body_format = parser_.format(content, FormatPurpose::Body);
      if (plan_.body_format == nullptr) return false;
    }
    has_body_ = !content.text.empty();
    return true;
  }

  bool read_header() {
    const base::Word* name = parser_.expect_field_name();
    if (name == nullptr) return false;
    const http::FieldId id = http::field_id(name->text);
    if (id == http::FieldId::ContentLength || id == http::FieldId::TransferEncoding) {
      return refuse(*name, "'" + name->text +
                               "' is not a header that a rule may write: framing is the proxy's");
    }
    const base::Word* value = parser_.expect("the value of the header");
    if (value == nullptr) return false;
    auto format = parser_.format(*value, FormatPurpose::Header);
    if (format == nullptr) return false;
    plan_.headers.push_back({name->text, std::move(format)});
    plan_.own_content = true;
    return true;
  }

  bool check() {
    if (payload_ != nullptr && payload_->text == "default-errorfiles") plan_.own_content = false;
    if (needs_page_ != nullptr && !plan_.own_content &&
        http::error_reply(plan_.status).status != plan_.status) {
      return refuse(*needs_page_, "there is no page for the status " + needs_page_->text,
                    "give it one by 'string' or 'file', with 'content-type'");
    }
    if (has_body_ && plan_.content_type.empty()) {
      return refuse(*payload_, "an answer with a body needs 'content-type'");
    }
    if (has_body_ && (plan_.status == 204 || plan_.status == 304)) {
      return refuse(status_ != nullptr ? *status_ : *payload_,
                    "an answer of status " + std::to_string(plan_.status) + " has no body");
    }
    return true;
  }

  ActionParser& parser_;
  ReplyPlan& plan_;
  const base::Word* status_ = nullptr;
  const base::Word* payload_ = nullptr;
  const base::Word* needs_page_ = nullptr;  // the value of deny_status
  bool has_body_ = false;
};

std::unique_ptr<const Action> make_reply(ActionParser& parser, OutcomeKind kind,
                                         std::uint16_t status) {
  ReplyPlan plan;
  plan.kind = kind;
  plan.status = status;
  plan.own_content = kind == OutcomeKind::Reply;
  if (!ReplyParser(parser, plan).run()) return nullptr;
  return std::make_unique<ReplyAction>(std::move(plan));
}

}  // namespace

std::unique_ptr<const Action> make_deny(ActionParser& parser) {
  return make_reply(parser, OutcomeKind::Deny, parser.place() == Place::HttpRequest ? 403 : 502);
}

std::unique_ptr<const Action> make_tarpit(ActionParser& parser) {
  return make_reply(parser, OutcomeKind::Tarpit, 500);
}

std::unique_ptr<const Action> make_auth(ActionParser& parser) {
  std::string realm = parser.scope().proxy.name;
  if (parser.has_more() && parser.peek().text == "realm") {
    (void)parser.next();
    const base::Word* word = parser.expect("the realm");
    if (word == nullptr) return nullptr;
    realm = word->text;
  }
  if (!parser.finish()) return nullptr;
  return std::make_unique<ChallengeAction>(realm);
}

std::unique_ptr<const Action> make_return(ActionParser& parser) {
  return make_reply(parser, OutcomeKind::Reply, 200);
}

}  // namespace sluice::rules
