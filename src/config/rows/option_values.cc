// `option …` that takes arguments: forwardfor, originalto, redispatch.
#include <algorithm>
#include <array>

#include "base/address.h"
#include "base/text.h"
#include "config/rows/rows.h"

namespace sluice::config::rows {
namespace {

using model::AddressHeader;
using model::Proxy;
constexpr Support kYes = Support::Implemented;

/// An address with an optional prefix length or IPv4 mask.
bool is_network(std::string_view text) {
  const std::size_t slash = text.find('/');
  const auto address = base::Address::from_ip(text.substr(0, slash), 0);
  if (!address) return false;
  if (slash == std::string_view::npos) return true;
  const std::string_view mask = text.substr(slash + 1);
  const auto bits = base::to_unsigned(mask);
  if (bits) return *bits <= (address->family() == AF_INET ? 32U : 128U);
  const auto dotted = base::Address::from_ip(mask, 0);
  return dotted && dotted->family() == AF_INET && address->family() == AF_INET;
}

AddressHeader parse_header(Arguments& arguments, std::string name, bool may_if_none) {
  AddressHeader out;
  out.enabled = true;
  out.header = std::move(name);
  while (const base::Word* word = arguments.next()) {
    if (word->text == "except") {
      const base::Word* network = arguments.expect("a network after 'except'");
      if (network == nullptr) return out;
      if (!is_network(network->text)) {
        arguments.error(network->span, "'" + network->text + "' is not a network",
                        "write it as 10.0.0.0/8");
      }
      // HAProxy keeps one network; the last one wins there, and here too.
      out.except.assign(1, network->text);
    } else if (word->text == "header") {
      const base::Word* header = arguments.expect("a name after 'header'");
      if (header == nullptr) return out;
      out.header = header->text;
    } else if (word->text == "if-none" && may_if_none) {
      out.if_none = true;
    } else {
      constexpr std::array<std::string_view, 3> kChoices = {"except", "header", "if-none"};
      arguments.error_choice(*word, std::span(kChoices).first(may_if_none ? 3 : 2));
      return out;
    }
  }
  return out;
}

void parse_forwardfor(Context& context, Arguments& arguments) {
  context.proxy->forwardfor = parse_header(arguments, "X-Forwarded-For", true);
}
void parse_originalto(Context& context, Arguments& arguments) {
  context.proxy->originalto = parse_header(arguments, "X-Original-To", false);
}

void parse_redispatch(Context& context, Arguments& arguments) {
  model::Redispatch& redispatch = context.proxy->redispatch;
  if (arguments.form() != Form::Plain) {
    if (arguments.finish()) redispatch = {};
    return;
  }
  int interval = -1;
  if (const base::Word* word = arguments.next()) {
    const auto number = base::to_signed(word->text);
    if (!number || *number < -1'000'000 || *number > 1'000'000) {
      return arguments.error(word->span, "'" + word->text + "' is not a number of retries",
                             "1 goes to another server at every retry, -1 at the last one");
    }
    interval = static_cast<int>(*number);
  }
  if (arguments.finish()) redispatch = {interval != 0, interval == 0 ? -1 : interval};
}

void parse_restrict_names(Context& context, Arguments& arguments) {
  using model::RestrictNames;
  constexpr std::array<std::string_view, 3> kChoices = {"preserve", "delete", "reject"};
  const base::Word* word = arguments.expect("preserve, delete or reject");
  if (word == nullptr) return;
  const auto* found = std::ranges::find(kChoices, word->text);
  if (found == kChoices.end()) return arguments.error_choice(*word, kChoices);
  if (arguments.finish())
    context.proxy->restrict_header_names = static_cast<RestrictNames>(found - kChoices.begin());
}

constexpr std::array<Row, 4> kRows = {{
    {"option http-restrict-req-hdr-names", "preserve|delete|reject", kProxies, kYes, Negation::No,
     parse_restrict_names,
     "what becomes of request headers whose names are not of letters, digits and hyphens"},
    {"option forwardfor", "[except <network>] [header <name>] [if-none]", kProxies, kYes,
     Negation::No, parse_forwardfor, "adds the client's address as X-Forwarded-For"},
    {"option originalto", "[except <network>] [header <name>]", kProxies, kYes, Negation::No,
     parse_originalto, "adds the address that the client came to as X-Original-To"},
    {"option redispatch", "[<interval>]", kBackends, kYes, Negation::Yes, parse_redispatch,
     "retries may go to another server"},
}};

}  // namespace

std::span<const Row> option_values() { return kRows; }

}  // namespace sluice::config::rows
