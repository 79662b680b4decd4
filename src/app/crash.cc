#include "app/crash.h"

#include <elf.h>
#include <execinfo.h>
#include <link.h>
#include <signal.h>
#include <unistd.h>

#include <cstring>

#include "base/crash_context.h"

namespace sluice::app {

namespace {

constexpr std::size_t kStackBytes = 65'536;
constexpr int kMaxFrames = 64;
constexpr int kFatal[] = {SIGSEGV, SIGBUS, SIGILL, SIGFPE, SIGABRT};

const char* program_version = "";
char build_id_text[2 * 64 + 1] = "";

void put(const char* text) noexcept { (void)!::write(STDERR_FILENO, text, std::strlen(text)); }

const char* name_of(int signal) noexcept {
  switch (signal) {
    case SIGSEGV:
      return "SIGSEGV, a bad address";
    case SIGBUS:
      return "SIGBUS, a bad access";
    case SIGILL:
      return "SIGILL, a bad instruction";
    case SIGFPE:
      return "SIGFPE, bad arithmetic";
    default:
      return "SIGABRT, a broken invariant";
  }
}

void on_fatal_signal(int signal) {
  put("sluice ");
  put(program_version);
  put(", build id ");
  put(build_id_text);
  put(", died of ");
  put(name_of(signal));
  put("\n");
  write_backtrace("it was in");
  ::signal(signal, SIG_DFL);
  sigset_t only;
  sigemptyset(&only);
  sigaddset(&only, signal);
  ::pthread_sigmask(SIG_UNBLOCK, &only, nullptr);
  ::raise(signal);
}

/// Finds NT_GNU_BUILD_ID among the notes of the main program, which is listed first.
int read_notes(dl_phdr_info* object, std::size_t, void*) {
  constexpr std::string_view kHex = "0123456789abcdef";
  for (int i = 0; i < object->dlpi_phnum; ++i) {
    const ElfW(Phdr)& part = object->dlpi_phdr[i];
    if (part.p_type != PT_NOTE) continue;
    const char* at = reinterpret_cast<const char*>(object->dlpi_addr + part.p_vaddr);
    const char* end = at + part.p_memsz;
    while (at + sizeof(ElfW(Nhdr)) <= end) {
      ElfW(Nhdr) note;
      std::memcpy(&note, at, sizeof(note));
      const char* name = at + sizeof(note);
      const char* value = name + ((note.n_namesz + 3) & ~3U);
      at = value + ((note.n_descsz + 3) & ~3U);
      if (at > end) break;
      if (note.n_type != NT_GNU_BUILD_ID || note.n_namesz != 4 || std::memcmp(name, "GNU", 4) != 0)
        continue;
      char* out = build_id_text;
      for (std::size_t b = 0; b < note.n_descsz && b < 64; ++b) {
        const auto byte = static_cast<unsigned char>(value[b]);
        *out++ = kHex[byte >> 4];
        *out++ = kHex[byte & 15];
      }
      *out = '\0';
      return 1;
    }
  }
  return 1;
}

}  // namespace

std::string_view build_id() noexcept {
  if (build_id_text[0] == '\0') ::dl_iterate_phdr(&read_notes, nullptr);
  return build_id_text;
}

void write_backtrace(const char* what) noexcept {
  put(what);
  put(" thread ");
  put(base::crash_context.thread);
  if (const char* phase = base::take_crash_phase(); phase != nullptr) {
    put(", phase ");
    put(phase);
  }
  put("\n");
  void* frames[kMaxFrames];
  ::backtrace_symbols_fd(frames, ::backtrace(frames, kMaxFrames), STDERR_FILENO);
}

void install_crash_handler(const char* version) noexcept {
  program_version = version;
  (void)build_id();
  void* frame = nullptr;
  ::backtrace(&frame, 1);  // the first call loads a library, which a handler must not
  struct sigaction action {};
  action.sa_handler = &on_fatal_signal;
  action.sa_flags = SA_ONSTACK | SA_NODEFER;
  sigemptyset(&action.sa_mask);
  for (const int signal : kFatal) ::sigaction(signal, &action, nullptr);
}

CrashStack::CrashStack() : memory_(new char[kStackBytes]) {
  stack_t stack{};
  stack.ss_sp = memory_.get();
  stack.ss_size = kStackBytes;
  ::sigaltstack(&stack, nullptr);
}

CrashStack::~CrashStack() {
  stack_t none{};
  none.ss_flags = SS_DISABLE;
  ::sigaltstack(&none, nullptr);
}

}  // namespace sluice::app
