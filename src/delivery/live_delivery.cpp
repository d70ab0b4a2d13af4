#include "delivery/live_delivery.h"

#include <algorithm>
#include <condition_variable>
#include <deque>
#include <latch>
#include <limits>
#include <mutex>
#include <optional>
#include <stop_token>
#include <utility>

#include "delivery/told_so_far.h"
#include "model/histogram_conversions.h"

namespace omniwriter {
namespace {

// What can change of a slot that is over: requests that come late, users that another generator tells of.
struct SlotCounts {
  std::uint64_t samples = 0;
  std::uint32_t users = 0;
  bool operator==(const SlotCounts&) const = default;
};

std::map<std::int64_t, SlotCounts> counts_by_slot(const Run& run, SlotRange slots) {
  std::map<std::int64_t, SlotCounts> counts;
  run.for_each_total(
      [&](std::int64_t slot, const Tally& all) {
        const auto users = run.active_users.find(slot);
        counts.emplace(slot, SlotCounts{all.samples(), users == run.active_users.end() ? 0 : users->second});
      },
      slots);
  return counts;
}

// The requests that became known lately.
class Recent {
 public:
  Tally take(const Run& so_far, std::chrono::nanoseconds now) {
    known_.emplace_back(now, so_far.total().response_time);
    while (known_.size() > 1 && now - known_[1].first >= kAtLeast) known_.pop_front();
    // What was there before the first look may be of any time.
    Tally recent;
    if (known_.size() > 1) recent.response_time = difference(known_.back().second, known_.front().second);
    return recent;
  }

 private:
  static constexpr std::chrono::seconds kAtLeast{5};
  std::deque<std::pair<std::chrono::nanoseconds, Histogram>> known_;  // the first is older than kAtLeast
};

}  // namespace

// One output and its thread.
class LiveDelivery::LiveSender {
 public:
  LiveSender(std::string run_id, Output& output, Spool& spool, DeliveryOptions options, Clock& clock, bool resumed,
             LedgerBoard& board)
      : run_id_(std::move(run_id)),
        output_(output),
        spool_(spool),
        options_(std::move(options)),
        clock_(clock),
        news_(std::exchange(options_.news, {})),
        board_(board),
        outdated_(resumed) {
    if (resumed) resume();
    // The next state comes soon enough, and brings all that this one had: one attempt is enough.
    options_.give_up_after = std::chrono::milliseconds{0};
    thread_ = std::jthread([this](const std::stop_token& stop) { work(stop); });
  }
  ~LiveSender() {
    if (thread_.joinable()) output_.abort();
  }
  LiveSender(const LiveSender&) = delete;
  LiveSender& operator=(const LiveSender&) = delete;

  void publish(std::shared_ptr<const Run> so_far, std::int64_t complete_before) {
    {
      const std::lock_guard lock(mutex_);
      next_ = State{std::move(so_far), complete_before};
    }
    changed_.notify_one();
  }

  void stop() {
    thread_.request_stop();
    thread_.join();
    place_.reset();
  }

  // Whether the destination may hold what the finished run does not, and what it sends does not replace.
  [[nodiscard]] bool is_outdated_by(const Run& run) const {
    if (outdated_ || has_moved(run) || (tells_of_slots() && interval_seconds_ != run.interval_seconds)) {
      return true;
    }
    return !output_.replaces_slots() && !changed_slots(run).empty();
  }

  // What the destination knows of the finished run, if it is not outdated.
  [[nodiscard]] ToldSlots told_of(const Run& run) const {
    constexpr std::size_t kMost = 500;  // else all is told again
    if (!output_.replaces_slots() || !tells_of_slots()) return {};
    ToldSlots told{told_until_, changed_slots(run)};
    return told.but.size() <= kMost ? told : ToldSlots();
  }

 private:
  struct State {
    std::shared_ptr<const Run> run;
    std::int64_t complete_before = 0;
  };

  void work(const std::stop_token& stop) {
    stopped_ = stop;
    while (true) {
      State state;
      {
        std::unique_lock lock(mutex_);
        if (!changed_.wait(lock, stop, [&] { return next_.has_value(); })) return;
        state = *std::exchange(next_, std::nullopt);
      }
      tell(*state.run, state.complete_before);
    }
  }

  void tell(const Run& run, std::int64_t complete_before) {
    if (run.samples_of(SampleKind::request) < before_.read) return;  // what is known is being read again
    take_back_if_moved(run);
    if (interval_seconds_ != run.interval_seconds) {
      // Slots are wider now. What lies there in narrower ones is taken back in the end.
      outdated_ = outdated_ || tells_of_slots();
      interval_seconds_ = run.interval_seconds;
      forget_told();
    }
    post(run);
    const Tally recent = recent_.take(run, clock_.steady());
    // A file that is there already may hold hours: in stretches, for all of its items would not fit in memory.
    constexpr std::int64_t kCellsAtOnce = 4000;
    const std::int64_t slots_at_once =
        std::max<std::int64_t>(kCellsAtOnce / static_cast<std::int64_t>(run.series.size() + 1), 1);
    const std::int64_t first = std::max(told_until_, run.slots().first);
    const std::int64_t end = std::max(told_until_, complete_before);
    for (std::int64_t from = std::min(first, end);; from += slots_at_once) {
      const bool is_last = end - from <= slots_at_once;
      if (!tell_slots(run, {{told_until_, is_last ? end : from + slots_at_once}, recent}) || is_last) return;
      if (stopped_.stop_requested()) return;
    }
  }

  // False where that failed.
  bool tell_slots(const Run& run, const LiveNews& news) {
    std::vector<OutputItem> items;
    if (!output_.takes_samples()) {
      output_.encode_live(run, news, [&](OutputItem item) { items.push_back(std::move(item)); });
    }
    if (!items.empty()) {
      told_start_ns_ = run.started_ns;
      const LedgerEntry entry = send_now(std::move(items), output_, options_, clock_, 0);
      if (!entry.problems.empty()) {
        // Some may have arrived all the same; they are told again, with the same place.
        outdated_ = outdated_ || !output_.replaces_slots();
        if (!failing_since_) {
          failing_since_ = clock_.steady();
          if (news_) news_({DeliveryNews::What::fails, output_.name(), entry.problems.front()});
        }
        return false;
      }
      if (failing_since_) {
        const auto lasted = clock_.steady() - *std::exchange(failing_since_, std::nullopt);
        if (news_) news_({DeliveryNews::What::recovers, output_.name(), {}, lasted});
      }
      tells_ = true;
    }
    told_.merge(counts_by_slot(run, news.fresh));
    told_until_ = news.fresh.end;
    keep_told(run);
    post(run);
    return true;
  }

  void forget_told() {
    told_.clear();
    told_until_ = std::numeric_limits<std::int64_t>::min();
    before_ = {};
  }

  // What another process told of the run.
  void resume() {
    if (!output_.replaces_slots() || !spool_.has(run_id_, output_.name())) return;
    auto place = spool_.open(run_id_, output_.name());
    const auto known = place ? ToldSoFar::from_state(place->queue().state()) : std::nullopt;
    if (!known) return;
    place_.emplace(*std::move(place));
    before_ = *known;
    told_until_ = before_.end;
    told_start_ns_ = before_.started_ns;
    interval_seconds_ = before_.interval_seconds;
    outdated_ = false;
  }

  // Where that fails, a process that goes on tells all again.
  void keep_told(const Run& run) {
    if (!output_.replaces_slots() || told_until_ == ToldSoFar().end) return;
    if (!place_) {
      auto place = spool_.open(run_id_, output_.name());
      if (!place) return;
      place_.emplace(*std::move(place));
    }
    ToldSoFar known{told_until_, before_.samples, run.samples_of(SampleKind::request), interval_seconds_,
                    run.started_ns};
    for (const auto& [slot, told] : told_) known.samples += told.samples;
    std::ignore = place_->queue().acknowledge(place_->queue().acknowledged(), known.to_state());
  }

  [[nodiscard]] bool tells_of_slots() const { return !told_.empty() || before_.samples != 0; }

  // Those that got samples since they were told of; ascending.
  [[nodiscard]] std::vector<std::int64_t> changed_slots(const Run& run) const {
    std::vector<std::int64_t> changed;
    std::uint64_t samples_before = 0;  // in slots that another process told of
    for (const auto& [slot, counts] : counts_by_slot(run, {.end = told_until_})) {
      const auto told = told_.find(slot);
      if (told == told_.end() || told->second != counts) changed.push_back(slot);
      if (slot < before_.end) samples_before += counts.samples;
    }
    if (samples_before == before_.samples)
      std::erase_if(changed, [&](std::int64_t slot) { return slot < before_.end; });
    return changed;
  }

  // What has its place by a start that no longer is one.
  void take_back_if_moved(const Run& run) {
    if (!has_moved(run)) return;
    if (!output_.remove(run)) outdated_ = true;
    forget_told();
    told_start_ns_.reset();
  }
  [[nodiscard]] bool has_moved(const Run& run) const {
    return output_.placed_by_start() && told_start_ns_ && *told_start_ns_ != run.started_ns;
  }

  void post(const Run& run) {
    LedgerCounts counts{run.samples_of(SampleKind::request), 0, 0};
    for (const auto& [slot, told] : told_) counts.accepted += tells_ ? told.samples : 0;
    board_.post(output_.name(), counts);
  }

  std::string run_id_;
  Output& output_;
  Spool& spool_;
  DeliveryOptions options_;
  Clock& clock_;
  std::function<void(const DeliveryNews&)> news_;
  LedgerBoard& board_;

  std::mutex mutex_;
  std::condition_variable_any changed_;
  std::optional<State> next_;

  // Of the thread; and of others once it has ended.
  std::stop_token stopped_;
  bool outdated_;
  bool tells_ = false;  // some outputs have nothing to tell before the run is over
  std::int64_t interval_seconds_ = 0;
  std::int64_t told_until_ = std::numeric_limits<std::int64_t>::min();
  std::map<std::int64_t, SlotCounts> told_;    // by slot
  std::optional<std::int64_t> told_start_ns_;  // of the run, when anything was told
  ToldSoFar before_;
  std::optional<SpoolPlace> place_;  // where what is known is kept
  Recent recent_;
  std::optional<std::chrono::nanoseconds> failing_since_;

  std::jthread thread_;  // last: it uses all of the above
};

LiveDelivery::LiveDelivery(std::string run_id, const std::vector<Destination>& destinations, Spool spool,
                           const DeliveryOptions& options, Clock& clock, bool resumed)
    : destinations_(destinations), spool_(std::move(spool)), clock_(clock), board_(std::make_shared<LedgerBoard>()) {
  for (const Destination& to : destinations) {
    to.output->show_ledger(board_);
    senders_.push_back(std::make_unique<LiveSender>(run_id, *to.output, spool_, options, clock, resumed, *board_));
  }
}

LiveDelivery::~LiveDelivery() = default;

void LiveDelivery::publish(const std::shared_ptr<const Run>& so_far, std::int64_t complete_before) {
  for (const auto& sender : senders_) sender->publish(so_far, complete_before);
}

std::vector<LedgerEntry> LiveDelivery::finish(const Run& run, const DeliveryOptions& options) {
  std::vector<std::string> problems(destinations_.size());
  std::deque<std::latch> ready;  // nothing is taken back any more
  for (std::size_t i = 0; i < destinations_.size(); ++i) ready.emplace_back(1);
  const auto take_back = [&](std::size_t i) -> ToldSlots {
    senders_[i]->stop();
    if (destinations_[i].output->takes_samples()) {
      // What is taken back of a run there may be all that the server has of it.
      for (std::size_t other = 0; other < destinations_.size(); ++other) {
        const Destination& to = destinations_[other];
        if (to.target == destinations_[i].target && !to.output->takes_samples()) ready[other].wait();
      }
      return {};
    }
    if (!senders_[i]->is_outdated_by(run)) return senders_[i]->told_of(run);
    const auto removed = destinations_[i].output->remove(run);
    // An output that cannot take back at all replaces, or was not told.
    if (!removed && removed.error().code != ErrorCode::usage) {
      problems[i] = "what was told while the test went on is not taken back: " + removed.error().message;
    }
    return {};
  };
  const auto before = [&](std::size_t i) {
    ToldSlots told = take_back(i);
    ready[i].count_down();
    return told;
  };
  auto ledger = deliver_to_all(run, destinations_, spool_, Start::fresh, options, clock_, before);
  for (std::size_t i = 0; i < destinations_.size(); ++i) {
    if (!problems[i].empty()) ledger[i].problems.push_back(problems[i]);
  }
  return ledger;
}

}  // namespace omniwriter
