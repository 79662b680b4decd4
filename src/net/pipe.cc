#include "net/pipe.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>

#include "base/limits.h"

namespace sluice::net {

namespace {

IoResult result_of(ssize_t moved) noexcept {
  if (moved > 0) return {IoStatus::Ok, static_cast<std::size_t>(moved), 0};
  if (moved == 0) return {IoStatus::Eof, 0, 0};
  if (errno == EAGAIN || errno == EWOULDBLOCK) return {IoStatus::WouldBlock, 0, 0};
  return {IoStatus::Error, 0, errno};
}

ssize_t move(int from, int into, std::size_t most) noexcept {
  for (;;) {
    const ssize_t moved =
        ::splice(from, nullptr, into, nullptr, most, SPLICE_F_MOVE | SPLICE_F_NONBLOCK);
    if (moved >= 0 || errno != EINTR) return moved;
  }
}

}  // namespace

std::unique_ptr<Pipe> Pipe::make() noexcept {
  int ends[2];
  if (::pipe2(ends, O_NONBLOCK | O_CLOEXEC) != 0) return nullptr;
  // The default size is a fraction of what a socket has ready. A user may have 64 MiB in pipes.
  if (::fcntl(ends[0], F_SETPIPE_SZ, base::limits::kPipeBytes) < 0 &&
      ::fcntl(ends[0], F_SETPIPE_SZ, base::limits::kPipeBytes / 8) < 0) {
    ::close(ends[0]);
    ::close(ends[1]);
    return nullptr;
  }
  return std::unique_ptr<Pipe>(new Pipe(ends[0], ends[1]));
}

Pipe::~Pipe() {
  ::close(read_end_);
  ::close(write_end_);
}

IoResult Pipe::fill(const Stream& from, std::size_t most) noexcept {
  const IoResult result = result_of(move(from.descriptor(), write_end_, most));
  held_ += result.bytes;
  return result;
}

IoResult Pipe::drain(const Stream& into) noexcept {
  const IoResult result = result_of(move(read_end_, into.descriptor(), held_));
  held_ -= result.bytes;
  return result;
}

PipePool::Pointer PipePool::take() noexcept {
  if (in_use_ >= most_) return Pointer(nullptr, Return{this});
  std::unique_ptr<Pipe> pipe;
  if (free_.empty()) {
    pipe = Pipe::make();
    if (!pipe) return Pointer(nullptr, Return{this});
  } else {
    pipe = std::move(free_.back());
    free_.pop_back();
  }
  ++in_use_;
  return Pointer(pipe.release(), Return{this});
}

/// One that still holds something belonged to a connection that broke.
void PipePool::give_back(Pipe* pipe) noexcept {
  std::unique_ptr<Pipe> owned(pipe);
  --in_use_;
  if (owned->held() == 0) free_.push_back(std::move(owned));
}

}  // namespace sluice::net
