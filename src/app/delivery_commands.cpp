#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <string>
#include <tuple>
#include <vector>

#include "app/command.h"
#include "app/delivery_notes.h"
#include "app/stop_watcher.h"
#include "base/rfc3339.h"
#include "base/stop_signals.h"
#include "base/try.h"
#include "delivery/dashboard_link.h"
#include "delivery/sample_log.h"
#include "integration/deliveries.h"
#include "integration/output_choice.h"
#include "integration/run_identity.h"
#include "model/moved_run.h"

namespace omniwriter {
namespace {

using Json = nlohmann::ordered_json;

/// A run with what became of it, as `ledger` shows it.
struct Account {
  std::string run_id;
  std::uint64_t samples = 0;
  std::vector<LedgerEntry> ledger;
  std::string dashboard_url = {};  // empty: nothing is said of it
  [[nodiscard]] bool closes() const {
    return std::ranges::all_of(ledger, [](const LedgerEntry& entry) { return entry.closed(); });
  }
};

Json as_json(const Account& account, const Spool& spool) {
  Json outputs = Json::array();
  for (const LedgerEntry& entry : account.ledger) {
    Json output{{"output", entry.output},     {"target", entry.target},     {"read", account.samples},
                {"accepted", entry.accepted}, {"rejected", entry.rejected}, {"pending", entry.pending},
                {"items", entry.items},       {"retries", entry.retries},   {"problems", entry.problems}};
    const auto file = spool.dead_letters_file(account.run_id, entry.output);
    std::error_code error;
    if (std::filesystem::file_size(file, error) > 0 && !error) output["dead_letters"] = file.string();
    outputs.push_back(std::move(output));
  }
  Json json{{"run_id", account.run_id},
            {"samples", account.samples},
            {"closed", account.closes()},
            {"outputs", std::move(outputs)}};
  if (!account.dashboard_url.empty()) json["dashboard_url"] = account.dashboard_url;
  return json;
}

std::string as_text(const Account& account, const Spool& spool, Language language, TerminalStyle style) {
  std::string text = ledger_text(account.run_id, account.samples, account.ledger, language, style);
  for (const LedgerEntry& entry : account.ledger) {
    const auto file = spool.dead_letters_file(account.run_id, entry.output);
    std::error_code error;
    if (entry.rejected == 0 || std::filesystem::file_size(file, error) == 0 || error) continue;
    text += fmt::format("   omniwriter replay {}\n", file.string());
  }
  if (!account.dashboard_url.empty()) text += fmt::format("\n Dashboard: {}\n", account.dashboard_url);
  return text;
}

Result<int> print(const Program& program, const Config& config, const std::vector<Account>& accounts, bool several) {
  const Spool spool = open_spool(config);
  std::string text;
  if (program.flags.json) {
    Json all = Json::array();
    for (const Account& account : accounts) all.push_back(as_json(account, spool));
    text = (several ? Json{{"runs", all}} : all.front()).dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
  } else if (!program.flags.quiet) {
    for (const Account& account : accounts) text += as_text(account, spool, config.spoken, program.console.style());
    if (accounts.empty()) program.console.note("nothing is pending");
  }
  TRY(program.console.print(text));
  const bool closed = std::ranges::all_of(accounts, [](const Account& account) { return account.closes(); });
  return closed ? kDone : kDeliveryIncomplete;
}

struct Opened {
  Config config;
  std::unique_ptr<RunStore> store;
};

Result<Opened> open(Program& program) {
  Config config = TRY(load_config(program));
  auto store = TRY(open_store(config));
  return Opened{std::move(config), std::move(store)};
}

Result<Account> account_of(const RunStore& store, const std::string& run_id, std::vector<LedgerEntry> ledger) {
  const Run run = TRY(store.load(run_id, Timelines::none));
  return Account{run_id, run.samples_of(SampleKind::request), std::move(ledger)};
}

Result<int> ledger(Program& program, const std::string& name) {
  const Opened opened = TRY(open(program));
  const std::string run_id = TRY(opened.store->resolve(name));
  auto entries = TRY(opened.store->load_ledger(run_id));
  return print(program, opened.config, {TRY(account_of(*opened.store, run_id, std::move(entries)))}, false);
}

struct DeliverFlags {
  std::vector<std::string> runs;
  bool wait = false;
};

void tell(const Program& program, const std::string& text) {
  if (!program.flags.quiet) program.console.note(text);
}

// Of a process that was killed while the test went on, and was not started again.
void tell_of_broken_intake(const Program& program, const RunStore& store, const std::string& run_id) {
  const auto run = store.load(run_id, Timelines::none);
  const std::string file = run && !run->info.files.empty() ? run->info.files.front() : "FILE";
  tell(program,
       fmt::format("run {} was not taken in to its end: it is delivered as it was saved last. To go on where its "
                   "file is still there: omniwriter follow {}",
                   run_id, file));
}

// Where it goes, where that is not what people may think.
void tell_of_addresses(const Program& program, const Config& config, const std::string& run_id,
                       const std::vector<LedgerEntry>& ledger) {
  for (const LedgerEntry& entry : ledger) {
    if (entry.settled || entry.target.empty()) continue;
    const std::string now = target_now(entry, config);
    const std::string configured = configured_target(config, entry.output);
    if (now != entry.target) {
      tell(program, fmt::format("run {}: {} goes to {}, as it is configured now; before it was {}", run_id,
                                entry.output, now, entry.target));
    } else if (!configured.empty() && configured != now) {
      tell(program, fmt::format("run {0}: {1} goes to {2}, as -o said then, and not to {3}, as it is configured; to "
                                "send it there: omniwriter replay {0} -o {1}={3}",
                                run_id, entry.output, now, configured));
    }
  }
}

// Single samples that nobody waits for any more: a process was killed before it deleted them, or before their run was
// in the store. Whoever takes results in has a lock on them.
void remove_leftover_samples(const RunStore& store, const Config& config) {
  const auto runs = store.list();
  if (!runs) return;
  std::error_code error;
  for (const auto& place : std::filesystem::directory_iterator(spool_folder(config), error)) {
    const std::string name = place.path().filename().string();
    const auto at = name.find('@');
    if (at == 0 || at == std::string::npos || name.substr(at + 1) != kSampleLogPlace) continue;
    const std::string run_id = name.substr(0, at);
    if (ingest_state(config, run_id) != IngestState::complete) continue;
    if (std::ranges::find(*runs, run_id, &RunRow::run_id) != runs->end()) {
      const auto ledger = store.load_ledger(run_id);
      if (!ledger || !samples_are_settled(*ledger)) continue;
    }
    if (auto left = open_spool(config).open(run_id, kSampleLogPlace)) std::ignore = left->close(false);
  }
}

Result<int> deliver_what_waits(Program& program, const DeliverFlags& flags) {
  const Opened opened = TRY(open(program));
  RunStore& store = *opened.store;
  auto run_ids = TRY(store.unsettled());
  if (!flags.runs.empty()) {
    run_ids.clear();
    for (const std::string& name : flags.runs) run_ids.push_back(TRY(store.resolve(name)));
  }
  StopSignals signals;
  const StopWatcher watcher([&] { return signals.take().has_value(); });
  tell_of_unverified_servers(program, opened.config);
  DeliveryNotes notes(program);
  DeliveryOptions options = delivery_options(opened.config, watcher.stop());
  options.notice = notices_to(program);
  options.news = notes.listener();
  if (flags.wait) {
    options.keep_retrying_blocked = true;
    options.give_up_after = options.give_up_connecting = std::chrono::years(1);
  }
  Deliveries deliveries(store, opened.config, options, program.clock);
  std::vector<Account> accounts;
  for (const std::string& run_id : run_ids) {
    const IngestState state = ingest_state(opened.config, run_id);
    if (state == IngestState::running) {
      tell(program, fmt::format("run {} is still being taken in", run_id));
      continue;
    }
    tell_of_addresses(program, opened.config, run_id, TRY(store.load_ledger(run_id)));
    auto entries = TRY(deliveries.deliver_pending(run_id));
    if (state == IngestState::interrupted) tell_of_broken_intake(program, store, run_id);
    auto account = TRY(account_of(store, run_id, std::move(entries)));
    if (state == IngestState::interrupted && account.closes()) {
      if (auto lease = acquire_ingest_lease(opened.config, run_id)) std::ignore = lease->close(false);
    }
    accounts.push_back(std::move(account));
  }
  remove_leftover_samples(store, opened.config);
  auto code = print(program, opened.config, accounts, true);
  for (const Account& account : accounts) {
    if (!account.closes()) tell(program, next_steps(account.run_id, account.ledger));
  }
  return code;
}

struct ReplayFlags {
  std::string what;
  std::vector<std::string> outputs;
  std::string start_time;
  std::optional<std::string> run_id;
};

Result<Run> run_to_replay(const Program& program, const RunStore& store, const ReplayFlags& flags) {
  const std::string run_id = TRY(store.resolve(flags.what));
  Run run = TRY(store.load(run_id));
  if (flags.start_time.empty()) return run;
  const auto start = flags.start_time == "now"
                         ? std::optional(program.clock.wall_ns() - (run.ended_ns - run.started_ns))
                         : parse_rfc3339(flags.start_time);
  if (!start) {
    return fail(ErrorCode::usage, "--start-time is neither now nor a time such as 2026-11-23T15:29:36Z");
  }
  Run moved = moved_run(std::move(run), *start);
  // Under the old id it would be two runs in one.
  moved.info.run_id = flags.run_id.value_or(fmt::format("{}-replay", moved.info.run_id));
  TRY(check_run_id(moved.info.run_id));
  return moved;
}

Result<int> replay(Program& program, const ReplayFlags& flags) {
  const Opened opened = TRY(open(program));
  RunStore& store = *opened.store;
  std::error_code error;
  if (std::filesystem::is_regular_file(flags.what, error)) {
    if (!holds_dead_letters(flags.what)) {
      return fail_with_hint(ErrorCode::usage, fmt::format("{} holds no dead letters", flags.what),
                            "results are read with: omniwriter ingest FILE; then replay the run by its id");
    }
    tell_of_unverified_servers(program, opened.config);
    Deliveries deliveries(store, opened.config, delivery_options(opened.config), program.clock);
    auto replayed = TRY(deliveries.replay_dead_letters(flags.what));
    const auto account = TRY(account_of(store, replayed.run_id, std::move(replayed.ledger)));
    return print(program, opened.config, {account}, false);
  }
  const auto chosen = TRY(choose_outputs(output_kinds(), opened.config, flags.outputs));
  if (chosen.empty()) return fail(ErrorCode::usage, "there is no output to send to: name one with -o NAME=TARGET");
  const auto destinations = TRY(make_destinations(opened.config, chosen));
  const Run run = TRY(run_to_replay(program, store, flags));
  if (!flags.start_time.empty()) {
    // Under the name that it gets here, a run of other times is the replay before.
    if (!flags.run_id) std::ignore = store.remove(run.info.run_id);
    TRY(store.save(run));
  }
  tell_of_unverified_servers(program, opened.config);
  DeliveryNotes notes(program);
  DeliveryOptions options = delivery_options(opened.config);
  options.notice = notices_to(program);
  options.news = notes.listener();
  auto entries = TRY(Deliveries(store, opened.config, options, program.clock).deliver(run, destinations));
  const Account account{run.info.run_id, run.samples_of(SampleKind::request), std::move(entries),
                        dashboard_link(opened.config, run, program.clock.wall_ns())};
  return print(program, opened.config, {account}, false);
}

}  // namespace

void add_delivery_commands(Command& table, Program& program) {
  const auto shown = std::make_shared<std::string>();
  table.commands.push_back(
      {.name = "ledger",
       .about = {"Mostrar o que aconteceu com cada amostra de uma execução: lida, aceita, rejeitada, pendente",
                 "Show what became of each sample of a run: read, accepted, rejected, pending"},
       .action = [&program, shown] { return ledger(program, *shown); },
       .options = {{.names = "RUN", .about = kRunHelp, .kept_in = shown.get(), .required = true}}});

  const auto deliver_flags = std::make_shared<DeliverFlags>();
  table.commands.push_back({.name = "deliver",
                            .about = {"Entregar o que está pendente, a partir de onde parou",
                                      "Deliver what is pending, from where it stopped"},
                            .action = [&program, deliver_flags] { return deliver_what_waits(program, *deliver_flags); },
                            .options = {{.names = "RUN",
                                         .about = {"Execuções; padrão: todas com algo pendente",
                                                   "Runs; default: all with something pending"},
                                         .kept_in = &deliver_flags->runs},
                                        {.names = "--wait",
                                         .about = {"Tentar até entregar tudo, mesmo enquanto um servidor recusa",
                                                   "Keep trying until all is delivered, even while a server refuses"},
                                         .kept_in = &deliver_flags->wait}}});

  const auto replay_flags = std::make_shared<ReplayFlags>();
  table.commands.push_back(
      {.name = "replay",
       .about = {"Reenviar uma execução guardada, ou o que foi rejeitado", "Send a stored run, or dead letters, again"},
       .action = [&program, replay_flags] { return replay(program, *replay_flags); },
       .options = {
           {.names = "RUN|FILE",
            .about = {"Uma execução (veja `runs list`), ou um arquivo de registros rejeitados",
                      "A run (see `runs list`), or a file of dead letters"},
            .kept_in = &replay_flags->what,
            .required = true},
           {.names = "-o,--out",
            .value = "NAME=TARGET",
            .about = {"Entregar também a este destino; repetível", "Also deliver to this output; repeatable"},
            .kept_in = &replay_flags->outputs},
           {.names = "--start-time",
            .value = "RFC3339",
            .about =
                {"Enviar como se tivesse começado nesse horário, com um id próprio; now: como se acabasse de terminar",
                 "Send it as if it had begun at that time, under an id of its own; now: as if it had just ended"},
            .kept_in = &replay_flags->start_time},
           {.names = "--run-id",
            .value = "ID",
            .about = {"Id da execução no novo horário; padrão: o original com -replay",
                      "Id of the run at its new time; default: the original with -replay"},
            .kept_in = &replay_flags->run_id}}});
}

}  // namespace omniwriter
