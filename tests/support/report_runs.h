#pragma once
/// Runs to report on, the same each time.

#include <string>
#include <string_view>
#include <vector>

#include "delivery/delivery.h"
#include "omniwriter/run.h"

namespace omniwriter::testing {

/// Ten minutes of a web shop under growing load: nine endpoints from milliseconds to seconds, errors of three types,
/// transactions, sub-results, records that could not be read.
[[nodiscard]] Run shop_run();
/// Its ledger: one output complete, one with rejected and one with pending samples.
[[nodiscard]] std::vector<LedgerEntry> shop_ledger();

/// A minute of k6 with all that a run may have besides requests: phases, a group, checks, metrics of every kind,
/// messages of errors. All names begin with `prefix`.
[[nodiscard]] Run measured_run(std::string_view prefix = "");

/// The same with what may stand beside the requests of a run: numbers that queries gave, thresholds of the tool, users
/// by scenario.
[[nodiscard]] Run accompanied_run(std::string_view prefix = "");

/// Thirty endpoints of the same few samples.
[[nodiscard]] Run many_endpoints_run();

/// Every text is an attack: on terminals (escape sequences), tables (pipes, line breaks), HTML, JSON (not UTF-8).
[[nodiscard]] Run hostile_run();
[[nodiscard]] std::vector<LedgerEntry> hostile_ledger();

}  // namespace omniwriter::testing
