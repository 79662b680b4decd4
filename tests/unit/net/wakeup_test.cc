// [threads]: waking a loop from another thread.
#include <sys/syscall.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <functional>
#include <future>
#include <thread>

#include "net/mailbox.h"
#include "support/catch.h"
#include "unit/net/stream_pair.h"

using namespace sluice;

namespace {

/// While it is set, this thread loses its core right behind each of its writes, until then.
thread_local std::future<void>* is_put_off = nullptr;
std::atomic<bool> was_waited_for{false};

void lose_core(const std::future<void>& until) {
  if (until.wait_for(std::chrono::seconds(20)) != std::future_status::ready) was_waited_for = true;
}

}  // namespace

/// Stands in libc's place for this program and its libraries.
extern "C" ssize_t write(int descriptor, const void* from, std::size_t size) {
  const ssize_t done = ::syscall(SYS_write, descriptor, from, size);
  if (is_put_off != nullptr) lose_core(*is_put_off);
  return done;
}

TEST_CASE("a loop that was woken does not wait for the thread that woke it", "[threads]") {
  auto loop = net::make_uv_loop();
  net::Mailbox mailbox(*loop);
  std::promise<void> delivered;
  std::thread sender([&] {
    auto delivery = delivered.get_future();
    is_put_off = &delivery;
    mailbox.run([&] {
      delivered.set_value();
      loop->stop();
    });
  });
  test::Deadline deadline(*loop, 60'000);
  loop->run();
  sender.join();
  CHECK_FALSE(was_waited_for);
  CHECK_FALSE(deadline.passed);
}

TEST_CASE("a loop is woken as often as need be, and once for what comes together", "[threads]") {
  struct Counted final : net::Wakeup::Events {
    void on_wakeup() noexcept override {
      ++count;
      if (then) then();
    }
    int count = 0;
    std::function<void()> then;
  } events;
  auto loop = net::make_uv_loop();
  auto wakeup = loop->make_wakeup(events);
  for (int i = 0; i < 3; ++i) wakeup->wake();
  events.then = [&] { loop->stop(); };
  test::Deadline deadline(*loop, 60'000);
  loop->run();
  CHECK(events.count == 1);
  wakeup->wake();
  loop->run();
  CHECK(events.count == 2);
  events.then = [&] {  // as its last act
    wakeup.reset();
    loop->stop();
  };
  wakeup->wake();
  loop->run();
  CHECK(events.count == 3);
  CHECK_FALSE(deadline.passed);
}
