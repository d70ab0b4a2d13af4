#include "integration/deliveries.h"

#include <fmt/format.h>

#include <algorithm>
#include <fstream>
#include <iterator>
#include <optional>
#include <random>
#include <utility>

#include "base/atomic_file.h"
#include "base/try.h"
#include "delivery/dead_letters.h"
#include "delivery/output_kind.h"
#include "delivery/sample_log.h"
#include "integration/run_identity.h"

namespace omniwriter {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kIngestLease = "ingest";  // no output has that name

LedgerEntry& entry_of(std::vector<LedgerEntry>& ledger, std::string_view output) {
  const auto found = std::ranges::find(ledger, output, &LedgerEntry::output);
  if (found != ledger.end()) return *found;
  ledger.emplace_back().output = output;
  return ledger.back();
}

Result<Destination> make_destination(const Config& config, const std::string& output, const std::string& target) {
  const auto kind = std::ranges::find(output_kinds(), output, &OutputKind::name);
  if (kind == output_kinds().end()) return fail(ErrorCode::not_found, fmt::format("there is no output \"{}\"", output));
  return Destination{target, TRY((*kind)->make(config, target))};
}

Result<void> begin_anew(const Config& config, std::string_view run_id, const std::string& output) {
  return TRY(open_spool(config).open(run_id, output)).clear();
}

bool is_of_samples(const LedgerEntry& entry) {
  const auto kind = std::ranges::find(output_kinds(), entry.output, &OutputKind::name);
  return kind != output_kinds().end() && !(*kind)->samples_of.empty();
}

/// For outputs that tell what the run was found to be.
Result<void> show_judgement(const RunStore& store, std::string_view run_id,
                            const std::vector<Destination>& destinations) {
  auto found = TRY(store.load_judgement(run_id));
  const auto shown = found ? std::make_shared<const Judgement>(*std::move(found)) : nullptr;
  for (const Destination& to : destinations) to.output->show_judgement(shown);
  return {};
}

bool waits_for_samples(const LedgerEntry& entry) { return !entry.settled && is_of_samples(entry); }

}  // namespace

std::string configured_target(const Config& config, std::string_view output) {
  const auto kind = std::ranges::find(output_kinds(), output, &OutputKind::name);
  if (kind == output_kinds().end()) return {};
  const std::string_view name = (*kind)->samples_of.empty() ? output : (*kind)->samples_of;
  const auto chosen = choose_outputs(output_kinds(), config, {});
  if (!chosen) return {};
  const auto found = std::ranges::find(*chosen, name, [](const ChosenOutput& it) { return it.kind->name; });
  return found == chosen->end() ? std::string() : found->target;
}

std::string target_now(const LedgerEntry& entry, const Config& config) {
  if (entry.named) return entry.target;
  std::string now = configured_target(config, entry.output);
  return now.empty() ? entry.target : now;
}

bool samples_are_settled(const std::vector<LedgerEntry>& ledger) {
  return std::ranges::none_of(ledger, waits_for_samples);
}

fs::path spool_folder(const Config& config) { return config.store.string() + ".spool"; }

Spool open_spool(const Config& config) {
  return {system_disk(), spool_folder(config), config.limits.spool_bytes, std::random_device()()};
}

DeliveryOptions delivery_options(const Config& config, std::stop_token stop) {
  DeliveryOptions options{.request_timeout = config.delivery.request_timeout,
                          .give_up_after = config.delivery.give_up_after,
                          .stop = std::move(stop)};
  if (const auto& told = config.delivery.give_up_connecting) {
    options.give_up_connecting = options.give_up_connecting_found = *told;
  }
  return options;
}

Result<std::vector<Destination>> make_destinations(const Config& config, const std::vector<ChosenOutput>& chosen) {
  std::vector<Destination> destinations;
  for (const ChosenOutput& one : chosen) {
    auto output = TRY(one.kind->make(config, one.target));
    destinations.push_back({one.target, std::move(output), one.named, one.found});
  }
  return destinations;
}

Result<SpoolPlace> acquire_ingest_lease(const Config& config, std::string_view run_id) {
  auto lease = open_spool(config).open(run_id, kIngestLease);
  if (!lease && lease.error().code == ErrorCode::busy) {
    return fail(ErrorCode::busy, fmt::format("another process takes run {} in", run_id), true);
  }
  return lease;
}

IngestState ingest_state(const Config& config, std::string_view run_id) {
  Spool spool = open_spool(config);
  if (!spool.has(run_id, kIngestLease)) return IngestState::complete;
  return spool.open(run_id, kIngestLease) ? IngestState::interrupted : IngestState::running;
}

// Single samples are known by their number in the file, and it is not known whether those are still the same: a server
// that has any is to take back all.
std::optional<DeliveredBefore> delivered_before(const RunStore& store, std::string_view run_id) {
  const auto ledger = store.load_ledger(run_id);
  if (!ledger || ledger->empty()) return {};
  DeliveredBefore before;
  auto run = store.load(run_id);
  if (!run) return before;
  const std::uint64_t samples = run->samples_of(SampleKind::request);
  for (const LedgerEntry& entry : *ledger) {
    const bool has_samples = std::ranges::any_of(
        *ledger, [&](const LedgerEntry& other) { return is_of_samples(other) && other.target == entry.target; });
    if (entry.closed() && entry.accepted == samples && samples > 0 && !has_samples) {
      before.whole.push_back({entry.output, entry.target});
    }
  }
  if (!before.whole.empty()) before.run = std::make_shared<const Run>(*std::move(run));
  return before;
}

bool is_delivered_otherwise(const RunStore& store, const Run& run) {
  const auto ledger = store.load_ledger(run.info.run_id);
  if (!ledger || ledger->empty()) return false;
  const auto before = store.load(run.info.run_id, Timelines::none);
  return !before || hash_of_results(*before) != hash_of_results(run);
}

std::vector<LedgerEntry> pending_ledger(const Run& run, const std::vector<Destination>& destinations) {
  std::vector<LedgerEntry> ledger;
  for (const Destination& to : destinations) {
    LedgerEntry& entry = ledger.emplace_back();
    entry.output = to.output->name();
    entry.target = to.target;
    entry.named = to.named;
    entry.pending = run.samples_of(SampleKind::request);
    entry.settled = false;
  }
  return ledger;
}

Result<std::vector<LedgerEntry>> Deliveries::deliver(const Run& run, const std::vector<Destination>& destinations,
                                                     RunDelivery* begun) {
  auto ledger = TRY(store_.load_ledger(run.info.run_id));
  if (destinations.empty()) return std::vector<LedgerEntry>{};
  for (const LedgerEntry& entry : pending_ledger(run, destinations)) entry_of(ledger, entry.output) = entry;
  TRY(store_.save_ledger(run.info.run_id, ledger));
  TRY(show_judgement(store_, run.info.run_id, destinations));

  std::optional<RunDelivery> own;
  if (begun == nullptr) begun = &own.emplace(run.info.run_id, destinations, open_spool(config_), options_, clock_);
  auto delivered = begun->finish(run, Start::fresh, options_.stop);
  for (const LedgerEntry& entry : delivered) entry_of(ledger, entry.output) = entry;
  TRY(store_.save_ledger(run.info.run_id, ledger));
  return delivered;
}

Result<std::vector<LedgerEntry>> Deliveries::deliver_pending(std::string_view run_id, const Which& which) {
  auto known = TRY(store_.load_ledger(run_id));
  std::vector<LedgerEntry> entries;
  std::vector<Destination> destinations;
  std::shared_ptr<SampleLog> samples;
  for (LedgerEntry& entry : known) {
    if (entry.settled || (which && !which(entry))) continue;
    const std::string target = target_now(entry, config_);
    auto destination = make_destination(config_, entry.output, target);
    if (destination) destination->named = entry.named;
    // Another server has nothing of it. Should it be the same under another name: what is sent twice shows once.
    if (destination && target != entry.target) {
      if (auto forgotten = begin_anew(config_, run_id, entry.output); !forgotten) {
        destination = std::unexpected(std::move(forgotten).error());
      }
    }
    if (destination && !samples && waits_for_samples(entry)) {
      auto opened = SampleLog::open(open_spool(config_), run_id, {});
      if (opened) {
        samples = *std::move(opened);
      } else {
        destination = std::unexpected(std::move(opened).error());
      }
    }
    if (destination) {
      destinations.push_back(*std::move(destination));
    } else {
      entry.problems = {destination.error().message};
      entries.push_back(std::move(entry));
    }
  }
  if (!destinations.empty()) {
    Run run = TRY(store_.load(run_id));
    run.kept_samples = samples;
    TRY(show_judgement(store_, run_id, destinations));
    RunDelivery delivery(run.info.run_id, destinations, open_spool(config_), options_, clock_);
    std::ranges::move(delivery.finish(run, Start::resume), std::back_inserter(entries));
  }
  // Another process may have delivered meanwhile; it had the lock of the queue then, and its word counts.
  auto ledger = TRY(store_.load_ledger(run_id));
  for (LedgerEntry& entry : entries) {
    LedgerEntry& stored = entry_of(ledger, entry.output);
    if (!stored.settled) stored = std::move(entry);
  }
  TRY(store_.save_ledger(run_id, ledger));
  if (samples && samples_are_settled(ledger)) std::ignore = samples->remove();
  return ledger;
}

Result<std::vector<std::string>> Deliveries::deliver_backlog(std::string_view run_id,
                                                             const std::vector<LedgerEntry>& delivered) {
  const Which reachable = [&](const LedgerEntry& pending) {
    return !pending.settled && std::ranges::any_of(delivered, [&](const LedgerEntry& entry) {
      return entry.settled && entry.output == pending.output && entry.target == target_now(pending, config_);
    });
  };
  const auto unsettled = TRY(store_.unsettled());
  std::vector<std::string> done;
  for (const std::string& other : unsettled) {
    const auto ledger = TRY(store_.load_ledger(other));
    if (other == run_id || std::ranges::none_of(ledger, reachable)) continue;
    if (ingest_state(config_, other) != IngestState::complete) continue;
    if (options_.stop.stop_requested()) break;
    const auto after = TRY(deliver_pending(other, reachable));
    if (std::ranges::none_of(after, reachable)) done.push_back(other);
  }
  return done;
}

bool holds_dead_letters(const fs::path& file) {
  std::ifstream stream(file);
  std::string line;
  return std::getline(stream, line) && read_dead_letter(line);
}

Result<Replayed> Deliveries::replay_dead_letters(const fs::path& file) {
  constexpr std::size_t kAtOnce = 1000;
  std::ifstream stream(file);
  std::optional<DeadLetter> first;
  std::vector<LedgerEntry> ledger;
  std::optional<Destination> destination;
  std::string left;  // what stays in the file
  std::string lines;
  std::vector<OutputItem> items;  // of `lines`
  std::uint64_t accepted = 0;
  std::vector<std::string> problems;
  bool stopped = false;

  const auto send = [&] {
    std::string refused_again;
    const LedgerEntry entry =
        send_now(std::exchange(items, {}), *destination->output, options_, clock_,
                 static_cast<std::uint64_t>(clock_.wall_ns()), [&](const OutputItem& item, const std::string& reason) {
                   refused_again += to_line({first->run_id, first->output, reason, item});
                 });
    // Where it stopped, some may have arrived: what is sent twice shows once.
    stopped = !entry.settled;
    left += stopped ? lines : refused_again;
    accepted += stopped ? 0 : entry.accepted;
    for (const std::string& problem : entry.problems) {
      if (std::ranges::find(problems, problem) == problems.end()) problems.push_back(problem);
    }
    lines.clear();
  };
  std::string line;
  for (std::uint64_t number = 1; std::getline(stream, line); ++number) {
    auto letter = read_dead_letter(line);
    const auto wrong = [&](std::string_view reason) {
      return fail(ErrorCode::input, fmt::format("{}:{}: {}", file.string(), number, reason));
    };
    if (!letter) return wrong(letter.error().message);
    if (!first) {
      first = *letter;
      ledger = TRY(store_.load_ledger(first->run_id));
      destination = TRY(make_destination(config_, first->output, target_now(entry_of(ledger, first->output), config_)));
    }
    if (letter->run_id != first->run_id || letter->output != first->output) {
      return wrong("is of another run or output than the lines before");
    }
    if (stopped) {
      left += line + "\n";
      continue;
    }
    lines += line + "\n";
    items.push_back(std::move(letter->item));
    if (items.size() >= kAtOnce) send();
  }
  if (!items.empty()) send();
  if (!first) return fail(ErrorCode::input, fmt::format("{} holds no dead letter", file.string()));

  if (left.empty()) {
    std::error_code error;
    fs::remove(file, error);  // an empty one is as good
  } else if (auto written = write_file_atomically(file, left, FileAccess::owner_only); !written) {
    return std::unexpected(written.error());
  }
  LedgerEntry& entry = entry_of(ledger, first->output);
  accepted = std::min(accepted, entry.rejected);
  entry.accepted += accepted;
  entry.rejected -= accepted;
  entry.problems = problems;
  TRY(store_.save_ledger(first->run_id, ledger));
  return Replayed{first->run_id, std::move(ledger)};
}

}  // namespace omniwriter
