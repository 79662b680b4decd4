#include "net/tls/tls_stream.h"

#include <openssl/err.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <string>

#include "net/tls/tls_bio.h"
#include "net/tls/tls_client_context.h"
#include "net/tls/tls_server_context.h"
#include "net/tls/tls_settings.h"

namespace sluice::net {

namespace {

constexpr std::size_t kRecordBytes = 16'384;  // RFC 8446 5.1
// More than any record's header, nonce, padding and tag, and a handshake message before it.
constexpr std::size_t kRecordOverhead = 256;

/// Life: Connecting (below) → Handshaking → Open → Ended | Broken, or Failed before Open.
enum class State : unsigned char { Connecting, Handshaking, Open, Ended, Broken, Failed };

class TlsStream final : public Stream, private Stream::Events, private Deferred {
 public:
  TlsStream(std::unique_ptr<Stream> below, std::string_view server_name, Loop& loop,
            Stream::Events& events)
      : below_(std::move(below)),
        loop_(loop),
        events_(&events),
        bio_(*below_, loop.tls_buffers()),
        server_name_(server_name) {
    below_->set_events(*this);
  }
  ~TlsStream() override;
  void begin(SslPointer ssl, const TlsClientContext* client) noexcept;
  [[nodiscard]] const std::string& server_name() const noexcept { return server_name_; }

  [[nodiscard]] IoResult try_read(iovec* into, int count) noexcept override;
  [[nodiscard]] IoResult try_write(const iovec* from, int count) noexcept override;
  void want(Interest interest) noexcept override;
  [[nodiscard]] Establish establish() noexcept override;
  [[nodiscard]] int failure() const noexcept override { return failure_; }
  [[nodiscard]] const char* failure_text() const noexcept override { return failure_text_; }
  [[nodiscard]] bool has_buffered() const noexcept override;
  void shutdown_write() noexcept override;
  void ends_after_write() noexcept override { below_->ends_after_write(); }
  void reset_on_close() noexcept override {
    reset_ = true;
    below_->reset_on_close();
  }
  void set_events(Stream::Events& events) noexcept override { events_ = &events; }
  [[nodiscard]] base::Address local_address() const noexcept override {
    return below_->local_address();
  }
  [[nodiscard]] const TlsInfo* tls_info() const noexcept override { return &info_; }
  [[nodiscard]] int descriptor() const noexcept override { return below_->descriptor(); }

 private:
  void on_stream_ready(bool readable, bool writable) noexcept override;
  void on_deferred() noexcept override;
  Establish handshake() noexcept;
  Establish fail(int code, const char* text) noexcept;
  const char* why_handshake_failed() noexcept;
  void fill_info() noexcept;
  void read_into(char* to, std::size_t size, std::size_t& done) noexcept;
  void end_reading(int ssl_error) noexcept;
  [[nodiscard]] std::size_t write_record(const iovec* from, int count, std::size_t skip,
                                         bool& refused) noexcept;
  [[nodiscard]] std::size_t fill_output(const iovec* from, int count, std::size_t skip,
                                        bool& refused) noexcept;
  [[nodiscard]] bool flush() noexcept;
  void update_interest() noexcept;
  void remind() noexcept;
  [[nodiscard]] bool is_open() const noexcept {
    return state_ >= State::Open && state_ != State::Failed;
  }

  std::unique_ptr<Stream> below_;
  Loop& loop_;
  Stream::Events* events_;
  TlsBio bio_;
  SslPointer ssl_;
  const TlsClientContext* client_ = nullptr;
  std::string server_name_;  // what we send, or what the client sent
  TlsInfo info_;
  const char* failure_text_ = "";
  bool* destroyed_ = nullptr;  // while the owner is being called
  int failure_ = 0;
  int read_error_ = 0;
  std::size_t owed_ = 0;  // bytes in bio_ that the owner was not told about
  Interest interest_;
  State state_ = State::Connecting;
  bool unreported_ = false;  // the end came behind bytes that were just read
  bool write_closed_ = false;
  bool fin_after_flush_ = false;
  bool reset_ = false;
};

void TlsStream::begin(SslPointer ssl, const TlsClientContext* client) noexcept {
  client_ = client;
  ssl_ = std::move(ssl);
  if (ssl_ == nullptr || !bio_.attach(ssl_.get())) {
    clear_ssl_errors();
    fail(0, "no memory for TLS, or an impossible server name");
  }
}

TlsStream::~TlsStream() {
  if (destroyed_ != nullptr) *destroyed_ = true;
  if (ssl_ == nullptr) return;
  if (is_open() && state_ != State::Broken) {
    if (!reset_ && !write_closed_ && !bio_.has_output()) {
      if (SSL_shutdown(ssl_.get()) >= 0) (void)bio_.flush();
      clear_ssl_errors();
    }
    // Without this OpenSSL takes an unfinished goodbye for a reason to forget the session.
    SSL_set_shutdown(ssl_.get(), SSL_SENT_SHUTDOWN | SSL_RECEIVED_SHUTDOWN);
  }
}

Establish TlsStream::fail(int code, const char* text) noexcept {
  state_ = State::Failed;
  failure_ = code;
  failure_text_ = text;
  return Establish::Failed;
}

Establish TlsStream::establish() noexcept {
  if (state_ == State::Failed) return Establish::Failed;
  if (state_ == State::Connecting) {
    const Establish below = below_->establish();
    if (below == Establish::Pending) return below;
    if (below == Establish::Failed) return fail(below_->failure(), below_->failure_text());
    state_ = State::Handshaking;
  }
  return state_ == State::Handshaking ? handshake() : Establish::Done;
}

Establish TlsStream::handshake() noexcept {
  clear_ssl_errors();
  bio_.begin_read();
  const int result = SSL_do_handshake(ssl_.get());
  const int why = result == 1 ? SSL_ERROR_NONE : SSL_get_error(ssl_.get(), result);
  const char* text = "";
  if (result != 1 && why != SSL_ERROR_WANT_READ && why != SSL_ERROR_WANT_WRITE)
    text = why_handshake_failed();
  const IoStatus flushed = bio_.flush();  // an alert, too
  if (result == 1) {
    state_ = State::Open;
    fill_info();
    return Establish::Done;
  }
  if (*text != '\0') {
    if (client_ != nullptr) client_->forget(server_name_);
    return fail(bio_.read_error(), text);
  }
  // After a failed send the peer may still have said why: reading decides.
  below_->want({true, flushed == IoStatus::WouldBlock});
  return Establish::Pending;
}

const char* TlsStream::why_handshake_failed() noexcept {
  const long verified = SSL_get_verify_result(ssl_.get());
  const char* reason = take_ssl_reason();
  if (bio_.read_error() != 0) return "connection error during the TLS handshake";
  if (bio_.eof() && *reason == '\0') return "connection closed during the TLS handshake";
  if (client_ != nullptr && verified != X509_V_OK &&
      SSL_get_verify_mode(ssl_.get()) != SSL_VERIFY_NONE) {
    return X509_verify_cert_error_string(verified);
  }
  return *reason != '\0' ? reason : "TLS handshake failed";
}

void TlsStream::fill_info() noexcept {
  if (client_ == nullptr) {
    if (const char* name = SSL_get_servername(ssl_.get(), TLSEXT_NAMETYPE_host_name))
      server_name_ = name;
  }
  info_.protocol = SSL_get_version(ssl_.get());
  info_.cipher = SSL_get_cipher_name(ssl_.get());
  info_.sni = server_name_;
  const unsigned char* alpn = nullptr;
  unsigned length = 0;
  SSL_get0_alpn_selected(ssl_.get(), &alpn, &length);
  info_.alpn = {reinterpret_cast<const char*>(alpn), length};
  info_.resumed = SSL_session_reused(ssl_.get()) == 1;
}

bool TlsStream::has_buffered() const noexcept {
  if (!is_open()) return false;
  return unreported_ ||
         (state_ == State::Open && (bio_.has_input() || SSL_pending(ssl_.get()) > 0));
}

void TlsStream::end_reading(int ssl_error) noexcept {
  if (ssl_error == SSL_ERROR_ZERO_RETURN ||
      (bio_.eof() && bio_.read_error() == 0 && ERR_peek_error() == 0)) {
    state_ = State::Ended;
  } else {
    state_ = State::Broken;
    read_error_ = bio_.read_error();
  }
  clear_ssl_errors();
  unreported_ = true;
}

void TlsStream::read_into(char* to, std::size_t size, std::size_t& done) noexcept {
  while (size > 0 && state_ == State::Open) {
    std::size_t count = 0;
    const int result = SSL_read_ex(ssl_.get(), to, size, &count);
    if (result != 1) {
      const int why = SSL_get_error(ssl_.get(), result);
      if (why != SSL_ERROR_WANT_READ && why != SSL_ERROR_WANT_WRITE) end_reading(why);
      return;
    }
    to += count;
    size -= count;
    done += count;
  }
}

IoResult TlsStream::try_read(iovec* into, int count) noexcept {
  if (!is_open()) return {IoStatus::WouldBlock, 0, 0};
  clear_ssl_errors();
  bio_.begin_read();
  std::size_t done = 0;
  for (int i = 0; i < count && state_ == State::Open; ++i) {
    const std::size_t before = done;
    read_into(static_cast<char*>(into[i].iov_base), into[i].iov_len, done);
    if (done - before < into[i].iov_len) break;
  }
  if (bio_.has_output() && flush())
    update_interest();  // what reading made us answer (a key update)
  if (done > 0) {
    if (destroyed_ == nullptr) remind();
    return {IoStatus::Ok, done, 0};
  }
  if (state_ == State::Open) return {IoStatus::WouldBlock, 0, 0};
  unreported_ = false;
  unlink();
  return {state_ == State::Ended ? IoStatus::Eof : IoStatus::Error, 0, read_error_};
}

/// One record of the bytes from `skip` on; several small pieces are put together. Bytes taken.
std::size_t TlsStream::write_record(const iovec* from, int count, std::size_t skip,
                                    bool& refused) noexcept {
  while (count > 0 && skip >= from->iov_len) {
    skip -= from->iov_len;
    ++from;
    --count;
  }
  if (count == 0) return 0;
  const char* first = static_cast<const char*>(from->iov_base) + skip;
  std::size_t size = std::min(from->iov_len - skip, kRecordBytes);
  char gathered[kRecordBytes];
  if (size < kRecordBytes && count > 1) {
    std::memcpy(gathered, first, size);
    for (int i = 1; i < count && size < kRecordBytes; ++i) {
      const std::size_t more = std::min(from[i].iov_len, kRecordBytes - size);
      if (more > 0) std::memcpy(gathered + size, from[i].iov_base, more);
      size += more;
    }
    first = gathered;
  }
  std::size_t taken = 0;
  if (size == 0) return 0;
  refused = SSL_write_ex(ssl_.get(), first, size, &taken) != 1;
  return refused ? 0 : taken;
}

/// A byte counts as written once its record is with the kernel, so that an owner may close after
/// the last one. What is encrypted but not yet sent is `owed_`: it comes again with the next call.
IoResult TlsStream::try_write(const iovec* from, int count) noexcept {
  if (!is_open()) return {IoStatus::WouldBlock, 0, 0};
  if (write_closed_) return {IoStatus::Error, 0, EPIPE};
  if (state_ == State::Broken) return {IoStatus::Error, 0, read_error_};
  clear_ssl_errors();
  std::size_t total = 0;
  for (int i = 0; i < count; ++i) total += from[i].iov_len;
  std::size_t sent = 0;
  std::size_t taken = std::min(owed_, total);
  bool refused = false;
  while (bio_.flush() == IoStatus::Ok) {
    owed_ -= std::min(owed_, taken);
    sent = taken;
    if (sent == total || refused) break;
    taken += fill_output(from, count, sent, refused);
  }
  if (sent < taken) owed_ = std::max(owed_, taken - sent);
  clear_ssl_errors();
  update_interest();
  if (sent > 0 || total == 0) return {IoStatus::Ok, sent, 0};
  if (bio_.write_error() != 0 || refused) return {IoStatus::Error, 0, bio_.write_error()};
  return {IoStatus::WouldBlock, 0, 0};
}

/// Encrypts from `skip` on until the buffer is full; returns how many bytes.
std::size_t TlsStream::fill_output(const iovec* from, int count, std::size_t skip,
                                   bool& refused) noexcept {
  std::size_t taken = 0;
  while (bio_.output_room() >= kRecordBytes + kRecordOverhead) {
    const std::size_t more = write_record(from, count, skip + taken, refused);
    if (more == 0) break;
    taken += more;
  }
  return taken;
}

/// True: nothing waits to be sent any more (or ever will).
bool TlsStream::flush() noexcept {
  if (bio_.flush() == IoStatus::WouldBlock) return false;
  if (fin_after_flush_) {
    fin_after_flush_ = false;
    below_->shutdown_write();
  }
  return true;
}

void TlsStream::update_interest() noexcept {
  if (!is_open()) return;
  const bool flushing = bio_.has_output() && bio_.write_error() == 0;
  below_->want({interest_.read, interest_.write || flushing, interest_.patient});
}

void TlsStream::want(Interest interest) noexcept {
  interest_ = interest;
  update_interest();
  if (destroyed_ == nullptr) remind();
}

/// Bytes that were taken from the socket raise no event below; make one.
void TlsStream::remind() noexcept {
  if (interest_.read && has_buffered()) {
    loop_.defer(*this);
  } else {
    unlink();
  }
}

void TlsStream::shutdown_write() noexcept {
  if (!is_open() || write_closed_) return;
  write_closed_ = true;
  clear_ssl_errors();
  if (state_ != State::Broken) (void)SSL_shutdown(ssl_.get());
  clear_ssl_errors();
  fin_after_flush_ = true;
  (void)flush();
  update_interest();
}

void TlsStream::on_stream_ready(bool readable, bool writable) noexcept {
  if (is_open()) {
    const bool wrote = !writable || !bio_.has_output() || flush();
    update_interest();
    const bool failed = bio_.write_error() != 0;
    writable = writable && wrote && (interest_.write || failed);
    readable = readable || (failed && !interest_.write);
    if (!readable && !writable) return;
  }
  bool destroyed = false;
  destroyed_ = &destroyed;
  events_->on_stream_ready(readable, writable);
  if (destroyed) return;
  destroyed_ = nullptr;
  remind();
}

void TlsStream::on_deferred() noexcept {
  if (interest_.read && has_buffered()) on_stream_ready(true, false);
}

}  // namespace

std::unique_ptr<Stream> make_tls_client_stream(std::unique_ptr<Stream> below,
                                               const TlsClientContext& context,
                                               std::string_view server_name, Loop& loop,
                                               Stream::Events& events) {
  auto stream = std::make_unique<TlsStream>(std::move(below), server_name, loop, events);
  stream->begin(context.start(stream->server_name()), &context);
  return stream;
}

std::unique_ptr<Stream> make_tls_server_stream(std::unique_ptr<Stream> below,
                                               const TlsServerContext& context, Loop& loop,
                                               Stream::Events& events) {
  auto stream = std::make_unique<TlsStream>(std::move(below), std::string_view(), loop, events);
  stream->begin(context.start(), nullptr);
  return stream;
}

}  // namespace sluice::net
