#include "delivery/live_sender.h"

#include <algorithm>
#include <iterator>

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

LiveSender::LiveSender(std::string run_id, const Destination& to, Spool& spool, DeliveryOptions options, Clock& clock,
                       const DeliveredBefore* before, LedgerBoard& board)
    : run_id_(std::move(run_id)),
      output_(*to.output),
      spool_(spool),
      options_(std::move(options)),
      clock_(clock),
      news_(std::exchange(options_.news, {})),
      board_(board) {
  if (before != nullptr) resume(*before, to);
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

std::optional<SentSlots> LiveSender::sent_of(const Run& run,
                                             const std::optional<std::vector<std::int64_t>>& changes) const {
  if (outdated_ || (grows_ && !changes) || (sent_.any() && !sent_.same_width(run))) return {};
  if (!output_.replaces_slots())
    return sent_.has_changed_in(run) ? std::nullopt : std::optional<SentSlots>(std::in_place);
  SentSlots sent = sent_.unchanged_in(run);
  if (grows_ && !changes->empty()) {
    std::vector<std::int64_t> but;
    std::ranges::set_union(sent.but, *changes, std::back_inserter(but));
    sent.but = std::move(but);
    sent.moved = true;  // what tells of the course of something has its place by the slot in which it began
  }
  return sent;
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
  if (sent_.has_moved(run) && output_.remove_whole(run)) sent_.forget_whole();
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
    const bool is_known = sent_.any() && !sent_.has_moved(run);
    sent_.attempt(run);
    if (!is_known) keep_sent();  // whoever goes on after a kill knows of what start something may be there
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

void LiveSender::resume(const DeliveredBefore& before, const Destination& to) {
  outdated_ = true;
  if (!output_.replaces_slots()) return;
  grows_ = before.is_whole_at(to);
  std::optional<SentSoFar> known;
  if (spool_.has(run_id_, output_.name()) && open_place()) {
    known = SentSoFar::from_state(place_->queue().state());
    if (!known) place_.reset();
  }
  if (!known && grows_) known = SentSoFar::whole(*before.run);
  if (!known) return;
  sent_ = *std::move(known);
  outdated_ = false;
  keep_sent();  // soon the store no longer knows what was delivered
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

void LiveSender::post(const Run& run) {
  board_.post(output_.name(), {run.samples_of(SampleKind::request), sends_ ? sent_.samples() : 0, 0});
}

}  // namespace omniwriter
