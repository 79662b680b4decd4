// [threads]: several threads post; run under the thread sanitizer, too.
#include "net/mailbox.h"

#include <atomic>
#include <functional>
#include <memory>
#include <thread>
#include <vector>

#include "support/catch.h"
#include "unit/net/stream_pair.h"

using namespace sluice;

TEST_CASE("mail of one sender is delivered in order of posting") {
  auto loop = net::make_uv_loop();
  net::Mailbox mailbox(*loop);
  std::vector<int> order;
  for (int i = 0; i < 100; ++i) {
    mailbox.run([&, i] {
      order.push_back(i);
      if (i == 99) loop->stop();
    });
  }
  test::Deadline deadline(*loop, 5'000);
  loop->run();
  REQUIRE(order.size() == 100);
  for (int i = 0; i < 100; ++i) CHECK(order[static_cast<std::size_t>(i)] == i);
}

TEST_CASE("many threads' mail is all delivered, each sender's in order", "[threads]") {
  constexpr int kSenders = 4;
  constexpr int kEach = 5'000;
  auto loop = net::make_uv_loop();
  net::Mailbox mailbox(*loop);
  std::vector<int> last(kSenders, -1);
  int delivered = 0;
  bool in_order = true;
  std::vector<std::thread> senders;
  for (int sender = 0; sender < kSenders; ++sender) {
    senders.emplace_back([&, sender] {
      for (int i = 0; i < kEach; ++i) {
        mailbox.run([&, sender, i] {
          int& before = last[static_cast<std::size_t>(sender)];
          in_order = in_order && before == i - 1;
          before = i;
          if (++delivered == kSenders * kEach) loop->stop();
        });
      }
    });
  }
  test::Deadline deadline(*loop, 30'000);
  loop->run();
  for (std::thread& sender : senders) sender.join();
  CHECK_FALSE(deadline.passed);
  CHECK(delivered == kSenders * kEach);
  CHECK(in_order);
}

TEST_CASE("mail that is posted while mail is delivered comes in the same loop's life") {
  auto loop = net::make_uv_loop();
  net::Mailbox mailbox(*loop);
  int rounds = 0;
  std::function<void()> again = [&] {
    if (++rounds == 10) {
      loop->stop();
    } else {
      mailbox.run([&] { again(); });
    }
  };
  mailbox.run([&] { again(); });
  test::Deadline deadline(*loop, 5'000);
  loop->run();
  CHECK(rounds == 10);
}

TEST_CASE("what is still in a mailbox is delivered when it is closed") {
  auto loop = net::make_uv_loop();
  bool delivered = false;
  {
    net::Mailbox mailbox(*loop);
    mailbox.run([&] { delivered = true; });
  }
  CHECK(delivered);
}

TEST_CASE("a mailbox may go with the mail that it delivers") {
  auto loop = net::make_uv_loop();
  auto mailbox = std::make_unique<net::Mailbox>(*loop);
  auto other = std::make_unique<net::Mailbox>(*loop);
  int delivered = 0;
  const auto last = [&] {
    if (++delivered == 2) loop->stop();
  };
  mailbox->run([&] {
    other->run(last);  // its wake-up may be known to the loop already, or not yet
    other.reset();
    mailbox.reset();
    last();
  });
  test::Deadline deadline(*loop, 5'000);
  loop->run();
  CHECK_FALSE(deadline.passed);
  CHECK(delivered == 2);
}

TEST_CASE("a loop that waits is woken by another thread, again and again", "[threads]") {
  auto loop = net::make_uv_loop();
  net::Mailbox mailbox(*loop);
  constexpr int kRounds = 200;
  std::atomic<int> delivered{0};
  std::thread sender([&] {
    for (int round = 1; round <= kRounds; ++round) {
      mailbox.run([&] { ++delivered; });
      while (delivered < round) std::this_thread::yield();  // so that the loop waits again
    }
    mailbox.run([&] { loop->stop(); });
  });
  test::Deadline deadline(*loop, 30'000);
  loop->run();
  if (deadline.passed) delivered = kRounds;
  sender.join();
  CHECK_FALSE(deadline.passed);
}
