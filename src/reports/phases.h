#pragma once
/// Where the time of requests goes: network or server?

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "omniwriter/run.h"
#include "reports/texts.h"

namespace omniwriter {

/// Where most of the time goes.
enum class TimeGoesTo : std::uint8_t {
  server,              ///< waiting for the first byte
  transfer,            ///< of requests and responses
  distance,            ///< waiting, but for a round trip more than for the server
  new_connections,     ///< connections that are opened, for most requests anew
  connecting,          ///< connections that are opened, though for few requests
  dns,                 ///< looking up names
  free_connection,     ///< waiting for a connection
  network_and_server,  ///< none of these alone
};

/// A phase of some requests.
struct PhaseSummary {
  SampleKind phase;
  const Tally* tally;  ///< as the tool has it
  double share = 0;    ///< of the time of all their phases
};

/// Whether its tool has in blocked what it has in dns, connect and tls, too.
[[nodiscard]] bool blocked_holds_connecting(const Run& run);

/// The phases of some requests. Refers to their tallies.
struct Phases {
  std::vector<PhaseSummary> known;  ///< by kPhases

  /// Of one with a sample at least.
  void add(SampleKind phase, const Tally& tally) { known.push_back({phase, &tally}); }
  /// Once all are there. Where blocked_holds_connecting(), its share is what is left.
  void compute_shares(bool blocked_holds_connecting);

  /// 0 of what is not known.
  [[nodiscard]] double share(SampleKind phase) const;
  /// Null where it is not known.
  [[nodiscard]] const Tally* find(SampleKind phase) const;
  /// Of blocked, dns, connect and tls together: all that a request waits before it is sent.
  [[nodiscard]] double share_of_connecting() const;
  /// Of requests, how many opened a connection; nothing where that is not known.
  [[nodiscard]] std::optional<double> opened_connections() const;
  /// How long a packet is on its way to the server and back, in seconds: the median of connections that were opened.
  /// Nothing where it is not known.
  [[nodiscard]] std::optional<double> round_trip() const;
  /// Nothing where less than two phases are known, or they took no time. The rules are in docs/cli.md.
  [[nodiscard]] std::optional<TimeGoesTo> time_goes_to() const;
};

/// "server", "new_connections", ...: as in JSON.
[[nodiscard]] std::string_view name_of(TimeGoesTo where);
/// "mostly the server", ...
[[nodiscard]] Text text_for(TimeGoesTo where);
/// "waiting", ...
[[nodiscard]] Text text_for(SampleKind phase);

}  // namespace omniwriter
