#include "delivery/sender.h"

#include <algorithm>
#include <iterator>
#include <utility>

namespace omniwriter {
namespace {

// A refused connection or an unknown host: who takes longer is slow, or far away.
constexpr std::chrono::seconds kSoon{1};

// Leaves the first `count` items in `batch` and gives the others.
Batch split(Batch& batch, std::size_t count) {
  const auto middle = batch.begin() + static_cast<std::ptrdiff_t>(std::min(count, batch.size()));
  Batch rest(std::make_move_iterator(middle), std::make_move_iterator(batch.end()));
  batch.erase(middle, batch.end());
  return rest;
}

}  // namespace

Sender::Sender(Output& output, const DeliveryOptions& options, Clock& clock, std::uint64_t jitter_seed,
               LedgerEntry& ledger, Callbacks callbacks)
    : output_(output),
      options_(options),
      clock_(clock),
      random_(jitter_seed),
      ledger_(ledger),
      callbacks_(std::move(callbacks)),
      limits_(output.limits()),
      at_most_(limits_.max_items),
      window_(limits_.requests),
      abort_(options.stop, [&output] { output.abort(); }),
      lanes_(output, options.request_timeout, clock, limits_.requests) {}

bool Sender::prepare() {
  if (prepared_) return true;
  if (!make_ready()) return false;
  if (options_.notice) {
    if (const std::string notice = output_.startup_message(); !notice.empty()) options_.notice(output_.name(), notice);
  }
  progress();
  return true;
}

bool Sender::make_ready() {
  prepared_ = false;
  while (!prepared_) {
    if (ends()) return false;
    const auto begun = clock_.steady();
    stall();
    const auto ready = output_.prepare();
    prepared_ = ready.has_value();
    if (prepared_) break;
    const Error& error = ready.error();
    const bool nobody = error.code == ErrorCode::unreachable && clock_.steady() - begun < kSoon;
    answered_ = answered_ || !nobody;
    const bool may_wait = error.retryable || options_.keep_retrying_blocked;
    if (may_wait && wait({.reason = error.message, .nobody_there = nobody})) continue;
    stop(error.message);
    return false;
  }
  return true;
}

bool Sender::send(Batch batch, std::uint64_t number) {
  Ticket& ticket = tickets_.emplace_back();
  ticket.number = number;
  ticket.items = batch.size();
  ticket.todo.push_back(std::move(batch));
  if (!failed_ && lanes_.under_way() < at_once()) start_one();
  while (!stopped_ && tickets_.size() >= at_once()) advance();
  if (stopped_) finish();
  return !stopped_;
}

bool Sender::finish() {
  while (!stopped_ && !tickets_.empty()) advance();
  while (lanes_.under_way() > 0) take(lanes_.wait());
  if (stopped_) count_the_rest();
  return !stopped_;
}

bool Sender::go_on_after(const Error& error) {
  stall();
  if (error.retryable && wait({.reason = error.message, .nobody_there = false})) return true;
  stop(error.message);
  return false;
}

void Sender::progress() {
  if (std::exchange(told_of_failure_, false)) {
    options_.news({DeliveryNews::What::recovers, output_.name(), {}, clock_.steady() - *stalled_since_});
  }
  stalled_since_.reset();
  failures_ = 0;
}

bool Sender::ends() {
  if (!stopped_ && options_.stop.stop_requested()) stop("it was asked to end before all was sent");
  return stopped_;
}

// One step: begins a request, takes an answer, or waits out a failure.
void Sender::advance() {
  if (failed_ && lanes_.under_way() == 0) {
    pause_after_failures();
  } else if (failed_ || lanes_.under_way() >= at_once() || !start_one()) {
    if (lanes_.under_way() > 0) take(lanes_.wait());
  }
}

// The next part of the oldest batch that is not under way. False where there is none, or it has stopped.
bool Sender::start_one() {
  for (std::size_t i = 0; i < tickets_.size() && !ends(); ++i) {
    Ticket& ticket = tickets_[i];
    if (ticket.todo.empty() || !ticket.under_way.empty()) continue;
    ticket.under_way = std::move(ticket.todo.back());
    ticket.todo.pop_back();
    if (ticket.under_way.size() > at_most_) ticket.todo.push_back(split(ticket.under_way, at_most_));
    stall();
    lanes_.start(first_ticket_ + i, ticket.under_way);
    return true;
  }
  return false;
}

void Sender::take(Lanes::Answer answer) {
  const SendReport& report = answer.report;
  Ticket& ticket = tickets_[answer.number - first_ticket_];
  const std::size_t sent = ticket.under_way.size();
  const bool nobody = report.no_answer && answer.took < kSoon;
  answered_ = answered_ || !nobody;
  Batch left = apply_report(ticket, report);
  if (left.empty()) {
    at_most_ = std::min(limits_.max_items, at_most_ * 2);
    if (sent == ticket.items) window_.answered(answer.took);
  } else if (report.retry == Retry::smaller || report.retry == Retry::bisect) {
    if (sent == 1) {
      ticket.refused.push_back({std::move(left.front()), report.retry_reason});
      progress();
    } else {
      if (report.retry == Retry::smaller) shrink(left);
      Batch second = split(left, (left.size() + 1) / 2);
      if (!second.empty()) ticket.todo.push_back(std::move(second));
      ticket.todo.push_back(std::move(left));
    }
  } else {
    ticket.todo.push_back(std::move(left));
    SendFailures& failed = failed_ ? *failed_ : failed_.emplace();
    ++failed.parts;
    failed.may_wait = failed.may_wait && (report.retry == Retry::later || options_.keep_retrying_blocked);
    failed.asked = std::max(failed.asked, report.retry_after);
    failed.blocked = failed.blocked || report.retry == Retry::blocked;
    failed.nobody_there = failed.nobody_there && nobody;
    // Prefer the reason a person must fix over a transient one.
    if (failed.reason.empty() || report.retry == Retry::blocked) failed.reason = report.retry_reason;
  }
  count_settled();
}

// Counts what the report settles of the part under way, and returns the rest.
Batch Sender::apply_report(Ticket& ticket, const SendReport& report) {
  enum class Fate : std::uint8_t { accepted, refused, left };
  Batch batch = std::exchange(ticket.under_way, {});
  std::vector<Fate> fates(batch.size(), Fate::accepted);
  for (const RejectedItem& item : report.rejected) {
    if (item.index >= batch.size() || fates[item.index] == Fate::refused) continue;
    fates[item.index] = Fate::refused;
    ticket.refused.push_back({std::move(batch[item.index]), item.reason});
  }
  for (const std::size_t index : report.retryable) {
    if (index < batch.size() && fates[index] == Fate::accepted) fates[index] = Fate::left;
  }
  Batch left;
  for (std::size_t i = 0; i < batch.size(); ++i) {
    if (fates[i] == Fate::left) {
      left.push_back(std::move(batch[i]));
    } else if (fates[i] == Fate::accepted) {
      ticket.accepted_samples += batch[i].samples;
      ++ticket.accepted_items;
    }
  }
  if (left.size() < batch.size()) progress();
  return left;
}

void Sender::pause_after_failures() {
  const SendFailures failed = *std::exchange(failed_, std::nullopt);
  window_.failed();
  stall();
  if (!failed.may_wait || !wait(failed)) {
    stop(failed.reason);
    return;
  }
  // What was prepared may be what is missing.
  if (failed.blocked && !make_ready()) return;
  ledger_.retries += failed.parts;
  // The same bytes again; but a server that stays down is asked with one item, not with megabytes.
  if (failures_ >= kFailuresToProbe) at_most_ = 1;
}

// In order: what is behind a batch that is still on its way may have to be sent again after a kill, and would count
// twice.
void Sender::count_settled() {
  while (!tickets_.empty() && tickets_.front().done()) {
    const bool counted = count(tickets_.front());
    const std::uint64_t number = tickets_.front().number;
    tickets_.pop_front();
    ++first_ticket_;
    if (!counted) {
      stopped_ = true;
      return;
    }
    if (callbacks_.done) callbacks_.done(number);
  }
}

// False where what was refused could not be kept.
bool Sender::count(Ticket& ticket) {
  ledger_.accepted += ticket.accepted_samples;
  ledger_.items += ticket.accepted_items;
  for (const auto& [item, reason] : ticket.refused) problem(reason);
  if (ticket.refused.empty()) return true;
  if (callbacks_.keep && !callbacks_.keep(ticket.refused)) return false;
  for (const auto& [item, reason] : ticket.refused) ledger_.rejected += item.samples;
  return true;
}

// It has stopped: what was settled is settled.
void Sender::count_the_rest() {
  for (Ticket& ticket : tickets_) count(ticket);
  first_ticket_ += tickets_.size();
  tickets_.clear();
}

void Sender::problem(const std::string& reason) {
  auto& problems = ledger_.problems;
  if (problems.size() < LedgerEntry::kMaxProblems && std::ranges::find(problems, reason) == problems.end()) {
    problems.push_back(reason);
  }
}

void Sender::stop(const std::string& reason) {
  stopped_ = true;
  problem(reason);
}

// Sleeps until the next attempt is due; false where that is past the time to give up, or it was asked to end.
bool Sender::wait(const SendFailures& after) {
  constexpr std::chrono::seconds kHiccup{1};  // a shorter one is not worth a word
  const auto limit = after.nobody_there && !answered_ ? std::min(options_.give_up_after, options_.give_up_connecting)
                                                      : options_.give_up_after;
  const std::chrono::nanoseconds gone = clock_.steady() - *stalled_since_;
  const std::chrono::nanoseconds left = limit - gone;
  if (left.count() <= 0 || after.asked > left || options_.stop.stop_requested()) return false;
  std::chrono::nanoseconds pause = after.asked;
  const int doublings = std::min(failures_++, 20);
  if (pause.count() <= 0) {
    const auto most = std::min(options_.backoff_max, options_.backoff_min * (std::int64_t{1} << doublings));
    // Full jitter: clients that failed together do not come back together.
    std::uniform_int_distribution<std::int64_t> anywhere(0, std::chrono::nanoseconds(most).count());
    pause = std::chrono::nanoseconds(anywhere(random_));
  }
  if (options_.news && !told_of_failure_ && left >= kHiccup && (after.nobody_there || gone + pause >= kHiccup)) {
    told_of_failure_ = true;
    options_.news({DeliveryNews::What::fails, output_.name(), after.reason, left});
  }
  clock_.sleep(std::min(pause, left), options_.stop);
  return !options_.stop.stop_requested();
}

void Sender::shrink(const Batch& too_large) {
  std::size_t bytes = 0;
  for (const OutputItem& item : too_large) bytes += item.bytes.size();
  limits_.max_items = std::max<std::size_t>(too_large.size() / 2, 1);
  limits_.max_bytes = std::max<std::size_t>(bytes / 2, 1);
}

bool Batcher::is_full_for(const OutputItem& item) const {
  const BatchLimits& limits = sender_.limits();
  return !batch_.empty() &&
         (item.starts_batch || batch_.size() >= limits.max_items || bytes_ + item.bytes.size() > limits.max_bytes);
}

void Batcher::add(OutputItem item) {
  bytes_ += item.bytes.size();
  batch_.push_back(std::move(item));
}

Batch Batcher::take() {
  bytes_ = 0;
  return std::exchange(batch_, {});
}

}  // namespace omniwriter
