#include "net/tls/tls_bio.h"

#include <algorithm>
#include <cerrno>
#include <cstring>

namespace sluice::net {

const BIO_METHOD* TlsBio::method() {
  static const BIO_METHOD* const made = [] {
    BIO_METHOD* method = BIO_meth_new(BIO_get_new_index() | BIO_TYPE_SOURCE_SINK, "sluice stream");
    if (method == nullptr) return method;
    BIO_meth_set_read_ex(method, &TlsBio::on_read);
    BIO_meth_set_write_ex(method, &TlsBio::on_write);
    BIO_meth_set_ctrl(method, &TlsBio::on_control);
    return method;
  }();
  return made;
}

bool TlsBio::attach(SSL* ssl) noexcept {
  if (method() == nullptr) return false;
  BIO* bio = BIO_new(method());
  if (bio == nullptr) return false;
  BIO_set_data(bio, this);
  BIO_set_init(bio, 1);
  SSL_set_bio(ssl, bio, bio);
  return true;
}

IoStatus TlsBio::fill() noexcept {
  if (eof_) return IoStatus::Eof;
  if (error_ != 0) return IoStatus::Error;
  if (drained_) return IoStatus::WouldBlock;
  in_ = pool_.take();
  if (!in_) {
    error_ = ENOMEM;
    return IoStatus::Error;
  }
  iovec into{in_.data(), in_.capacity()};
  const IoResult read = below_.try_read(&into, 1);
  if (read.status == IoStatus::Ok) {
    in_begin_ = 0;
    in_end_ = static_cast<std::uint32_t>(read.bytes);
    drained_ = read.bytes < in_.capacity() && !below_.has_buffered();
    return IoStatus::Ok;
  }
  in_.reset();
  drained_ = true;
  eof_ = read.status == IoStatus::Eof;
  if (read.status == IoStatus::Error) error_ = read.error != 0 ? read.error : EIO;
  return read.status;
}

IoStatus TlsBio::flush() noexcept {
  while (has_output()) {
    if (write_error_ != 0) return IoStatus::Error;
    const iovec from{out_.data() + out_begin_, out_end_ - out_begin_};
    const IoResult written = below_.try_write(&from, 1);
    if (written.status == IoStatus::WouldBlock) return IoStatus::WouldBlock;
    if (written.status != IoStatus::Ok) {
      write_error_ = written.error != 0 ? written.error : EPIPE;
      return IoStatus::Error;
    }
    out_begin_ += static_cast<std::uint32_t>(written.bytes);
    if (has_output()) return IoStatus::WouldBlock;  // short: the kernel is full
  }
  out_.reset();
  out_begin_ = out_end_ = 0;
  return IoStatus::Ok;
}

int TlsBio::on_read(BIO* bio, char* out, std::size_t size, std::size_t* done) {
  auto* self = static_cast<TlsBio*>(BIO_get_data(bio));
  BIO_clear_retry_flags(bio);
  *done = 0;
  if (!self->has_input()) {
    const IoStatus status = self->fill();
    if (status == IoStatus::WouldBlock) BIO_set_retry_read(bio);
    if (status != IoStatus::Ok) return 0;
  }
  const std::size_t count = std::min<std::size_t>(size, self->in_end_ - self->in_begin_);
  std::memcpy(out, self->in_.data() + self->in_begin_, count);
  self->in_begin_ += static_cast<std::uint32_t>(count);
  if (!self->has_input()) self->in_.reset();
  *done = count;
  return 1;
}

int TlsBio::on_write(BIO* bio, const char* in, std::size_t size, std::size_t* done) {
  auto* self = static_cast<TlsBio*>(BIO_get_data(bio));
  BIO_clear_retry_flags(bio);
  *done = 0;
  if (!self->out_) {
    self->out_ = self->pool_.take();
    if (!self->out_) return 0;
  }
  if (self->output_room() == 0) {
    const IoStatus status = self->flush();
    if (status == IoStatus::WouldBlock) BIO_set_retry_write(bio);
    if (status != IoStatus::Ok) return 0;
    self->out_ = self->pool_.take();
    if (!self->out_) return 0;
  }
  const std::size_t count = std::min(size, self->output_room());
  std::memcpy(self->out_.data() + self->out_end_, in, count);
  self->out_end_ += static_cast<std::uint32_t>(count);
  *done = count;
  return 1;
}

long TlsBio::on_control(BIO* bio, int command, long, void*) {
  const auto* self = static_cast<const TlsBio*>(BIO_get_data(bio));
  switch (command) {
    case BIO_CTRL_FLUSH:
      return 1;  // the stream flushes when its turn is over
    case BIO_CTRL_EOF:
      return self->eof_ && !self->has_input() ? 1 : 0;
    case BIO_CTRL_PENDING:
      return static_cast<long>(self->in_end_ - self->in_begin_);
    case BIO_CTRL_WPENDING:
      return static_cast<long>(self->out_end_ - self->out_begin_);
    default:
      return 0;
  }
}

}  // namespace sluice::net
