// Shows bytes to the HTTP/1 codec in pieces, as a connection does, and writes down what came of
// them: one line per head, field, body and error. What the pieces are must not show in it. The
// bytes that have not "come" yet are poisoned under ASan, so that a look behind the end is found.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstring>
#include <memory>
#include <string>
#include <string_view>

#include "http/h1/chunk_decoder.h"
#include "http/h1/head_reader.h"
#include "http/h1/head_writer.h"
#include "http/h1/judge.h"

#if defined(__has_feature)
#if __has_feature(address_sanitizer)
#define SLUICE_CAN_POISON 1
#endif
#endif
#if defined(__SANITIZE_ADDRESS__) || defined(SLUICE_CAN_POISON)
#include <sanitizer/asan_interface.h>
#else
#define ASAN_POISON_MEMORY_REGION(at, size) ((void)(at), (void)(size))
#define ASAN_UNPOISON_MEMORY_REGION(at, size) ((void)(at), (void)(size))
#endif

namespace sluice::http::h1::test {

/// Who sends the bytes; the last two are what a response depends on.
struct Sender {
  HeadReader::Kind kind = HeadReader::Kind::Request;
  Method request_method = Method::Get;
  bool upgrade_asked = false;
  std::size_t max_fields = 101;
};

class CodecReplay {
 public:
  CodecReplay(Sender sender, std::string_view all)
      : sender_(sender), all_(new char[all.size() + 1]), size_(all.size()) {
    if (!all.empty()) std::memcpy(all_.get(), all.data(), all.size());
    ASAN_POISON_MEMORY_REGION(all_.get(), size_ + 1);
    begin_message();
  }
  ~CodecReplay() { ASAN_UNPOISON_MEMORY_REGION(all_.get(), size_ + 1); }
  CodecReplay(const CodecReplay&) = delete;
  CodecReplay& operator=(const CodecReplay&) = delete;

  /// The next bytes have come; no more than there are.
  void feed(std::size_t bytes) {
    have_ += std::min(bytes, size_ - have_);
    ASAN_UNPOISON_MEMORY_REGION(all_.get(), have_);
    while (step()) {
    }
  }
  /// The sender closes: a body that lasts until then ends.
  const std::string& finish() {
    if (state_ == State::UntilClose || state_ == State::Tunnel) end_body();
    if (state_ == State::Head && reader_.started()) events_ += "cut in a head\n";
    if (state_ == State::Length || state_ == State::Chunked) {
      events_ += "cut in a body after " + body_ + "\n";
    }
    return events_;
  }
  [[nodiscard]] bool at_end() const { return have_ == size_; }
  [[nodiscard]] std::size_t messages() const { return messages_; }
  /// The heads as the proxy would write them again, one after the other.
  [[nodiscard]] const std::string& written() const { return written_; }
  /// The writer said what it wrote, and that one byte less was too little.
  [[nodiscard]] bool sizes_agree() const { return sizes_agree_; }

 private:
  enum class State : std::uint8_t { Head, Length, Chunked, UntilClose, Tunnel, Dead };

  void begin_message() {
    reader_.start(sender_.kind, head_, sender_.max_fields);
    body_.clear();
    state_ = State::Head;
  }
  void fail(const HeadError& error) {
    events_ += "error " + std::to_string(error.status) + " " + error.cause + "\n";
    state_ = State::Dead;
  }
  void end_body() {
    events_ += "body " + body_ + "\n";
    ++messages_;
    if (!facts_.keep_alive) {
      events_ += "the connection ends\n";
      state_ = State::Dead;
    } else {
      begin_message();
    }
  }

  /// True when there may be more to do with the bytes that have come.
  bool step() {
    switch (state_) {
      case State::Head:
        return step_head();
      case State::Length: {
        const auto n = static_cast<std::size_t>(std::min<std::uint64_t>(left_, have_ - at_));
        body_.append(all_.get() + at_, n);
        at_ += n;
        left_ -= n;
        if (left_ != 0) return false;
        end_body();
        return true;
      }
      case State::Chunked:
        return step_chunks();
      case State::UntilClose:
      case State::Tunnel:
        body_.append(all_.get() + at_, have_ - at_);
        at_ = have_;
        return false;
      case State::Dead:
        break;
    }
    return false;
  }

  bool step_head() {
    if (at_ == have_) return false;
    switch (reader_.read(all_.get() + at_, all_.get() + have_)) {
      case ReadStatus::NeedMore:
        return false;
      case ReadStatus::Error:
        fail(reader_.error());
        return false;
      case ReadStatus::Done:
        break;
    }
    at_ += reader_.consumed();
    HeadError error;
    const bool fine =
        sender_.kind == HeadReader::Kind::Request
            ? judge_request(head_, facts_, error)
            : judge_response(head_, sender_.request_method, sender_.upgrade_asked, facts_, error);
    if (!fine) {
      fail(error);
      return false;
    }
    describe_head();
    write_head();
    left_ = facts_.framing.length;
    switch (facts_.framing.kind) {
      case BodyKind::None:
        end_body();
        break;
      case BodyKind::Length:
        state_ = State::Length;
        break;
      case BodyKind::Chunked:
        decoder_.start();
        state_ = State::Chunked;
        break;
      case BodyKind::UntilClose:
        state_ = State::UntilClose;
        break;
      case BodyKind::Tunnel:
        state_ = State::Tunnel;
        break;
    }
    return true;
  }

  bool step_chunks() {
    std::string_view input(all_.get() + at_, have_ - at_);
    std::string_view data;
    const ChunkDecoder::Status status = decoder_.next(input, data);
    at_ = have_ - input.size();
    switch (status) {
      case ChunkDecoder::Status::NeedMore:
        return false;
      case ChunkDecoder::Status::Data:
        body_.append(data);
        return true;
      case ChunkDecoder::Status::Error:
        fail({400, decoder_.cause()});
        return false;
      case ChunkDecoder::Status::Done:
        break;
    }
    FieldList fields;
    if (!read_trailers(decoder_.trailers(), fields)) {
      fail({400, "a malformed trailer"});
      return false;
    }
    for (const Field& field : fields) describe_field("trailer ", field);
    end_body();
    return true;
  }

  void describe_field(const char* what, const Field& field) {
    events_ += std::string(what) + std::string(field.name) + "=" + std::string(field.value) + "\n";
  }
  void describe_head() {
    static constexpr const char* kKinds[] = {"none", "length", "chunked", "until-close", "tunnel"};
    if (sender_.kind == HeadReader::Kind::Request) {
      events_ += "request " + std::string(head_.method_token) + " [" + std::string(head_.scheme) +
                 "|" + std::string(head_.authority) + "|" + std::string(head_.path) + "]";
    } else {
      events_ +=
          "response " + std::to_string(head_.status) + " [" + std::string(head_.reason) + "]";
    }
    events_ += head_.version == Version::Http10 ? " 1.0 " : " 1.1 ";
    events_ += kKinds[static_cast<std::size_t>(facts_.framing.kind)];
    events_ += " " + std::to_string(facts_.framing.length);
    if (facts_.upgrade) events_ += " upgrade";
    if (facts_.expect_continue) events_ += " expects";
    if (facts_.announces_length) events_ += " announces";
    events_ += "\n";
    for (const Field& field : head_.fields) describe_field("  ", field);
  }
  void write_head() {
    WriteOptions options;
    options.framing = facts_.framing;
    options.announce_length = facts_.announces_length;
    options.connection = facts_.upgrade      ? ConnectionField::Upgrade
                         : facts_.keep_alive ? ConnectionField::KeepAlive
                                             : ConnectionField::Close;
    std::string out(2 * size_ + 1'000, '\0');
    const bool request = sender_.kind == HeadReader::Kind::Request;
    const std::size_t size = request ? write_request(head_, options, out.data(), out.size())
                                     : write_response(head_, options, out.data(), out.size());
    written_.append(out, 0, size);
    if (size == 0 || (request ? write_request(head_, options, out.data(), size - 1)
                              : write_response(head_, options, out.data(), size - 1)) != 0) {
      sizes_agree_ = false;
    }
  }

  Sender sender_;
  std::unique_ptr<char[]> all_;
  std::size_t size_ = 0, have_ = 0, at_ = 0, messages_ = 0;
  std::uint64_t left_ = 0;
  HeadReader reader_;
  ChunkDecoder decoder_;
  Head head_;
  HeadFacts facts_;
  State state_ = State::Head;
  bool sizes_agree_ = true;
  std::string body_, events_, written_;
};

/// What comes of the bytes when all of them come at once.
inline std::string whole(Sender sender, std::string_view bytes) {
  CodecReplay replay(sender, bytes);
  replay.feed(bytes.size());
  return replay.finish();
}

}  // namespace sluice::http::h1::test
