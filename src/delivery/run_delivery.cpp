#include "delivery/run_delivery.h"

#include <chrono>
#include <deque>
#include <latch>
#include <stop_token>
#include <thread>
#include <utility>

#include "delivery/live_sender.h"

namespace omniwriter {

RunDelivery::RunDelivery(std::string run_id, const std::vector<Destination>& destinations, Spool spool,
                         DeliveryOptions options, Clock& clock, std::optional<DeliveredBefore> before)
    : run_id_(std::move(run_id)),
      destinations_(destinations),
      spool_(std::move(spool)),
      options_(std::move(options)),
      clock_(clock),
      before_(std::move(before)),
      board_(std::make_shared<LedgerBoard>()) {
  for (const Destination& to : destinations_) to.output->show_ledger(board_);
  if (before_) begin_live();
}

RunDelivery::~RunDelivery() = default;

void RunDelivery::begin_live() {
  for (const Destination& to : destinations_) {
    live_.push_back(
        std::make_unique<LiveSender>(run_id_, to, spool_, options_, clock_, before_ ? &*before_ : nullptr, *board_));
  }
}

void RunDelivery::publish(const std::shared_ptr<const Run>& so_far, std::int64_t complete_before) {
  if (live_.empty()) begin_live();
  for (const auto& sender : live_) sender->publish(so_far, complete_before);
}

namespace {

/// Of a destination: whether nothing is taken back there any more.
using Latches = std::deque<std::latch>;

// What is taken back of a run at a server may be all that it has of it, single samples too.
void wait_for_others(std::size_t index, const std::vector<Destination>& destinations, Latches& nothing_taken_back) {
  for (std::size_t other = 0; other < destinations.size(); ++other) {
    const Destination& to = destinations[other];
    if (to.target == destinations[index].target && !to.output->takes_samples()) nothing_taken_back[other].wait();
  }
}

}  // namespace

std::vector<LedgerEntry> RunDelivery::finish(const Run& run, Start start, const std::stop_token& stop) {
  DeliveryOptions options = options_;
  options.board = board_.get();
  if (stop.stop_possible()) options.stop = stop;
  for (std::size_t i = 0; live_.empty() && i < destinations_.size(); ++i) {
    board_->post(destinations_[i].output->name(), {run.samples_of(SampleKind::request), 0, 0});
  }
  if (before_ && before_->run) changes_ = changed_slots(*before_->run, run);
  Latches nothing_taken_back;
  for (std::size_t i = 0; i < destinations_.size(); ++i) nothing_taken_back.emplace_back(1);
  std::vector<LedgerEntry> entries(destinations_.size());
  std::vector<std::jthread> threads;
  threads.reserve(destinations_.size());
  for (std::size_t i = 0; i < destinations_.size(); ++i) {
    threads.emplace_back([&, i] {
      DeliveryOptions own = options;
      if (destinations_[i].found) own.give_up_connecting = options.give_up_connecting_found;
      std::string problem;
      const SentSlots sent = settle_live(i, run, own, problem);
      nothing_taken_back[i].count_down();
      if (destinations_[i].output->takes_samples()) wait_for_others(i, destinations_, nothing_taken_back);
      entries[i] = deliver_to(i, run, start, own, sent);
      if (!problem.empty()) entries[i].problems.push_back(std::move(problem));
    });
  }
  threads.clear();  // waits for all
  return entries;
}

// Ends what is sent of the run that goes on, and takes back what is outdated of it. Gives what the output has.
SentSlots RunDelivery::settle_live(std::size_t index, const Run& run, const DeliveryOptions& options,
                                   std::string& problem) {
  if (live_.empty()) return {};
  Output& output = *destinations_[index].output;
  const std::stop_callback abort(options.stop, [&] { output.abort(); });
  live_[index]->stop();
  if (output.takes_samples()) return {};
  if (auto sent = live_[index]->sent_of(run, changes_)) return *std::move(sent);
  const auto removed = take_back(output, run, options);
  // An output that cannot take back at all replaces, or was sent nothing.
  if (!removed && removed.error().code != ErrorCode::usage) {
    problem = not_taken_back(removed.error());
  }
  return {};
}

// Tries for a few seconds what may succeed later: nobody else will take it back.
Result<void> RunDelivery::take_back(Output& from, const Run& run, const DeliveryOptions& options) {
  const auto begun = clock_.steady();
  std::chrono::nanoseconds pause = options.backoff_min;
  while (true) {
    auto removed = from.remove(run);
    const bool in_time = clock_.steady() - begun + pause <= options.give_up_connecting;
    if (removed || !removed.error().retryable || !in_time || options.stop.stop_requested()) return removed;
    clock_.sleep(pause, options.stop);
    pause *= 2;
  }
}

LedgerEntry RunDelivery::deliver_to(std::size_t index, const Run& run, Start start, const DeliveryOptions& options,
                                    const SentSlots& sent) {
  const Destination& to = destinations_[index];
  const auto tell = [&](DeliveryNews news) {
    if (options.news) options.news(news);
  };
  tell({DeliveryNews::What::begins, to.output->name(), to.target});
  const auto jitter_seed = static_cast<std::uint64_t>(clock_.wall_ns()) + index;
  LedgerEntry entry = deliver(run, *to.output, spool_, start, options, clock_, jitter_seed, sent);
  entry.target = to.target;
  entry.named = to.named;
  tell({DeliveryNews::What::ends, to.output->name()});
  return entry;
}

}  // namespace omniwriter
