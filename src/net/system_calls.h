// recv and send without libc's thread cancellation, which takes two locked instructions around each
// in a program that has threads. Same results and errno. The sanitizers watch libc's own functions,
// so their builds call those.
#pragma once

#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cstddef>

namespace sluice::net {

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__) || defined(__clang__) || \
    !defined(SYS_recvfrom) || !defined(SYS_sendto)
inline ssize_t receive(int descriptor, void* into, std::size_t size) noexcept {
  return ::recv(descriptor, into, size, 0);
}
inline ssize_t transmit(int descriptor, const void* from, std::size_t size, int flags) noexcept {
  return ::send(descriptor, from, size, flags);
}
#else
inline ssize_t receive(int descriptor, void* into, std::size_t size) noexcept {
  return ::syscall(SYS_recvfrom, descriptor, into, size, 0, nullptr, nullptr);
}
inline ssize_t transmit(int descriptor, const void* from, std::size_t size, int flags) noexcept {
  return ::syscall(SYS_sendto, descriptor, from, size, flags, nullptr, 0);
}
#endif

}  // namespace sluice::net
