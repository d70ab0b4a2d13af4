#pragma once
/// What the store knows of runs: one line of each, and what became of their samples.

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace omniwriter {

/// One line of `runs list`.
struct RunRow {
  std::string run_id;
  std::string test_name;
  std::string tool;
  std::int64_t started_ns = 0;
  double duration_seconds = 0;
  std::uint64_t samples = 0;
  std::uint64_t errors = 0;
  std::optional<double> p95_seconds;    ///< nothing where the tool did not tell it
  std::optional<std::int64_t> read_ns;  ///< when it was saved last; nothing of runs that an older version saved
  std::map<std::string, std::string> tags;
  std::string verdict = {};  ///< "pass", "warn", "fail", "inconclusive"; empty: it was not judged
};

/// Every sample of a run, as one output sees it: read = accepted + rejected + pending.
struct LedgerEntry {
  std::string output;
  std::uint64_t accepted = 0;
  std::uint64_t rejected = 0;         ///< set aside as dead letters
  std::uint64_t pending = 0;          ///< not delivered within the time allowed
  std::uint64_t items = 0;            ///< encoded records accepted
  std::uint64_t retries = 0;          ///< batches sent again
  std::vector<std::string> problems;  ///< distinct reasons, the first kMaxProblems
  std::string target = {};            ///< where to, as the user gave it
  bool settled = true;                ///< nothing is left to be sent, be it only what stands for no sample
  bool named = false;  ///< the target was given on the command line: it stays, whatever the configuration says later

  static constexpr std::size_t kMaxProblems = 10;
  /// Whether all is delivered: nothing rejected, nothing pending.
  [[nodiscard]] bool closed() const { return settled && rejected == 0 && problems.empty(); }
};

}  // namespace omniwriter
