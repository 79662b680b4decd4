#include "support/catch.h"
#include "unit/http/response_inputs.h"

using namespace sluice::http;
using namespace sluice::http::h1;
using namespace sluice::http::h1::test;

namespace {

using Inputs = std::vector<Input>;

Inputs joined(const std::vector<Inputs>& lists) {
  Inputs out;
  for (const Inputs& list : lists) out.insert(out.end(), list.begin(), list.end());
  return out;
}

Inputs all_inputs() {
  return joined({refused_requests(), refused_framing(), refused_chunks(), accepted_requests(),
                 last_requests(), refused_responses(), accepted_responses(), last_responses()});
}

std::string in_pieces(const Input& input, std::size_t each) {
  CodecReplay replay(input.sender, input.bytes);
  while (!replay.at_end()) replay.feed(each);
  return replay.finish();
}

/// Where the bytes are cut: everywhere, but of long runs of the same byte only at their ends.
bool worth_a_cut(const std::string& bytes, std::size_t at) {
  if (at < 2 || at + 2 >= bytes.size()) return true;
  return bytes[at] != bytes[at - 1] || bytes[at] != bytes[at - 2] || bytes[at] != bytes[at + 1];
}

std::string cut_at(Sender sender, const std::string& bytes, std::size_t at) {
  CodecReplay replay(sender, bytes);
  replay.feed(at);
  replay.feed(bytes.size());
  return replay.finish();
}

bool is_error(const std::string& line) { return line.starts_with("error "); }

}  // namespace

TEST_CASE("each input of the HTTP/1 codec gives what it should") {
  for (const Input& input : all_inputs()) {
    const std::string events = "\n" + whole(input.sender, input.bytes);
    INFO(input.what << "\nevents:" << events);
    CHECK(events.find("\n" + input.comes) != std::string::npos);
    CHECK((events.find("\nerror ") != std::string::npos) == is_error(input.comes));
  }
}

TEST_CASE("an input in two pieces, cut anywhere, gives what it gives in one") {
  for (const Input& input : all_inputs()) {
    const std::string at_once = whole(input.sender, input.bytes);
    for (std::size_t at = 1; at < input.bytes.size(); ++at) {
      if (!worth_a_cut(input.bytes, at)) continue;
      const std::string cut = cut_at(input.sender, input.bytes, at);
      if (cut == at_once) continue;
      INFO(input.what << ", cut at " << at);
      CHECK(cut == at_once);
    }
  }
}

TEST_CASE("an input byte by byte, by twos and by threes gives what it gives in one") {
  for (const Input& input : all_inputs()) {
    const std::string at_once = whole(input.sender, input.bytes);
    for (std::size_t each = 1; each <= 3; ++each) {
      INFO(input.what << ", " << each << " by " << each);
      CHECK(in_pieces(input, each) == at_once);
    }
  }
}

TEST_CASE("pipelined pairs, cut anywhere, are the first and then the second") {
  const Inputs seconds = joined({accepted_requests(), last_requests(), refused_chunks()});
  for (const Input& first : accepted_requests()) {
    if (first.bytes.size() > 200) continue;
    const std::string before = whole({}, first.bytes);
    for (const Input& second : seconds) {
      if (second.bytes.size() > 200) continue;
      const std::string both = first.bytes + second.bytes;
      const std::string expected = before + whole({}, second.bytes);
      for (std::size_t at = 1; at < both.size(); ++at) {
        const std::string cut = cut_at({}, both, at);
        if (cut == expected) continue;
        INFO(first.what << ", then " << second.what << ", cut at " << at);
        REQUIRE(cut == expected);
      }
    }
  }
}

TEST_CASE("pipelined responses, cut anywhere, are the first and then the second") {
  const Inputs seconds = joined({accepted_responses(), last_responses()});
  for (const Input& first : accepted_responses()) {
    for (const Input& second : seconds) {
      if (first.sender.request_method != second.sender.request_method) continue;
      if (first.bytes.size() > 200 || second.bytes.size() > 200) continue;
      const Sender sender = second.sender;
      const std::string both = first.bytes + second.bytes;
      const std::string expected = whole(sender, first.bytes) + whole(sender, second.bytes);
      for (std::size_t at = 1; at < both.size(); ++at) {
        INFO(first.what << ", then " << second.what << ", cut at " << at);
        REQUIRE(cut_at(sender, both, at) == expected);
      }
    }
  }
}

TEST_CASE("a head that was written again is accepted and says the same") {
  for (const Input& input : joined({accepted_requests(), accepted_responses()})) {
    CodecReplay first(input.sender, input.bytes);
    first.feed(input.bytes.size());
    (void)first.finish();
    CHECK(first.sizes_agree());
    INFO(input.what << "\n" << first.written());
    Sender again = input.sender;
    again.max_fields += 5;  // framing and Connection are ours
    CHECK(whole(again, first.written()).find("error ") == std::string::npos);
  }
}
