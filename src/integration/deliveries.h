#pragma once
/// Deliveries as the store knows them: what is pending can be delivered by any later process.

#include <filesystem>
#include <functional>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "config/config.h"
#include "delivery/run_delivery.h"
#include "integration/output_choice.h"
#include "omniwriter/error.h"
#include "omniwriter/run.h"
#include "store/run_store.h"

namespace omniwriter {

/// The folder of the spool: beside the store.
[[nodiscard]] std::filesystem::path spool_folder(const Config& config);
[[nodiscard]] Spool open_spool(const Config& config);
[[nodiscard]] DeliveryOptions delivery_options(const Config& config, std::stop_token stop = {});

/// Makes the outputs.
[[nodiscard]] Result<std::vector<Destination>> make_destinations(const Config& config,
                                                                 const std::vector<ChosenOutput>& chosen);

/// The lease of a process that reads a run in while its test goes on. To be closed once the run is whole; after a kill
/// it is still there, though nobody holds it. ErrorCode::busy, retryable, where another process does.
[[nodiscard]] Result<SpoolPlace> acquire_ingest_lease(const Config& config, std::string_view run_id);
enum class IngestState : std::uint8_t {
  complete,     ///< there is no lease: the run is whole
  running,      ///< a process holds the lease
  interrupted,  ///< that process is gone: the run is as it was saved last, and its file may hold more
};
[[nodiscard]] IngestState ingest_state(const Config& config, std::string_view run_id);

/// What may have been sent of a run of that id, as the store knows it. Nothing where it knows that nothing was.
[[nodiscard]] std::optional<DeliveredBefore> delivered_before(const RunStore& store, std::string_view run_id);
/// Whether anything was, of other results than `run` has.
[[nodiscard]] bool is_delivered_otherwise(const RunStore& store, const Run& run);
/// Where the present configuration delivers an output to; empty where it names no place.
[[nodiscard]] std::string configured_target(const Config& config, std::string_view output);
/// Where what is pending goes to now: as the present configuration has it, unless the target was given on the command
/// line, or the configuration names none any more.
[[nodiscard]] std::string target_now(const LedgerEntry& entry, const Config& config);

/// The ledger of a run before anything of it was sent.
[[nodiscard]] std::vector<LedgerEntry> pending_ledger(const Run& run, const std::vector<Destination>& destinations);

struct Replayed {
  std::string run_id;
  std::vector<LedgerEntry> ledger;  ///< the whole of that run
};

/// Delivers runs of a store, and keeps the ledger there. For one thread.
class Deliveries {
 public:
  /// All of these must outlive this object, but for `options`.
  Deliveries(RunStore& store, const Config& config, DeliveryOptions options, Clock& clock)
      : store_(store), config_(config), options_(std::move(options)), clock_(clock) {}

  /// Delivers a run that is in the store. Before anything is sent the ledger says that all is pending: should the
  /// process end here, any later one knows. Entries of other outputs stay as they are. Gives the new entries, in the
  /// order of `destinations`. `begun`: the delivery of this run to these, where one goes on already, or the outputs may
  /// have something else of it.
  [[nodiscard]] Result<std::vector<LedgerEntry>> deliver(const Run& run, const std::vector<Destination>& destinations,
                                                         RunDelivery* begun = nullptr);

  /// Delivers what is pending of a run: each output to its target_now(), from where it stopped; where that is another
  /// place than before, the whole run. Gives the whole ledger. An output that cannot be made now (its settings are
  /// wrong) stays pending, with the reason. `which`: not all that is pending, but these.
  using Which = std::function<bool(const LedgerEntry& pending)>;
  [[nodiscard]] Result<std::vector<LedgerEntry>> deliver_pending(std::string_view run_id, const Which& which = {});

  /// Delivers what is pending of other runs that are whole, to where `delivered` has just been delivered: those servers
  /// are there. Gives the ids of the runs.
  [[nodiscard]] Result<std::vector<std::string>> deliver_backlog(std::string_view run_id,
                                                                 const std::vector<LedgerEntry>& delivered);

  /// Sends the dead letters of a file again. Those that are accepted leave the file, and are accepted in the ledger;
  /// those that are refused again stay, with what the server says now.
  [[nodiscard]] Result<Replayed> replay_dead_letters(const std::filesystem::path& file);

 private:
  RunStore& store_;
  const Config& config_;
  const DeliveryOptions options_;
  Clock& clock_;
};

/// Whether no output waits for single samples any more.
[[nodiscard]] bool samples_are_settled(const std::vector<LedgerEntry>& ledger);

/// Whether a file is one of dead letters, by its first line.
[[nodiscard]] bool holds_dead_letters(const std::filesystem::path& file);

}  // namespace omniwriter
