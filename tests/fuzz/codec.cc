// The HTTP/1 codec, both directions, at any split. The first byte says who sends (bit 0), the
// second what a response answers and how many pieces there are, then one byte per piece; the rest
// is what is sent. The pieces must not show in what comes of it, and a head that was accepted and
// written again must be accepted and mean the same.
#include <cstdint>
#include <cstdio>
#include <cstdlib>

#include "support/codec_replay.h"

namespace {

using namespace sluice::http;
using namespace sluice::http::h1;
using namespace sluice::http::h1::test;

[[noreturn]] void differs(const char* what, const std::string& one, const std::string& other) {
  std::fprintf(stderr, "%s:\n--\n%s--\n%s--\n", what, one.c_str(), other.c_str());
  std::abort();
}

void check_written(Sender sender, const CodecReplay& replay) {
  const std::string& heads = replay.written();
  std::size_t at = 0;
  sender.max_fields += 5;  // framing and Connection are ours
  while (at < heads.size()) {
    const std::size_t end = heads.find("\r\n\r\n", at) + 4;
    const std::string head = heads.substr(at, end - at);
    at = end;
    // What HTTP/1.0 may leave out is not asked for again.
    const std::string events = whole(sender, head);
    if (events.starts_with("error ") && events.find("no Host field") == std::string::npos) {
      differs("a head that was written is refused", head, events);
    }
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 2) return 0;
  constexpr Method kMethods[] = {Method::Get, Method::Head, Method::Connect, Method::Post};
  Sender sender;
  sender.kind = (data[0] & 1) == 0 ? HeadReader::Kind::Request : HeadReader::Kind::Response;
  sender.request_method = kMethods[data[1] & 3];
  sender.upgrade_asked = (data[1] & 4) != 0;
  const std::size_t pieces = data[1] >> 4;
  if (size < 2 + pieces) return 0;
  const std::uint8_t* lengths = data + 2;
  const std::string_view bytes(reinterpret_cast<const char*>(lengths + pieces), size - 2 - pieces);

  CodecReplay replay(sender, bytes);
  for (std::size_t i = 0; i < pieces; ++i) replay.feed(lengths[i]);
  replay.feed(bytes.size());
  const std::string& events = replay.finish();
  const std::string at_once = whole(sender, bytes);
  if (events != at_once) differs("pieces show in the result", events, at_once);
  if (!replay.sizes_agree()) differs("the writer is wrong about sizes", events, replay.written());
  check_written(sender, replay);
  return 0;
}
