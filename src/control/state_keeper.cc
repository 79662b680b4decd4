#include "control/state_keeper.h"

#include <algorithm>
#include <utility>

namespace sluice::control {

namespace {

bool is_kept(const LoggedItem& item) {
  return item.target.starts_with("s:") && (item.set == "state" || item.set == "weight");
}

ChangeOrigin by_the_file(std::string note) {
  return {"", ChangeSource::Reload, "", std::move(note)};
}

}  // namespace

void StateKeeper::start(std::optional<StateFolder> folder, std::string configuration) {
  folder_ = std::move(folder);
  configuration_ = std::move(configuration);
  if (!folder_) return;
  chain_facts_.file = folder_->path_of(kAuditSuffix);
  const std::vector<LoggedItem> items = restore_overrides();
  take_lock();
  if (!folder_) return;
  if (keeps()) {
    restore_log(open_audit(), Alone::Yes);
  } else {
    hooks_.say("another process keeps its states in " + folder_->path_of(kStateSuffix) +
               ": those of this one are kept when it has ended");
    const auto text = folder_->read(kAuditSuffix);
    restore_log(read_log(text.value_or("")), Alone::No);
    hooks_.at(hooks_.now_ms() + kLockMs);
  }
  if (items.empty()) return;
  dirty_ = true;
  log_.begin(by_the_file("the configuration was edited"));
  for (const LoggedItem& item : items) log_.note({}, 0, item);
  LoggedChange& entry = log_.commit(hooks_.now_us());
  if (log_.told) log_.told(entry);
}

std::vector<LoggedItem> StateKeeper::restore_overrides() {
  const auto text = folder_->read(kStateSuffix);
  if (!text) {
    if (text.error().kind != base::ErrorKind::NotFound) hooks_.say(text.error().detail);
    return {};
  }
  auto document = parse_overrides(*text);
  if (document) {
    auto items = overrides_.restore(std::move(*document), *hooks_.snapshot(), hooks_.now_us());
    say_set_aside(items.size());
    return items;
  }
  const auto moved = folder_->rename(kStateSuffix, damaged_suffix(kStateSuffix));
  hooks_.say("the state file " + folder_->path_of(kStateSuffix) +
             " is not used: " + document.error().detail + "; it is " +
             (moved ? *moved + " now" : "left there: " + moved.error().detail));
  return {};
}

std::string StateKeeper::damaged_suffix(std::string_view suffix) const {
  return std::string(suffix) + ".damaged-" + std::to_string(hooks_.now_us() / 1'000'000);
}

void StateKeeper::say_set_aside(std::size_t count) const {
  const auto& all = overrides_.set_aside();
  for (std::size_t i = all.size() - std::min(count, all.size()); i < all.size(); ++i) {
    const Override& record = all[i].record;
    hooks_.say("set aside: " + record.set + " " + record.value + " of " + record.backend + "/" +
               record.server + ": " + all[i].why);
  }
}

/// No lock at all is no reason not to serve.
void StateKeeper::take_lock() {
  const auto locked = folder_->lock();
  if (locked) return;
  hooks_.say("states are not kept: " + locked.error().detail);
  folder_.reset();
  chain_facts_ = {};
}

/// What a start left of the changes of processes before: states and weights of servers, and the
/// expiry of those that are in force.
void StateKeeper::restore_log(AuditReading reading, Alone alone) {
  const std::vector<LoggedChange> expiring = overrides_.expiring();
  const auto is_expiring = [&expiring](const LoggedChange& entry) {
    return std::any_of(expiring.begin(), expiring.end(),
                       [&entry](const LoggedChange& each) { return each.id == entry.id; });
  };
  std::vector<LoggedChange>& entries = reading.entries;
  for (LoggedChange& entry : entries) {
    for (LoggedItem& item : entry.items) item.lapsed = !is_kept(item);
  }
  std::uint64_t next_id = reading.last_id + 1 + (alone == Alone::No ? kIdGap : 0);
  for (const LoggedChange& each : expiring) {
    const auto known = std::find_if(entries.begin(), entries.end(),
                                    [&](const LoggedChange& entry) { return entry.id == each.id; });
    if (known == entries.end()) {
      entries.push_back(each);
    } else if (known->confirmed_by) {  // only the state file has not heard of it
      dirty_ = overrides_.confirm(each.id);
    } else {
      known->items = each.items;
      known->expires_at_us = each.expires_at_us;
      known->undone_by.reset();  // it was not, or the record would be gone
    }
    next_id = std::max(next_id, each.id + 1);
  }
  std::sort(entries.begin(), entries.end(),
            [](const LoggedChange& a, const LoggedChange& b) { return a.id < b.id; });
  log_.restore(std::move(entries), next_id);
  for (LoggedChange& entry : log_.entries()) {
    if (entry.pending() && !is_expiring(entry)) log_.confirm(entry, "");
  }
}

/// With what the file before it has, so that a change that was just put away is still known. Who
/// throws old files away is told nothing of them.
AuditReading StateKeeper::read_log(std::string_view text) const {
  const AuditHead head = read_audit_head(text);
  AuditReading before;
  const bool named = head.before.starts_with(std::string(kAuditSuffix) + ".") &&
                     head.before.find('/') == std::string::npos;
  const auto old = named ? folder_->read(head.before) : base::Result<std::string>("");
  if (old) {
    before = read_audit(*old, ChangeLog::kMaxEntries);
  } else if (old.error().kind != base::ErrorKind::NotFound) {
    hooks_.say(old.error().detail);
  }
  if (before.last_hash != head.last_hash) {
    if (named && old) hooks_.say(folder_->path_of(head.before) + " is not whole: it is left out");
    before = {};
  }
  return read_audit(text, ChangeLog::kMaxEntries, std::move(before));
}

AuditReading StateKeeper::open_audit() {
  const auto text = folder_->read(kAuditSuffix);
  if (!text && text.error().kind != base::ErrorKind::NotFound) hooks_.say(text.error().detail);
  AuditReading reading = read_log(text.value_or(""));
  chain_ = AuditChain(reading.last_hash);
  audit_size_ = reading.whole_bytes;
  if (reading.damaged) mend_audit(*text, reading);
  if (reading.cut_short)
    hooks_.say("the last line of " + chain_facts_.file + " is half a line: it is left out");
  if (reading.whole_lines == 0 && !reading.damaged)
    lines_ += chain_.begun(hooks_.now_us(), configuration_);
  if (reading.broken_at) chain_facts_.broken_at = reading.broken_at;
  chain_facts_.intact = !chain_facts_.broken_at;
  return reading;
}

/// The whole file is kept under another name; what holds of it goes on, with a line that says where
/// it broke.
void StateKeeper::mend_audit(const std::string& text, AuditReading& reading) {
  const std::string suffix = damaged_suffix(kAuditSuffix);
  const auto kept = folder_->replace(suffix, text);
  const std::uint64_t first_id = reading.last_id + 1;
  const std::int64_t now_us = hooks_.now_us();
  std::string whole = text.substr(0, reading.whole_bytes);
  if (whole.empty()) whole = chain_.begun(now_us, configuration_);
  whole += chain_.broken(now_us, first_id, reading.whole_lines + 1, folder_->path_of(suffix));
  const auto mended = kept ? folder_->replace(kAuditSuffix, whole) : kept;
  reading.broken_at = first_id;
  reading.last_id += kIdGap;  // what follows the break had ids too
  audit_size_ = whole.size();
  std::string line = "the chain of " + chain_facts_.file + " breaks at line " +
                     std::to_string(reading.whole_lines + 1) + ", change " +
                     std::to_string(first_id) + ": ";
  if (mended) {
    hooks_.say(line + "the file as it was is " + folder_->path_of(suffix));
    return;
  }
  hooks_.say(line + "it cannot be set aside: " + mended.error().detail);
  folder_.reset();
}

/// The file gets a second name, then another one takes its first: there is a log at any moment.
void StateKeeper::roll_audit() {
  const std::string suffix = std::string(kAuditSuffix) + "." + std::to_string(log_.total()) + "-" +
                             chain_.last_hash().substr(0, 8);
  AuditChain next = chain_;
  const std::string first = next.goes_on(hooks_.now_us(), configuration_, log_.total(), suffix);
  auto done = folder_->link(kAuditSuffix, suffix);
  if (done) done = folder_->replace(kAuditSuffix, first);
  if (!done) {
    hooks_.say("the log of changes goes on in one file: " + done.error().detail);
    roll_at_ = audit_size_ + kRollBytes;
    return;
  }
  chain_ = std::move(next);
  audit_size_ = first.size();
  roll_at_ = kRollBytes;
}

void StateKeeper::told(LoggedChange& entry) {
  const Event event = entry.undone_by      ? Event::Undone
                      : entry.confirmed_by ? Event::Confirmed
                                           : Event::Change;
  if (event == Event::Change && overrides_.note(entry, *hooks_.snapshot())) dirty_ = true;
  if (event == Event::Confirmed && overrides_.confirm(entry.id)) dirty_ = true;
  if (!folder_) return;
  if (keeps() && audit_size_ > roll_at_ && !writing_ && lines_.empty()) roll_audit();
  if (keeps())
    seal(event, entry);
  else
    unsealed_.emplace_back(event, entry);
  hooks_.soon();
}

void StateKeeper::seal(Event event, LoggedChange& entry) {
  switch (event) {
    case Event::Change:
      lines_ += chain_.change(entry);
      return;
    case Event::Confirmed:
      lines_ += chain_.confirmed(entry, hooks_.now_us());
      return;
    case Event::Undone:
      lines_ += chain_.undone(entry, hooks_.now_us());
      return;
  }
}

std::vector<LoggedItem> StateKeeper::follow() {
  auto items = overrides_.follow(*hooks_.snapshot(), hooks_.now_us());
  say_set_aside(items.size());
  if (!items.empty()) dirty_ = true;
  return items;
}

void StateKeeper::when_saved(std::function<void()> saved) {
  if (!keeps() || (lines_.empty() && !dirty_ && !writing_)) {
    saved();
    return;
  }
  const std::uint64_t until_ms = hooks_.now_ms() + kPatienceMs;
  const bool under_way = writing_ && !dirty_ && lines_.size() == lines_sent_;
  (under_way ? in_flight_ : waiting_).push_back({std::move(saved), until_ms});
  hooks_.at(until_ms);
  hooks_.soon();
}

StateWriter::Batch StateKeeper::next_batch() {
  StateWriter::Batch batch;
  batch.audit = lines_;
  batch.audit_size = audit_size_;
  lines_sent_ = lines_.size();
  if (std::exchange(dirty_, false)) batch.overrides = overrides_.document();
  return batch;
}

void StateKeeper::flush() {
  if (stopped_ || !keeps() || writing_ || (lines_.empty() && !dirty_)) return;
  if (writer_ == nullptr) {
    writer_ = std::make_unique<StateWriter>(*folder_, [this] {
      hooks_.post([this] {
        if (writer_ == nullptr) return;
        if (const auto outcome = writer_->take_outcome()) finished(*outcome);
      });
    });
  }
  writing_ = true;
  std::move(waiting_.begin(), waiting_.end(), std::back_inserter(in_flight_));
  waiting_.clear();
  writer_->write(next_batch());
}

void StateKeeper::finished(const StateWriter::Outcome& outcome) {
  writing_ = false;
  if (outcome.audit) {
    audit_size_ += lines_sent_;
    lines_.erase(0, lines_sent_);
  }
  if (!outcome.overrides) dirty_ = true;
  std::string trouble;
  if (!outcome.audit) trouble = outcome.audit.error().detail;
  if (!outcome.overrides) trouble = outcome.overrides.error().detail;
  if (trouble != trouble_)
    hooks_.say(trouble.empty() ? "states are kept again" : "states are not kept: " + trouble);
  trouble_ = std::move(trouble);
  for (Waiting& each : std::exchange(in_flight_, {})) each.saved();
  if (lines_.empty() && !dirty_) return;
  if (trouble_.empty())
    flush();
  else
    hooks_.at(hooks_.now_ms() + kRetryMs);
}

void StateKeeper::tick() {
  if (!folder_) return;
  if (!keeps()) {
    take_lock();
    if (!folder_) return;
    if (!keeps()) return hooks_.at(hooks_.now_ms() + kLockMs);
    static_cast<void>(open_audit());
    if (!folder_) return;
    for (auto& [event, entry] : std::exchange(unsealed_, {})) {
      seal(event, entry);
      if (LoggedChange* kept = log_.find(entry.id)) kept->hash = entry.hash;
    }
    dirty_ = true;
    hooks_.say("states are kept in " + folder_->path_of(kStateSuffix));
  }
  flush();
  const std::uint64_t now_ms = hooks_.now_ms();
  std::vector<Waiting> over;
  for (auto* list : {&in_flight_, &waiting_}) {
    const auto late = std::partition(list->begin(), list->end(), [now_ms](const Waiting& each) {
      return each.until_ms > now_ms;
    });
    std::move(late, list->end(), std::back_inserter(over));
    list->erase(late, list->end());
  }
  if (!over.empty()) hooks_.say("states are not kept yet: the disk does not answer");
  for (Waiting& each : over) each.saved();
  for (const auto* list : {&in_flight_, &waiting_}) {
    for (const Waiting& each : *list) hooks_.at(each.until_ms);
  }
}

void StateKeeper::stop() {
  stopped_ = true;
  if (writer_ != nullptr) {
    writer_->finish();
    const auto outcome = writer_->take_outcome();
    writer_.reset();
    if (outcome) finished(*outcome);
  }
  if (keeps() && (!lines_.empty() || dirty_)) {
    writing_ = true;
    finished(StateWriter::write_now(*folder_, next_batch()));
  }
  folder_.reset();
  std::move(waiting_.begin(), waiting_.end(), std::back_inserter(in_flight_));
  waiting_.clear();
  for (Waiting& each : std::exchange(in_flight_, {})) each.saved();
}

}  // namespace sluice::control
