// The privileged half of a process that gives up its rights (`user`, `group`, `chroot`): forked
// before that, so that a reload can still read a key that is root's alone and bind port 443. It
// takes no paths and no addresses from the other half: it reads the files of the command line,
// finds out by itself what they name, hands over the content (a Record), and opens the listening
// addresses of a configuration that it found to be valid, and no others. Two processes on one
// seqpacket socketpair; descriptors travel by SCM_RIGHTS. The other half's end goes, and it ends.
//
// Each reload is one session, in a child of the privileged half, so that nothing is left of it.
// Blocks its caller, the control thread, as reading files does.
#pragma once

#include <memory>

#include "app/command_line.h"
#include "app/surroundings.h"
#include "base/result.h"
#include "net/listening_socket.h"

namespace sluice::app {

class Opener {
 public:
  /// Forks. Before any thread exists, with what `command` means here: its folder and its root.
  [[nodiscard]] static base::Result<std::unique_ptr<Opener>> fork(const RunCommand& command);
  ~Opener();
  Opener(const Opener&) = delete;
  Opener& operator=(const Opener&) = delete;

  /// Begins a session: has everything read. Ends the one before.
  [[nodiscard]] base::Result<std::unique_ptr<Surroundings>> read();
  /// In a session whose configuration is valid and has that address: opens as many copies as
  /// `options` asks for.
  [[nodiscard]] base::Result<net::ListeningSocket> listen(const net::ListenOptions& options);
  void end_session() noexcept;

 private:
  explicit Opener(int socket) : socket_(socket) {}
  int socket_;
  bool in_session_ = false;
};

/// By the opener where there is one (else null), otherwise with the process's own rights.
[[nodiscard]] base::Result<net::ListeningSocket> open_listener(const net::ListenOptions& options,
                                                               Opener* opener);

}  // namespace sluice::app
