#include "pipeline/delivery.h"

#include <algorithm>
#include <iterator>
#include <nlohmann/json.hpp>
#include <optional>
#include <random>
#include <stop_token>
#include <thread>
#include <utility>

#include "pipeline/dead_letters.h"

namespace omniwriter {
namespace {

using nlohmann::json;

using Batch = std::vector<OutputItem>;

/// Brings batches to the output until each item is settled (accepted or rejected), or it has stopped.
class Sender {
 public:
  Sender(Output& output, const DeliveryOptions& options, Clock& clock, std::uint64_t jitter_seed, LedgerEntry& ledger,
         OnRejected rejected)
      : output_(output),
        options_(options),
        clock_(clock),
        random_(jitter_seed),
        ledger_(ledger),
        rejected_(std::move(rejected)),
        abort_(options.stop, [&output] { output.abort(); }) {}

  /// Whether the destination is ready. If not, it has stopped.
  bool prepare() {
    while (!prepared_) {
      if (ends()) return false;
      const auto ready = output_.prepare();
      prepared_ = ready.has_value();
      if (!prepared_ && !go_on_after(ready.error())) return false;
    }
    if (options_.notice) {
      if (const std::string notice = output_.take_notice(); !notice.empty()) options_.notice(output_.name(), notice);
    }
    progress();
    return true;
  }

  /// False where it stopped before all items were settled.
  bool send(Batch batch) {
    std::vector<Batch> todo;  // a stack: the parts of a batch go one after the other
    todo.push_back(std::move(batch));
    while (!todo.empty() && !ends()) {
      Batch next = std::move(todo.back());
      todo.pop_back();
      if (next.size() > at_most_) todo.push_back(split(next, at_most_));
      stall();
      const SendReport report = output_.send(next, options_.request_timeout);
      const std::size_t sent = next.size();
      Batch left = settle(std::move(next), report);
      if (left.empty()) {
        at_most_ = std::min(limits_.max_items, at_most_ * 2);
      } else if (report.retry == Retry::smaller || report.retry == Retry::bisect) {
        if (sent == 1) {
          reject(left.front(), report.retry_reason);
          continue;
        }
        if (report.retry == Retry::smaller) shrink(left);
        Batch second = split(left, (left.size() + 1) / 2);
        if (!second.empty()) todo.push_back(std::move(second));
        todo.push_back(std::move(left));
      } else if (may_wait(report) && wait(report.retry_after)) {
        ++ledger_.retries;
        // The same bytes again; but a server that stays down is asked with one item, not with megabytes.
        if (failures_ >= kFailuresToProbe) at_most_ = 1;
        todo.push_back(std::move(left));
      } else {
        stop(report.retry_reason);
      }
    }
    return !stopped_;
  }

  /// After something else than sending failed: waits, or stops.
  bool go_on_after(const Error& error) {
    stall();
    if (error.retryable && wait(std::chrono::milliseconds{0})) return true;
    stop(error.message);
    return false;
  }

  void progress() {
    stalled_since_.reset();
    failures_ = 0;
  }

  void stop(const std::string& reason) {
    stopped_ = true;
    problem(reason);
  }

  [[nodiscard]] bool stopped() const { return stopped_; }
  /// Whether it has stopped, or somebody asked for that.
  [[nodiscard]] bool ends() {
    if (!stopped_ && options_.stop.stop_requested()) stop("it was asked to end before all was sent");
    return stopped_;
  }
  /// What a batch may hold now.
  [[nodiscard]] const BatchLimits& limits() const { return limits_; }

 private:
  static constexpr int kFailuresToProbe = 3;

  // Leaves the first `count` items in `batch` and gives the others.
  static Batch split(Batch& batch, std::size_t count) {
    const auto middle = batch.begin() + static_cast<std::ptrdiff_t>(std::min(count, batch.size()));
    Batch rest(std::make_move_iterator(middle), std::make_move_iterator(batch.end()));
    batch.erase(middle, batch.end());
    return rest;
  }

  // Counts what the report settles and returns the rest.
  Batch settle(Batch batch, const SendReport& report) {
    enum class Fate : std::uint8_t { accepted, rejected, left };
    std::vector<Fate> fates(batch.size(), Fate::accepted);
    for (const RejectedItem& item : report.rejected) {
      if (item.index >= batch.size() || fates[item.index] == Fate::rejected) continue;
      fates[item.index] = Fate::rejected;
      reject(batch[item.index], item.reason);
    }
    for (const std::size_t index : report.retryable) {
      if (index < batch.size() && fates[index] == Fate::accepted) fates[index] = Fate::left;
    }
    Batch left;
    for (std::size_t i = 0; i < batch.size(); ++i) {
      if (fates[i] == Fate::left) {
        left.push_back(std::move(batch[i]));
      } else if (fates[i] == Fate::accepted) {
        ledger_.accepted += batch[i].samples;
        ++ledger_.items;
      }
    }
    if (left.size() < batch.size()) progress();
    return left;
  }

  void reject(const OutputItem& item, const std::string& reason) {
    if (rejected_) rejected_(item, reason);
    ledger_.rejected += item.samples;
    problem(reason);
    progress();
  }

  void problem(const std::string& reason) {
    auto& problems = ledger_.problems;
    if (problems.size() < LedgerEntry::kMaxProblems && std::ranges::find(problems, reason) == problems.end()) {
      problems.push_back(reason);
    }
  }

  void stall() { stalled_since_ = stalled_since_.value_or(clock_.steady()); }

  [[nodiscard]] bool may_wait(const SendReport& report) const {
    return report.retry == Retry::later || (report.retry == Retry::blocked && options_.wait_for_people);
  }

  // Sleeps until the next attempt is due; false where that is past the time to give up.
  bool wait(std::chrono::milliseconds asked) {
    const std::chrono::nanoseconds left = options_.give_up_after - (clock_.steady() - *stalled_since_);
    if (left.count() <= 0 || asked > left || options_.stop.stop_requested()) return false;
    std::chrono::nanoseconds pause = asked;
    const int doublings = std::min(failures_++, 20);
    if (asked.count() <= 0) {
      const auto most = std::min(options_.backoff_max, options_.backoff_min * (std::int64_t{1} << doublings));
      // Full jitter: clients that failed together do not come back together.
      std::uniform_int_distribution<std::int64_t> anywhere(0, std::chrono::nanoseconds(most).count());
      pause = std::chrono::nanoseconds(anywhere(random_));
    }
    clock_.sleep(std::min(pause, left), options_.stop);
    return !options_.stop.stop_requested();
  }

  void shrink(const Batch& too_large) {
    std::size_t bytes = 0;
    for (const OutputItem& item : too_large) bytes += item.bytes.size();
    limits_.max_items = std::max<std::size_t>(too_large.size() / 2, 1);
    limits_.max_bytes = std::max<std::size_t>(bytes / 2, 1);
  }

  Output& output_;
  const DeliveryOptions& options_;
  Clock& clock_;
  std::mt19937_64 random_;
  LedgerEntry& ledger_;
  OnRejected rejected_;
  BatchLimits limits_ = output_.limits();
  std::size_t at_most_ = limits_.max_items;                // less than that after failures
  std::optional<std::chrono::nanoseconds> stalled_since_;  // start of the first attempt that settled nothing
  int failures_ = 0;                                       // since something was settled
  bool prepared_ = false;
  bool stopped_ = false;
  std::stop_callback<std::function<void()>> abort_;
};

/// Gathers items to batches within the limits that hold just then.
class Batcher {
 public:
  explicit Batcher(const Sender& sender) : sender_(sender) {}

  /// Whether the batch has to go before `item` is added.
  [[nodiscard]] bool is_full_for(const OutputItem& item) const {
    const BatchLimits& limits = sender_.limits();
    return !batch_.empty() &&
           (item.starts_batch || batch_.size() >= limits.max_items || bytes_ + item.bytes.size() > limits.max_bytes);
  }
  void add(OutputItem item) {
    bytes_ += item.bytes.size();
    batch_.push_back(std::move(item));
  }
  [[nodiscard]] bool empty() const { return batch_.empty(); }
  [[nodiscard]] Batch take() {
    bytes_ = 0;
    return std::exchange(batch_, {});
  }

 private:
  const Sender& sender_;
  Batch batch_;
  std::size_t bytes_ = 0;
};

std::string to_state(const LedgerEntry& ledger, std::uint64_t dead_letter_bytes) {
  json state{{"accepted", ledger.accepted}, {"rejected", ledger.rejected}, {"items", ledger.items},
             {"retries", ledger.retries},   {"problems", ledger.problems}, {"dead_letter_bytes", dead_letter_bytes}};
  std::string text = state.dump(-1, ' ', false, json::error_handler_t::replace);
  if (text.size() > SpoolQueue::kMaxState) {
    state["problems"] = json::array({"see the dead letters"});
    text = state.dump();
  }
  return text;
}

// A state that cannot be read is that of a queue whose delivery begins.
std::uint64_t restore_state(const std::string& text, LedgerEntry& ledger) {
  const json state = json::parse(text, nullptr, false);
  if (!state.is_object()) return 0;
  ledger.accepted = state.value("accepted", std::uint64_t{0});
  ledger.rejected = state.value("rejected", std::uint64_t{0});
  ledger.items = state.value("items", std::uint64_t{0});
  ledger.retries = state.value("retries", std::uint64_t{0});
  ledger.problems = state.value("problems", std::vector<std::string>());
  return state.value("dead_letter_bytes", std::uint64_t{0});
}

/// One run on its way through its queue.
class QueuedDelivery {
 public:
  QueuedDelivery(const Run& run, Output& output, Spool& spool, const DeliveryOptions& options, Clock& clock,
                 std::uint64_t jitter_seed)
      : run_(run),
        output_(output),
        spool_(spool),
        board_(options.board),
        sender_(output, options, clock, jitter_seed, ledger_,
                [this](const OutputItem& item, const std::string& reason) { set_aside(item, reason); }) {
    ledger_.output = output.name();
  }

  LedgerEntry deliver(Begin begin) {
    post();
    if (open(begin)) {
      post();
      if (!send_queue() || !is_filled_) {
        if (fill()) send_queue();
      }
      if (!sender_.stopped()) send_lost();
      if (!sender_.stopped()) finish();
    }
    const std::uint64_t settled = ledger_.accepted + ledger_.rejected;
    const std::uint64_t samples = run_.samples_of(SampleKind::request);
    ledger_.pending = samples - std::min(samples, settled);
    ledger_.settled = !sender_.stopped();
    post();
    return std::move(ledger_);
  }

 private:
  static constexpr std::uint32_t kStartsBatch = 1;
  static constexpr std::uint32_t kEnd = 2;  // no item: all are in the queue
  static constexpr std::size_t kCommitBytes = std::size_t{4} << 20;

  // Tries until it succeeds or the time to give up has come.
  bool insist(const std::function<Result<void>()>& act) {
    auto done = act();
    if (done) return true;
    while (!done && sender_.go_on_after(done.error())) done = act();
    if (done) sender_.progress();
    return done.has_value();
  }

  bool open(Begin begin) {
    return insist([&]() -> Result<void> {
      place_.reset();
      auto place = spool_.open(run_.info.run_id, output_.name());
      if (!place) {
        // Who is at it does what we came for; but what is new has to go.
        Error error = std::move(place).error();
        if (error.code == ErrorCode::refused && begin == Begin::where_it_stopped) error.retryable = false;
        return std::unexpected(std::move(error));
      }
      if (begin == Begin::anew) {
        if (auto cleared = place->clear(); !cleared) return cleared;
      }
      dead_letter_bytes_ = restore_state(place->queue().state(), ledger_);
      place_.emplace(*std::move(place));
      room_ = spool_.room() + place_->queue().bytes();
      return {};
    });
  }

  // Encodes into the queue what is not in it yet. The items of a run are the same each time, so their count tells.
  bool fill() {
    SpoolQueue& queue = place_->queue();
    const std::uint64_t there = queue.next_number();
    std::uint64_t number = 0;
    const bool whole = encode([&](const OutputItem& item) {
      if (number++ < there) return;
      queue.append({item.bytes, item.samples, item.starts_batch ? kStartsBatch : 0});
      if (queue.uncommitted_bytes() < kCommitBytes) return;
      commit();
      if (queue.bytes() > room_) send_queue();  // which deletes what is settled
    });
    if (!whole) return false;
    queue.append({{}, 0, kEnd});
    return commit();
  }

  // False where it was broken off, for it has stopped.
  bool encode(const std::function<void(OutputItem)>& emit) {
    struct BrokenOff {};
    try {
      output_.encode(run_, [&](OutputItem item) {
        if (sender_.ends()) throw BrokenOff();  // a long run takes seconds to encode
        emit(std::move(item));
      });
    } catch (const BrokenOff&) {
      return false;
    }
    return true;
  }

  bool commit() {
    return insist([&] { return place_->queue().commit(); });
  }

  // Sends what the queue holds. False where it stopped.
  bool send_queue() {
    SpoolQueue& queue = place_->queue();
    SpoolQueue::Reading reading = queue.read();
    Batcher batch(sender_);
    std::uint64_t behind = queue.acknowledged();  // number behind the last item of the batch
    const auto flush = [&] {
      if (batch.empty()) return true;
      if (!sender_.prepare()) return false;
      sender_.send(batch.take());
      if (!keep_dead_letters() || sender_.stopped()) return false;
      if (lost_.empty()) acknowledge(behind);
      return true;
    };
    while (!sender_.ends()) {
      auto next = reading.next();
      if (!next) {
        sender_.go_on_after(next.error());
        continue;
      }
      if (!*next) break;
      if (const auto* lost = std::get_if<SpoolQueue::Lost>(&**next)) {
        // What comes after may not be acknowledged before these are sent, so the batch goes first.
        if (!flush()) return false;
        lost_.push_back(*lost);
        continue;
      }
      auto& [number, record] = std::get<SpoolQueue::Read>(**next);
      if ((record.flags & kEnd) != 0) {
        is_filled_ = true;
        continue;
      }
      OutputItem item{std::move(record.bytes), record.weight, (record.flags & kStartsBatch) != 0};
      if (batch.is_full_for(item) && !flush()) return false;
      batch.add(std::move(item));
      behind = number + 1;
    }
    return !sender_.stopped() && flush();
  }

  // Where to go on is kept for speed and for the count: what is sent twice shows once. So a disk that does not take it
  // is no reason to stop.
  void acknowledge(std::uint64_t number) {
    post();
    std::ignore = place_->queue().acknowledge(number, to_state(ledger_, dead_letter_bytes_));
  }

  // Records that were damaged on the disk are made anew.
  void send_lost() {
    if (lost_.empty()) return;
    Batcher batch(sender_);
    std::uint64_t number = 0;
    encode([&](OutputItem item) {
      const std::uint64_t own = number++;
      const bool is_lost =
          std::ranges::any_of(lost_, [&](const SpoolQueue::Lost& lost) { return own >= lost.first && own < lost.end; });
      if (!is_lost) return;
      if (batch.is_full_for(item)) sender_.send(batch.take());
      batch.add(std::move(item));
    });
    if (!batch.empty() && !sender_.stopped() && sender_.prepare()) sender_.send(batch.take());
    keep_dead_letters();
  }

  void finish() {
    reject_what_was_not_kept();
    // Should the disk not let go of it, the next delivery finds a queue whose end is acknowledged.
    acknowledge(place_->queue().next_number());
    std::ignore = place_->close(dead_letter_bytes_ != 0);
  }

  void post() const {
    if (board_ == nullptr) return;
    board_->post(output_.name(), {run_.samples_of(SampleKind::request), ledger_.accepted, ledger_.rejected});
  }

  // There is no item of these.
  void reject_what_was_not_kept() {
    if (!output_.takes_samples() || !run_.kept_samples) return;
    const std::uint64_t samples = run_.samples_of(SampleKind::request);
    const std::uint64_t told = ledger_.accepted + ledger_.rejected;
    if (told >= samples) return;
    ledger_.rejected += samples - told;
    ledger_.problems.push_back(run_.reported ? "the load tool told no single samples"
                                             : run_.kept_samples->why_missing());
  }

  void set_aside(const OutputItem& item, const std::string& reason) {
    letters_ += to_line({run_.info.run_id, std::string(output_.name()), reason, item});
    samples_of_letters_ += item.samples;
  }

  // What was refused is kept before it is acknowledged. Where that cannot be, it is not refused but pending: the
  // next delivery sends it again.
  bool keep_dead_letters() {
    if (letters_.empty()) return true;
    const auto keep = [&] { return write_dead_letters(); };
    const bool kept = sender_.stopped() ? keep().has_value() : insist(keep);
    if (!kept) ledger_.rejected -= samples_of_letters_;
    letters_.clear();
    samples_of_letters_ = 0;
    return kept;
  }

  Result<void> write_dead_letters() {
    if (!dead_letters_) {
      auto file = place_->open_dead_letters();
      if (!file) return std::unexpected(std::move(file).error());
      auto opened = DeadLetters::open(*std::move(file), dead_letter_bytes_);
      if (!opened) return std::unexpected(std::move(opened).error());
      dead_letters_.emplace(*std::move(opened));
    }
    auto added = dead_letters_->add(letters_);
    dead_letter_bytes_ = dead_letters_->bytes();
    return added;
  }

  const Run& run_;
  Output& output_;
  Spool& spool_;
  LedgerBoard* board_;
  LedgerEntry ledger_;
  Sender sender_;
  std::optional<SpoolPlace> place_;
  std::optional<DeadLetters> dead_letters_;  // opened for the first of them
  std::uint64_t dead_letter_bytes_ = 0;
  std::string letters_;  // of what was refused and is not yet kept
  std::uint64_t samples_of_letters_ = 0;
  std::uint64_t room_ = 0;
  bool is_filled_ = false;
  std::vector<SpoolQueue::Lost> lost_;
};

}  // namespace

LedgerEntry deliver(const Run& run, Output& output, Spool& spool, Begin begin, const DeliveryOptions& options,
                    Clock& clock, std::uint64_t jitter_seed) {
  return QueuedDelivery(run, output, spool, options, clock, jitter_seed).deliver(begin);
}

std::vector<LedgerEntry> deliver_to_all(const Run& run, const std::vector<Destination>& destinations, Spool& spool,
                                        Begin begin, const DeliveryOptions& options, Clock& clock,
                                        const BeforeDelivery& before) {
  std::vector<LedgerEntry> entries(destinations.size());
  const auto board = std::make_shared<LedgerBoard>();
  DeliveryOptions shown = options;
  shown.board = board.get();
  for (const auto& [target, output] : destinations) {
    board->post(output->name(), {run.samples_of(SampleKind::request), 0, 0});
    output->show_ledger(board);
  }
  std::vector<std::jthread> threads;
  threads.reserve(destinations.size());
  for (std::size_t i = 0; i < destinations.size(); ++i) {
    threads.emplace_back([&, i] {
      if (before) {
        const std::stop_callback abort(options.stop, [&] { destinations[i].output->abort(); });
        before(i);
      }
      const auto jitter_seed = static_cast<std::uint64_t>(clock.wall_ns()) + i;
      entries[i] = deliver(run, *destinations[i].output, spool, begin, shown, clock, jitter_seed);
      entries[i].target = destinations[i].target;
    });
  }
  threads.clear();  // waits for all
  return entries;
}

LedgerEntry send_now(std::vector<OutputItem> items, Output& output, const DeliveryOptions& options, Clock& clock,
                     std::uint64_t jitter_seed, const OnRejected& rejected) {
  LedgerEntry ledger;
  ledger.output = output.name();
  Sender sender(output, options, clock, jitter_seed, ledger, rejected);
  std::uint64_t samples = 0;
  for (const OutputItem& item : items) samples += item.samples;
  Batcher batch(sender);
  bool goes_on = sender.prepare();
  for (OutputItem& item : items) {
    if (goes_on && batch.is_full_for(item)) goes_on = sender.send(batch.take());
    if (!goes_on) break;
    batch.add(std::move(item));
  }
  if (goes_on && !batch.empty()) sender.send(batch.take());
  ledger.pending = samples - ledger.accepted - ledger.rejected;
  ledger.settled = !sender.stopped();
  return ledger;
}

LedgerEntry send_now(const Run& run, Output& output, const DeliveryOptions& options, Clock& clock,
                     std::uint64_t jitter_seed) {
  std::vector<OutputItem> items;
  output.encode(run, [&](OutputItem item) { items.push_back(std::move(item)); });
  return send_now(std::move(items), output, options, clock, jitter_seed);
}

}  // namespace omniwriter
