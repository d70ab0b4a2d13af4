#include "delivery/live_sender.h"

#include <algorithm>
#include <vector>

#include "model/histogram_conversions.h"

namespace omniwriter {

Tally LiveSender::Recent::take(const Run& so_far, std::chrono::nanoseconds now) {
  known_.emplace_back(now, so_far.total().response_time);
  while (known_.size() > 1 && now - known_[1].first >= kAtLeast) known_.pop_front();
  // What was there before the first look may be of any time.
  Tally recent;
  if (known_.size() > 1) recent.response_time = difference(known_.back().second, known_.front().second);
  return recent;
}

LiveSender::LiveSender(std::string run_id, Output& output, Spool& spool, DeliveryOptions options, Clock& clock,
                       bool sent_before, LedgerBoard& board)
    : run_id_(std::move(run_id)),
      output_(output),
      spool_(spool),
      options_(std::move(options)),
      clock_(clock),
      news_(std::exchange(options_.news, {})),
      board_(board),
      outdated_(sent_before) {
  if (sent_before) resume();
  // The next state comes soon enough, and brings all that this one had: one attempt is enough.
  options_.give_up_after = std::chrono::milliseconds{0};
  thread_ = std::jthread([this](const std::stop_token& stop) { work(stop); });
}

LiveSender::~LiveSender() {
  if (thread_.joinable()) output_.abort();
}

void LiveSender::publish(std::shared_ptr<const Run> so_far, std::int64_t complete_before) {
  {
    const Lock lock(mutex_);
    next_ = State{std::move(so_far), complete_before};
  }
  changed_.notify_one();
}

void LiveSender::stop() {
  thread_.request_stop();
  thread_.join();
  place_.reset();
}

bool LiveSender::is_outdated_by(const Run& run) const {
  if (outdated_ || has_moved(run) || (sent_.any() && !sent_.same_width(run))) return true;
  return !output_.replaces_slots() && sent_.has_changed_in(run);
}

SentSlots LiveSender::sent_of(const Run& run) const {
  return output_.replaces_slots() ? sent_.unchanged_in(run) : SentSlots();
}

void LiveSender::work(const std::stop_token& stop) {
  stopped_ = stop;
  while (true) {
    State state;
    {
      Lock lock(mutex_);
      if (!changed_.wait(lock, stop, [&]() REQUIRES(mutex_) { return next_.has_value(); })) return;
      state = *std::exchange(next_, std::nullopt);
    }
    send(*state.run, state.complete_before);
  }
}

void LiveSender::send(const Run& run, std::int64_t complete_before) {
  if (sent_.is_ahead_of(run)) return;
  take_back_if_moved(run);
  // Slots may be wider now. What lies there in narrower ones is taken back in the end.
  if (!sent_.same_width(run)) outdated_ = outdated_ || sent_.any();
  sent_.begin(run);
  post(run);
  const Tally recent = recent_.take(run, clock_.steady());
  // A file that is there already may hold hours: in stretches, for all of its items would not fit in memory.
  constexpr std::int64_t kCellsAtOnce = 4000;
  const std::int64_t slots_at_once =
      std::max<std::int64_t>(kCellsAtOnce / static_cast<std::int64_t>(run.series.size() + 1), 1);
  const std::int64_t first = std::max(sent_.end(), run.slots().first);
  const std::int64_t end = std::max(sent_.end(), complete_before);
  for (std::int64_t from = std::min(first, end);; from += slots_at_once) {
    const bool is_last = end - from <= slots_at_once;
    const SlotRange fresh{sent_.end(), is_last ? end : from + slots_at_once};
    if (!send_slots(run, {fresh, recent}) || is_last || stopped_.stop_requested()) return;
  }
}

// False where the output takes nothing for now.
bool LiveSender::send_slots(const Run& run, const LiveNews& news) {
  std::vector<OutputItem> items;
  if (!output_.takes_samples()) {
    output_.encode_live(run, news, [&](OutputItem item) { items.push_back(std::move(item)); });
  }
  bool refused = false;
  if (!items.empty()) {
    sent_.attempt(run);
    if (!sent_.any()) keep_sent();  // whoever goes on after a kill knows that nothing is there of another start
    const LedgerEntry entry = send_now(std::move(items), output_, options_, clock_, 0);
    tell_of_outage(entry);
    // Some may have arrived all the same; they are sent again, with the same place.
    refused = !entry.problems.empty();
    outdated_ = outdated_ || (refused && !output_.replaces_slots());
    if (!entry.settled) return false;
    sends_ = true;
  }
  sent_.add(run, news.fresh.end, refused);
  keep_sent();
  post(run);
  return true;
}

void LiveSender::tell_of_outage(const LedgerEntry& entry) {
  if (!entry.problems.empty() && !failing_since_) {
    failing_since_ = clock_.steady();
    if (news_) news_({DeliveryNews::What::fails, output_.name(), entry.problems.front()});
  } else if (entry.problems.empty() && failing_since_) {
    const auto lasted = clock_.steady() - *std::exchange(failing_since_, std::nullopt);
    if (news_) news_({DeliveryNews::What::recovers, output_.name(), {}, lasted});
  }
}

// What another process sent of the run.
void LiveSender::resume() {
  if (!output_.replaces_slots() || !spool_.has(run_id_, output_.name()) || !open_place()) return;
  if (const auto known = SentSoFar::from_state(place_->queue().state())) {
    sent_ = *known;
    outdated_ = false;
  } else {
    place_.reset();
  }
}

bool LiveSender::open_place() {
  if (place_) return true;
  auto place = spool_.open(run_id_, output_.name());
  if (!place) return false;
  place_.emplace(*std::move(place));
  return true;
}

// Where that fails, a process that goes on sends all again.
void LiveSender::keep_sent() {
  if (!output_.replaces_slots() || !open_place()) return;
  std::ignore = place_->queue().acknowledge(place_->queue().acknowledged(), sent_.to_state());
}

// What has its place by a start that no longer is one.
void LiveSender::take_back_if_moved(const Run& run) {
  if (!has_moved(run)) return;
  if (!output_.remove(run)) outdated_ = true;
  sent_.forget();
}

bool LiveSender::has_moved(const Run& run) const { return output_.placed_by_start() && !sent_.same_start(run); }

void LiveSender::post(const Run& run) {
  board_.post(output_.name(), {run.samples_of(SampleKind::request), sends_ ? sent_.samples() : 0, 0});
}

}  // namespace omniwriter
