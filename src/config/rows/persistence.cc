// How a backend keeps its clients: `cookie` and its options, what forces or ignores it, and
// `capture cookie` (manual §4.2).
#include <array>

#include "base/limits.h"
#include "base/text.h"
#include "config/conditions_of_rules.h"
#include "config/rows/rows.h"
#include "config/store.h"

namespace sluice::config::rows {
namespace {

using model::PersistenceCookie;
using model::PersistRule;
using model::Proxy;
constexpr Support kYes = Support::Implemented;

template <bool PersistenceCookie::*Field>
void set(Context&, PersistenceCookie& cookie, Arguments&) {
  cookie.*Field = true;
}

template <std::uint32_t PersistenceCookie::*Field>
void seconds(Context&, PersistenceCookie& cookie, Arguments& arguments) {
  if (const auto value = arguments.seconds()) cookie.*Field = *value;
}

void parse_domain(Context&, PersistenceCookie& cookie, Arguments& arguments) {
  const base::Word* domain = arguments.expect("a domain");
  if (domain == nullptr) return;
  for (const char c : domain->text) {
    const char low = base::to_lower(c);
    if (base::is_digit(c) || (low >= 'a' && low <= 'z') || c == '-' || c == '_' || c == '.')
      continue;
    return arguments.error(domain->span,
                           "a cookie's domain cannot contain '" + std::string(1, c) + "'",
                           "letters, digits, '-', '_' and '.' may stand there");
  }
  if (domain->text.find('.') == std::string::npos) {
    arguments.warning(domain->span, "browsers may refuse the domain '" + domain->text +
                                        "', which has no dot (RFC 6265 §5.2.3)");
  }
  cookie.domains.push_back(domain->text);
}

void parse_attribute(Context&, PersistenceCookie& cookie, Arguments& arguments) {
  const base::Word* attribute = arguments.expect("an attribute, such as SameSite=Strict");
  if (attribute == nullptr) return;
  for (const char c : attribute->text) {
    const auto byte = static_cast<unsigned char>(c);
    if (c == ';' || byte < 0x20 || byte == 0x7F) {
      return arguments.error(attribute->span,
                             "a cookie's attribute cannot contain ';' or control characters");
    }
  }
  cookie.attributes.push_back(attribute->text);
}

constexpr std::array<OptionRow<PersistenceCookie>, 14> kOptions = {{
    {"rewrite", "", kYes, set<&PersistenceCookie::rewrite>,
     "the server's own cookie of that name gets the server's value"},
    {"insert", "", kYes, set<&PersistenceCookie::insert>,
     "responses get the cookie unless the client came with it"},
    {"prefix", "", kYes, set<&PersistenceCookie::prefix>,
     "the server's own cookie is prefixed with the server's value and '~'"},
    {"indirect", "", kYes, set<&PersistenceCookie::indirect>,
     "servers never see the cookie, and a client that has it gets no other"},
    {"nocache", "", kYes, set<&PersistenceCookie::nocache>,
     "a cacheable response that gets the cookie becomes private"},
    {"postonly", "", kYes, set<&PersistenceCookie::postonly>,
     "only responses to POST get the cookie"},
    {"preserve", "", kYes, set<&PersistenceCookie::preserve>,
     "a cookie of that name that the server sets is left alone"},
    {"httponly", "", kYes, set<&PersistenceCookie::httponly>, "adds the attribute HttpOnly"},
    {"secure", "", kYes, set<&PersistenceCookie::secure>, "adds the attribute Secure"},
    {"dynamic", "", kYes, set<&PersistenceCookie::dynamic>,
     "servers without a value get one made of their address"},
    {"domain", "<domain>", kYes, parse_domain, "adds a domain; may be repeated"},
    {"attr", "<attribute>", kYes, parse_attribute, "adds any attribute; may be repeated"},
    {"maxidle", "<time>", kYes, seconds<&PersistenceCookie::maxidle_s>,
     "how long an unused cookie counts; a bare number counts seconds"},
    {"maxlife", "<time>", kYes, seconds<&PersistenceCookie::maxlife_s>,
     "how long a cookie counts at all; a bare number counts seconds"},
}};

void check_modes(const PersistenceCookie& cookie, Arguments& arguments) {
  if (int{cookie.rewrite} + int{cookie.insert} + int{cookie.prefix} > 1)
    arguments.error("'rewrite', 'insert' and 'prefix' of 'cookie' exclude each other");
  if (cookie.rewrite && cookie.indirect)
    arguments.error("'rewrite' and 'indirect' of 'cookie' exclude each other");
  if (cookie.preserve && !cookie.insert && !cookie.indirect)
    arguments.error("'preserve' of 'cookie' needs 'insert' or 'indirect'");
}

// As in HAProxy, a second line (or one below a defaults section's) takes over the times and the
// attributes of the first.
void parse_cookie(Context& context, Arguments& arguments) {
  const base::Word* name = arguments.expect("a cookie's name");
  if (name == nullptr) return;
  PersistenceCookie& before = context.proxy->cookie;
  PersistenceCookie cookie;
  cookie.span = arguments.span();
  cookie.name = name->text;
  cookie.attributes = std::move(before.attributes);
  cookie.maxidle_s = before.maxidle_s;
  cookie.maxlife_s = before.maxlife_s;
  parse_options(context, cookie, arguments, cookie_options());
  check_modes(cookie, arguments);
  before = std::move(cookie);
}

void parse_dynamic_key(Context& context, Arguments& arguments) {
  const base::Word* key = arguments.expect("a secret key");
  if (key != nullptr && arguments.finish()) context.proxy->dynamic_cookie_key = key->text;
}

template <PersistRule::Effect Effect>
void parse_rule(Context& context, Arguments& arguments) {
  SplitRule split = split_condition(arguments);
  if (!split.words.empty()) {
    return arguments.error(split.words[0].span,
                           "'" + arguments.name() + "' does not take '" + split.words[0].text + "'",
                           "a condition begins with 'if' or 'unless'");
  }
  if (split.condition.empty())
    return arguments.error("'" + arguments.name() + "' needs 'if' or 'unless' and a condition");
  context.proxy->persist_rules.push_back(
      {Effect, arguments.span(), std::move(split.condition), split.negated});
}

// capture cookie NAME len N
void parse_capture(Context& context, Arguments& arguments) {
  const base::Word* name = arguments.expect("a cookie's name, or its beginning");
  if (name == nullptr) return;
  if (!arguments.take("len")) return arguments.error("'" + arguments.name() + "' needs 'len'");
  auto length = arguments.number(0, 65'535, "a length");
  if (!length || !arguments.finish()) return;
  constexpr auto kMost = static_cast<std::uint32_t>(base::limits::kMaxCapturedCookieBytes);
  if (*length > kMost) {
    arguments.warning("of a captured cookie " + std::to_string(kMost) + " bytes are kept");
    length = kMost;
  }
  context.proxy->cookie_capture = model::Capture{name->text, *length};
}

constexpr Where kBackendsNoDefaults{Place::No, Place::No, Place::Ignored, Place::Yes};

// persist rdp-cookie[(NAME)]
void parse_persist(Context& context, Arguments& arguments) {
  constexpr std::string_view kWord = "rdp-cookie";
  constexpr std::array<std::string_view, 1> kChoices = {kWord};
  const base::Word* word = arguments.expect("rdp-cookie");
  if (word == nullptr) return;
  std::string_view text = word->text;
  if (!text.starts_with(kWord)) return arguments.error_choice(*word, kChoices);
  text.remove_prefix(kWord.size());
  const bool has_name = text.size() > 2 && text.front() == '(' && text.back() == ')';
  if (has_name) text = text.substr(1, text.size() - 2);
  if (!has_name && !text.empty()) return arguments.error_choice(*word, kChoices);
  if (text.find_first_of("(), ") != std::string_view::npos)
    return arguments.error(word->span, "'" + std::string(text) + "' is no cookie's name");
  if (arguments.finish())
    context.proxy->rdp_cookie = {std::string(has_name ? text : "msts"), word->span};
}

constexpr std::array<Row, 7> kRows = {{
    {"persist", "rdp-cookie[(<name>)]", kBackends, kYes, Negation::No, parse_persist,
     "the cookie of a Remote Desktop client leads to the server whose address it has"},
    {"cookie", "<name> [<option>…]", kBackends, kYes, Negation::No, parse_cookie,
     "a client stays with the server that its cookie names"},
    {"dynamic-cookie-key", "<key>", kBackends, kYes, Negation::No, parse_dynamic_key,
     "the secret that 'cookie … dynamic' makes its values with"},
    {"force-persist", "if|unless <condition>", kBackendsNoDefaults, kYes, Negation::No,
     parse_rule<PersistRule::Effect::Force>, "the cookie leads even to a server that is down"},
    {"ignore-persist", "if|unless <condition>", kBackendsNoDefaults, kYes, Negation::No,
     parse_rule<PersistRule::Effect::Ignore>, "the cookie does not count"},
    {"option persist", "", kBackends, kYes, Negation::Yes, store::flag<&Proxy::persist>,
     "cookies lead even to servers that are down"},
    {"capture cookie", "<name> len <length>", kFrontendsNoDefaults, kYes, Negation::No,
     parse_capture, "the first cookie whose name begins so is logged"},
}};

}  // namespace

std::span<const Row> persistence() { return kRows; }
std::span<const OptionRow<model::PersistenceCookie>> cookie_options() { return kOptions; }

}  // namespace sluice::config::rows
