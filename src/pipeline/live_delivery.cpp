#include "pipeline/live_delivery.h"

#include <algorithm>
#include <condition_variable>
#include <deque>
#include <latch>
#include <limits>
#include <mutex>
#include <optional>
#include <stop_token>
#include <utility>

#include "model/histogram_conversions.h"

namespace omniwriter {
namespace {

// How many requests each slot of a run has, of all endpoints.
std::map<std::int64_t, std::uint64_t> samples_by_slot(const Run& run, SlotRange slots) {
  std::map<std::int64_t, std::uint64_t> samples;
  run.for_each_interval(
      [&](std::int64_t start, std::uint32_t /*users*/, const std::vector<Run::Cell>& cells) {
        for (const Run::Cell& cell : cells) samples[start / run.interval_seconds] += cell.tally->samples();
      },
      slots);
  return samples;
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
class LiveDelivery::Teller {
 public:
  Teller(Output& output, DeliveryOptions options, Clock& clock, bool outdated, LedgerBoard& board)
      : output_(output),
        options_(std::move(options)),
        clock_(clock),
        news_(std::exchange(options_.news, {})),
        board_(board),
        outdated_(outdated) {
    // The next state comes soon enough, and brings all that this one had: one attempt is enough.
    options_.give_up_after = std::chrono::milliseconds{0};
    thread_ = std::jthread([this](const std::stop_token& stop) { work(stop); });
  }
  ~Teller() {
    if (thread_.joinable()) output_.abort();
  }
  Teller(const Teller&) = delete;
  Teller& operator=(const Teller&) = delete;

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
  }

  // Whether the destination may hold what the finished run does not.
  [[nodiscard]] bool is_outdated_by(const Run& run) const {
    if (outdated_ || has_moved(run) || (!told_.empty() && interval_seconds_ != run.interval_seconds)) return true;
    const auto now = samples_by_slot(run, {std::numeric_limits<std::int64_t>::min(), told_until_});
    return std::ranges::any_of(told_, [&](const auto& told) {
      const auto same = now.find(told.first);
      return same == now.end() || same->second != told.second;
    });
  }

 private:
  struct State {
    std::shared_ptr<const Run> run;
    std::int64_t complete_before = 0;
  };

  void work(const std::stop_token& stop) {
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
    take_back_if_moved(run);
    if (interval_seconds_ != run.interval_seconds) {
      // Slots are wider now. What lies there in narrower ones is taken back in the end.
      outdated_ = outdated_ || !told_.empty();
      told_.clear();
      interval_seconds_ = run.interval_seconds;
      told_until_ = std::numeric_limits<std::int64_t>::min();
    }
    post(run);
    const SlotRange fresh{told_until_, std::max(told_until_, complete_before)};
    std::vector<OutputItem> items;
    if (!output_.takes_samples()) {
      const LiveNews news{fresh, recent_.take(run, clock_.steady())};
      output_.encode_live(run, news, [&](OutputItem item) { items.push_back(std::move(item)); });
    }
    if (!items.empty()) {
      told_start_ns_ = run.started_ns;
      const LedgerEntry entry = send_now(std::move(items), output_, options_, clock_, 0);
      if (!entry.problems.empty()) {
        // Some may have arrived all the same.
        outdated_ = true;
        if (!failing_since_) {
          failing_since_ = clock_.steady();
          if (news_) news_({DeliveryNews::What::fails, output_.name(), entry.problems.front()});
        }
        return;
      }
      if (failing_since_) {
        const auto lasted = clock_.steady() - *std::exchange(failing_since_, std::nullopt);
        if (news_) news_({DeliveryNews::What::recovers, output_.name(), {}, lasted});
      }
      tells_ = true;
    }
    told_.merge(samples_by_slot(run, fresh));
    told_until_ = fresh.end;
    post(run);
  }

  // What has its place by a start that no longer is one.
  void take_back_if_moved(const Run& run) {
    if (!has_moved(run)) return;
    if (!output_.remove(run)) outdated_ = true;
    told_.clear();
    told_until_ = std::numeric_limits<std::int64_t>::min();
    told_start_ns_.reset();
  }
  [[nodiscard]] bool has_moved(const Run& run) const {
    return output_.placed_by_start() && told_start_ns_ && *told_start_ns_ != run.started_ns;
  }

  void post(const Run& run) {
    LedgerCounts counts{run.samples_of(SampleKind::request), 0, 0};
    for (const auto& [slot, samples] : told_) counts.accepted += tells_ ? samples : 0;
    board_.post(output_.name(), counts);
  }

  Output& output_;
  DeliveryOptions options_;
  Clock& clock_;
  std::function<void(const DeliveryNews&)> news_;
  LedgerBoard& board_;

  std::mutex mutex_;
  std::condition_variable_any changed_;
  std::optional<State> next_;

  // Of the thread; and of others once it has ended.
  bool outdated_;
  bool tells_ = false;  // some outputs have nothing to tell before the run is over
  std::int64_t interval_seconds_ = 0;
  std::int64_t told_until_ = std::numeric_limits<std::int64_t>::min();
  std::map<std::int64_t, std::uint64_t> told_;  // slot -> requests
  std::optional<std::int64_t> told_start_ns_;   // of the run, when anything was told
  Recent recent_;
  std::optional<std::chrono::nanoseconds> failing_since_;

  std::jthread thread_;  // last: it uses all of the above
};

LiveDelivery::LiveDelivery(const std::vector<Destination>& destinations, const DeliveryOptions& options, Clock& clock,
                           bool resumed)
    : destinations_(destinations), clock_(clock), board_(std::make_shared<LedgerBoard>()) {
  for (const Destination& to : destinations) {
    to.output->show_ledger(board_);
    tellers_.push_back(std::make_unique<Teller>(*to.output, options, clock, resumed, *board_));
  }
}

LiveDelivery::~LiveDelivery() = default;

void LiveDelivery::publish(const std::shared_ptr<const Run>& so_far, std::int64_t complete_before) {
  for (const auto& teller : tellers_) teller->publish(so_far, complete_before);
}

std::vector<LedgerEntry> LiveDelivery::finish(const Run& run, Spool& spool, const DeliveryOptions& options) {
  std::vector<std::string> problems(destinations_.size());
  std::deque<std::latch> ready;  // nothing is taken back any more
  for (std::size_t i = 0; i < destinations_.size(); ++i) ready.emplace_back(1);
  const auto take_back = [&](std::size_t i) {
    tellers_[i]->stop();
    if (destinations_[i].output->takes_samples()) {
      // What is taken back of a run there may be all that the server has of it.
      for (std::size_t other = 0; other < destinations_.size(); ++other) {
        const Destination& to = destinations_[other];
        if (to.target == destinations_[i].target && !to.output->takes_samples()) ready[other].wait();
      }
      return;
    }
    if (!tellers_[i]->is_outdated_by(run)) return;
    const auto removed = destinations_[i].output->remove(run);
    // An output that cannot take back at all replaces, or was not told.
    if (!removed && removed.error().code != ErrorCode::usage) {
      problems[i] = "what was told while the test went on is not taken back: " + removed.error().message;
    }
  };
  const auto before = [&](std::size_t i) {
    take_back(i);
    ready[i].count_down();
  };
  auto ledger = deliver_to_all(run, destinations_, spool, Start::fresh, options, clock_, before);
  for (std::size_t i = 0; i < destinations_.size(); ++i) {
    if (!problems[i].empty()) ledger[i].problems.push_back(problems[i]);
  }
  return ledger;
}

}  // namespace omniwriter
