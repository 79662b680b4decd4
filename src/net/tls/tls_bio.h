// What OpenSSL reads records from and writes them to: two buffers of the loop over the stream
// below. One recv fills a buffer with many records; records gather in the other until flush() sends
// them together. A buffer is given back as soon as it is empty, so an idle connection holds none.
// One loop's thread; owned by a TlsStream.
#pragma once

#include <cstddef>

#include "base/block.h"
#include "net/stream.h"
#include "net/tls/ssl_pointers.h"

namespace sluice::net {

class TlsBio {
 public:
  TlsBio(Stream& below, base::BlockPool& pool) noexcept : below_(below), pool_(pool) {}
  TlsBio(const TlsBio&) = delete;
  TlsBio& operator=(const TlsBio&) = delete;

  /// Makes `ssl` read and write here.
  [[nodiscard]] bool attach(SSL* ssl) noexcept;
  /// Lets reading ask the stream below again; it is asked until it has no more.
  void begin_read() noexcept { drained_ = false; }
  /// Sends what has gathered. Ok: nothing is left.
  [[nodiscard]] IoStatus flush() noexcept;

  [[nodiscard]] bool has_input() const noexcept { return in_begin_ < in_end_; }
  [[nodiscard]] bool has_output() const noexcept { return out_begin_ < out_end_; }
  /// Room for what SSL_write may add, records' overhead included.
  [[nodiscard]] std::size_t output_room() const noexcept { return pool_.block_bytes() - out_end_; }
  [[nodiscard]] bool eof() const noexcept { return eof_; }
  /// errno of the stream below; 0: none. Reading goes on after writing failed.
  [[nodiscard]] int read_error() const noexcept { return error_; }
  [[nodiscard]] int write_error() const noexcept { return write_error_; }

 private:
  static int on_read(BIO* bio, char* out, std::size_t size, std::size_t* done);
  static int on_write(BIO* bio, const char* in, std::size_t size, std::size_t* done);
  static long on_control(BIO* bio, int command, long number, void* pointer);
  static const BIO_METHOD* method();
  [[nodiscard]] IoStatus fill() noexcept;

  Stream& below_;
  base::BlockPool& pool_;
  base::BlockRef in_, out_;
  std::uint32_t in_begin_ = 0, in_end_ = 0;
  std::uint32_t out_begin_ = 0, out_end_ = 0;
  int error_ = 0;
  int write_error_ = 0;
  bool drained_ = false;
  bool eof_ = false;
};

}  // namespace sluice::net
