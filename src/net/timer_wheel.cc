#include "net/timer_wheel.h"

#include <bit>

namespace sluice::net {

Timer::~Timer() {
  if (linked()) wheel_->remove(*this);
}

void Timer::arm(TimerWheel& wheel, std::uint64_t deadline_ms) noexcept {
  deadline_ms_ = deadline_ms;
  if (linked()) {
    if (slot_ms_ <= deadline_ms) return;  // its slot fires first and re-inserts it
    wheel_->remove(*this);
  }
  wheel.insert(*this);
}

void TimerWheel::insert(Timer& timer) noexcept {
  place(timer, now_ms_ + 1);
  ++count_;
  if (!advancing_ && timer.slot_ms_ < driver_at_) {
    driver_at_ = timer.slot_ms_;
    driver_.wake_at(driver_at_);
  }
}

void TimerWheel::place(Timer& timer, std::uint64_t earliest_ms) noexcept {
  constexpr std::uint64_t kReach = (std::uint64_t{1} << (kBits * kLevels)) - 1;
  std::uint64_t due = timer.deadline_ms_ > earliest_ms ? timer.deadline_ms_ : earliest_ms;
  if (due - now_ms_ > kReach) due = now_ms_ + kReach;  // fires early, and is inserted again
  int level = 0;
  while (level < kLevels - 1 && (due - now_ms_) >> (kBits * (level + 1)) != 0) ++level;
  const int shift = kBits * level;
  const std::size_t slot = (due >> shift) & (kSlots - 1);
  timer.slot_ms_ = (due >> shift) << shift;
  timer.wheel_ = this;
  levels_[level].slots[slot].push_back(timer);
  levels_[level].occupied[slot / 64] |= std::uint64_t{1} << (slot % 64);
}

void TimerWheel::remove(Timer& timer) noexcept {
  timer.unlink();  // an emptied slot keeps its bit until it is looked at
  --count_;
}

void TimerWheel::fire_slot(std::size_t slot) noexcept {
  base::IntrusiveList<Timer> due;
  Level& level = levels_[0];
  level.occupied[slot / 64] &= ~(std::uint64_t{1} << (slot % 64));
  while (Timer* timer = level.slots[slot].front()) due.push_back(*timer);
  while (Timer* timer = due.front()) {
    timer->unlink();
    --count_;
    if (timer->deadline_ms_ == Timer::kNever) continue;
    if (timer->deadline_ms_ > now_ms_) {
      insert(*timer);
      continue;
    }
    timer->deadline_ms_ = Timer::kNever;
    timer->on_timer();
  }
}

void TimerWheel::cascade(int level) noexcept {
  const std::size_t slot = (now_ms_ >> (kBits * level)) & (kSlots - 1);
  Level& from = levels_[level];
  from.occupied[slot / 64] &= ~(std::uint64_t{1} << (slot % 64));
  base::IntrusiveList<Timer> moved;
  while (Timer* timer = from.slots[slot].front()) moved.push_back(*timer);
  while (Timer* timer = moved.front()) {
    timer->unlink();
    if (timer->deadline_ms_ == Timer::kNever) {
      --count_;
      continue;
    }
    place(*timer, now_ms_);  // this millisecond's slot fires right after
  }
}

void TimerWheel::advance(std::uint64_t now_ms) noexcept {
  advancing_ = true;
  while (now_ms_ < now_ms) {
    if (count_ == 0) {
      now_ms_ = now_ms;
      break;
    }
    const std::uint64_t next = next_ms();
    if (next > now_ms) {
      now_ms_ = now_ms;
      break;
    }
    now_ms_ = next;
    for (int level = kLevels - 1; level > 0; --level) {
      if ((now_ms_ & ((std::uint64_t{1} << (kBits * level)) - 1)) == 0) cascade(level);
    }
    fire_slot(now_ms_ & (kSlots - 1));
  }
  advancing_ = false;
  const std::uint64_t next = next_ms();
  driver_at_ = next;
  if (next != Timer::kNever) driver_.wake_at(next);
}

int TimerWheel::next_occupied(const Level& level, std::size_t from) noexcept {
  for (std::size_t step = 0; step <= kSlots / 64; ++step) {
    const std::size_t word = (from / 64 + step) % (kSlots / 64);
    std::uint64_t bits = level.occupied[word];
    if (step == 0) bits &= ~std::uint64_t{0} << (from % 64);
    if (step == kSlots / 64) bits &= (from % 64) == 0 ? 0 : (std::uint64_t{1} << (from % 64)) - 1;
    if (bits != 0)
      return static_cast<int>(word * 64 + static_cast<std::size_t>(std::countr_zero(bits)));
  }
  return -1;
}

std::uint64_t TimerWheel::next_ms() const noexcept {
  if (count_ == 0) return Timer::kNever;
  std::uint64_t best = Timer::kNever;
  for (int level = 0; level < kLevels; ++level) {
    const int shift = kBits * level;
    const std::uint64_t current = now_ms_ >> shift;
    const int slot = next_occupied(levels_[level], (current + 1) & (kSlots - 1));
    if (slot < 0) continue;
    const std::uint64_t ahead = (static_cast<std::uint64_t>(slot) - current - 1) & (kSlots - 1);
    const std::uint64_t at = (current + 1 + ahead) << shift;
    if (at < best) best = at;
  }
  return best;
}

}  // namespace sluice::net
