#include "delivery/queued_delivery.h"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <optional>
#include <utility>

#include "base/try.h"
#include "delivery/dead_letters.h"
#include "delivery/sender.h"
#include "delivery/sent_so_far.h"

namespace omniwriter {
namespace {

using nlohmann::json;

std::string to_state(const LedgerEntry& ledger, std::uint64_t dead_letter_bytes, const SentSlots& sent) {
  json state{{"accepted", ledger.accepted}, {"rejected", ledger.rejected}, {"items", ledger.items},
             {"retries", ledger.retries},   {"problems", ledger.problems}, {"dead_letter_bytes", dead_letter_bytes}};
  if (!sent.none() || sent.moved) state["told"] = {{"end", sent.end}, {"but", sent.but}, {"moved", sent.moved}};
  std::string text = state.dump(-1, ' ', false, json::error_handler_t::replace);
  if (text.size() > SpoolQueue::kMaxState) {
    state["problems"] = json::array({"see the dead letters"});
    text = state.dump();
  }
  return text;
}

// A state that cannot be read is that of a queue whose delivery begins.
std::uint64_t restore_state(const std::string& text, LedgerEntry& ledger, SentSlots& sent) {
  const json state = json::parse(text, nullptr, false);
  if (!state.is_object()) return 0;
  ledger.accepted = state.value("accepted", std::uint64_t{0});
  ledger.rejected = state.value("rejected", std::uint64_t{0});
  ledger.items = state.value("items", std::uint64_t{0});
  ledger.retries = state.value("retries", std::uint64_t{0});
  ledger.problems = state.value("problems", std::vector<std::string>());
  if (state.contains("told")) {
    sent.end = state["told"].value("end", SentSlots().end);
    sent.but = state["told"].value("but", std::vector<std::int64_t>());
    sent.moved = state["told"].value("moved", false);
  }
  return state.value("dead_letter_bytes", std::uint64_t{0});
}

/// One run on its way through its queue.
class QueuedDelivery {
 public:
  QueuedDelivery(const Run& run, Output& output, Spool& spool, const DeliveryOptions& options, Clock& clock,
                 std::uint64_t jitter_seed, const SentSlots& sent)
      : run_(run),
        output_(output),
        spool_(spool),
        board_(options.board),
        sent_(sent),
        sender_(output, options, clock, jitter_seed, ledger_,
                {.keep = [this](const std::vector<Refused>& refused) { return keep_dead_letters(refused); },
                 .done = [this](std::uint64_t number) { acknowledge_sent(number); }}) {
    ledger_.output = output.name();
  }

  LedgerEntry deliver(Start start) {
    post();
    if (open(start) && take_back_whole()) {
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
  static constexpr std::size_t kCommitBytes = std::size_t{2} << 20;

  // Tries until it succeeds or the time to give up has come.
  bool insist(const std::function<Result<void>()>& act) {
    auto done = act();
    if (done) return true;
    while (!done && sender_.go_on_after(done.error())) done = act();
    if (done) sender_.progress();
    return done.has_value();
  }

  bool open(Start start) {
    return insist([&]() -> Result<void> {
      place_.reset();
      auto place = spool_.open(run_.info.run_id, output_.name());
      if (!place) {
        // Another process is already delivering this run. Resuming: leave it to that process. Fresh data: wait for the
        // lock.
        Error error = std::move(place).error();
        if (error.code == ErrorCode::busy && start == Start::resume) error.retryable = false;
        return std::unexpected(std::move(error));
      }
      if (start == Start::fresh) {
        if (auto cleared = place->clear(); !cleared) return cleared;
        if (auto kept = keep_sent(place->queue()); !kept) return kept;
      } else if (const auto live = SentSoFar::from_state(place->queue().state())) {
        // Whoever followed the test was killed.
        if (output_.replaces_slots()) sent_ = live->unchanged_in(run_);
        if (auto kept = keep_sent(place->queue()); !kept) return kept;
      } else {
        dead_letter_bytes_ = restore_state(place->queue().state(), ledger_, sent_);
      }
      place_.emplace(*std::move(place));
      room_ = spool_.room() + place_->queue().bytes();
      return {};
    });
  }

  // Before anything is in the queue: which items those are depends on it.
  Result<void> keep_sent(SpoolQueue& queue) {
    if (sent_.none() && !sent_.moved) return {};
    ledger_.accepted = 0;
    run_.for_each_total(
        [&](std::int64_t slot, const Tally& all) { ledger_.accepted += sent_.has(slot) ? all.samples() : 0; },
        {.end = sent_.end});
    return queue.acknowledge(0, to_state(ledger_, 0, sent_));
  }

  // Before it is sent anew, to another place. What cannot be taken back at all is no reason not to.
  bool take_back_whole() {
    if (!sent_.moved) return true;
    const bool settled = insist([&]() -> Result<void> {
      auto removed = output_.remove_whole(run_);
      if (removed || removed.error().retryable) return removed;
      ledger_.problems.push_back(not_taken_back(removed.error()));
      return {};
    });
    if (settled) sent_.moved = false;
    return settled;
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
      const auto put = [&](OutputItem item) {
        if (sender_.ends()) throw BrokenOff();  // a long run takes seconds to encode
        emit(std::move(item));
      };
      if (sent_.none()) {
        output_.encode(run_, put);
      } else {
        output_.encode_rest(run_, sent_, put);
      }
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
    read_queue();
    return sender_.finish();
  }

  void read_queue() {
    SpoolQueue& queue = place_->queue();
    SpoolQueue::Reading reading = queue.read();
    Batcher batch(sender_);
    std::uint64_t behind = queue.acknowledged();  // number behind the last item of the batch
    const auto flush = [&] { return batch.empty() || (sender_.prepare() && sender_.send(batch.take(), behind)); };
    while (!sender_.ends()) {
      auto next = reading.next();
      if (!next) {
        sender_.go_on_after(next.error());
        continue;
      }
      if (!*next) break;
      if (const auto* lost = std::get_if<SpoolQueue::Lost>(&**next)) {
        // What comes after may not be acknowledged before these are sent, so what came before goes first.
        if (!flush() || !sender_.finish()) return;
        lost_.push_back(*lost);
        continue;
      }
      auto& [number, record] = std::get<SpoolQueue::Read>(**next);
      if ((record.flags & kEnd) != 0) {
        is_filled_ = true;
        continue;
      }
      OutputItem item{std::move(record.bytes), record.weight, (record.flags & kStartsBatch) != 0};
      if (batch.is_full_for(item) && !flush()) return;
      batch.add(std::move(item));
      behind = number + 1;
    }
    // The run's own item is sent last: a reader who sees it can rely on all others.
    if (!sender_.stopped() && sender_.finish()) flush();
  }

  // Where to go on is kept for speed and for the count: what is sent twice shows once. So a disk that does not take it
  // is no reason to stop.
  void acknowledge(std::uint64_t number) {
    post();
    std::ignore = place_->queue().acknowledge(number, to_state(ledger_, dead_letter_bytes_, sent_));
  }

  void acknowledge_sent(std::uint64_t number) {
    if (lost_.empty()) acknowledge(number);
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
      if (batch.is_full_for(item) && sender_.prepare()) sender_.send(batch.take(), own);
      batch.add(std::move(item));
    });
    if (!batch.empty() && !sender_.stopped() && sender_.prepare()) sender_.send(batch.take(), number);
    sender_.finish();
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
    const std::uint64_t settled = ledger_.accepted + ledger_.rejected;
    if (settled >= samples) return;
    ledger_.rejected += samples - settled;
    ledger_.problems.push_back(run_.reported ? "the load tool told no single samples"
                                             : run_.kept_samples->why_missing());
  }

  // What was refused is kept before it is acknowledged. Where that cannot be, it is not refused but pending: the
  // next delivery sends it again.
  bool keep_dead_letters(const std::vector<Refused>& refused) {
    std::string lines;
    for (const auto& [item, reason] : refused) {
      lines += to_line({run_.info.run_id, std::string(output_.name()), reason, item});
    }
    const auto keep = [&] { return write_dead_letters(lines); };
    return sender_.stopped() ? keep().has_value() : insist(keep);
  }

  Result<void> write_dead_letters(const std::string& lines) {
    if (!dead_letters_) {
      auto file = place_->open_dead_letters();
      if (!file) return std::unexpected(std::move(file).error());
      auto opened = DeadLetters::open(*std::move(file), dead_letter_bytes_);
      if (!opened) return std::unexpected(std::move(opened).error());
      dead_letters_.emplace(*std::move(opened));
    }
    auto added = dead_letters_->add(lines);
    dead_letter_bytes_ = dead_letters_->bytes();
    return added;
  }

  const Run& run_;
  Output& output_;
  Spool& spool_;
  LedgerBoard* board_;
  SentSlots sent_;
  LedgerEntry ledger_;
  Sender sender_;
  std::optional<SpoolPlace> place_;
  std::optional<DeadLetters> dead_letters_;  // opened for the first of them
  std::uint64_t dead_letter_bytes_ = 0;
  std::uint64_t room_ = 0;
  bool is_filled_ = false;
  std::vector<SpoolQueue::Lost> lost_;
};

}  // namespace

std::string not_taken_back(const Error& why) {
  return "what was told while the test went on is not taken back: " + why.message;
}

LedgerEntry deliver(const Run& run, Output& output, Spool& spool, Start start, const DeliveryOptions& options,
                    Clock& clock, std::uint64_t jitter_seed, const SentSlots& sent) {
  return QueuedDelivery(run, output, spool, options, clock, jitter_seed, sent).deliver(start);
}

}  // namespace omniwriter
