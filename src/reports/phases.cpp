#include "reports/phases.h"

#include <algorithm>

namespace omniwriter {
namespace {

constexpr double kMuchConnecting = 0.3;
constexpr double kMost = 0.5;
constexpr double kFarAwaySeconds = 0.005;  // a round trip within a data centre takes less

}  // namespace

bool blocked_holds_connecting(const Run& run) { return run.info.tool == "k6"; }

void Phases::compute_shares(bool blocked_holds_connecting) {
  const auto seconds = [&](SampleKind phase) {
    const Tally* const tally = find(phase);
    return tally == nullptr ? 0 : tally->response_time.sum_seconds();
  };
  double all = 0;
  for (PhaseSummary& one : known) {
    one.share = seconds(one.phase);
    if (one.phase == SampleKind::blocked && blocked_holds_connecting) {
      one.share -= seconds(SampleKind::dns) + seconds(SampleKind::connect) + seconds(SampleKind::tls);
      one.share = std::max(one.share, 0.0);
    }
    all += one.share;
  }
  for (PhaseSummary& one : known) one.share = all > 0 ? one.share / all : 0;
}

double Phases::share(SampleKind phase) const {
  const auto found = std::ranges::find(known, phase, &PhaseSummary::phase);
  return found == known.end() ? 0 : found->share;
}

const Tally* Phases::find(SampleKind phase) const {
  const auto found = std::ranges::find(known, phase, &PhaseSummary::phase);
  return found == known.end() ? nullptr : found->tally;
}

double Phases::share_of_connecting() const {
  return share(SampleKind::blocked) + share(SampleKind::dns) + share(SampleKind::connect) + share(SampleKind::tls);
}

std::optional<double> Phases::opened_connections() const {
  const Tally* const connect = find(SampleKind::connect);
  if (connect == nullptr || connect->reported) return std::nullopt;
  return 1 - static_cast<double>(connect->response_time.zero_count()) / static_cast<double>(connect->samples());
}

std::optional<double> Phases::round_trip() const {
  // Where a tool does not tell TLS apart, connecting holds its round trips, too.
  const auto opened = opened_connections();
  if (!opened || *opened <= 0 || find(SampleKind::tls) == nullptr) return std::nullopt;
  return find(SampleKind::connect)->quantile(1 - *opened / 2);
}

std::optional<TimeGoesTo> Phases::time_goes_to() const {
  const bool took_time = std::ranges::any_of(known, [](const PhaseSummary& one) { return one.share > 0; });
  if (known.size() < 2 || !took_time) return std::nullopt;
  if (const double connecting = share_of_connecting(); connecting > kMuchConnecting) {
    if (share(SampleKind::blocked) > connecting * kMost) return TimeGoesTo::free_connection;
    if (share(SampleKind::dns) > connecting * kMost) return TimeGoesTo::dns;
    return opened_connections().value_or(0) > kMost ? TimeGoesTo::new_connections : TimeGoesTo::connecting;
  }
  if (share(SampleKind::sending) + share(SampleKind::receiving) >= kMost) return TimeGoesTo::transfer;
  if (share(SampleKind::waiting) < kMost) return TimeGoesTo::network_and_server;
  const auto there_and_back = round_trip();
  const auto waiting = find(SampleKind::waiting)->quantile(0.5);
  const bool far_away =
      there_and_back && *there_and_back >= kFarAwaySeconds && waiting && *there_and_back >= *waiting * kMost;
  return far_away ? TimeGoesTo::distance : TimeGoesTo::server;
}

std::string_view name_of(TimeGoesTo where) {
  switch (where) {
    case TimeGoesTo::server:
      return "server";
    case TimeGoesTo::transfer:
      return "transfer";
    case TimeGoesTo::distance:
      return "distance";
    case TimeGoesTo::new_connections:
      return "new_connections";
    case TimeGoesTo::connecting:
      return "connecting";
    case TimeGoesTo::dns:
      return "dns";
    case TimeGoesTo::free_connection:
      return "free_connection";
    case TimeGoesTo::network_and_server:
      return "network_and_server";
  }
  return {};
}

Text text_for(TimeGoesTo where) {
  switch (where) {
    case TimeGoesTo::server:
      return Text::mostly_server;
    case TimeGoesTo::transfer:
      return Text::mostly_transfer;
    case TimeGoesTo::distance:
      return Text::mostly_distance;
    case TimeGoesTo::new_connections:
      return Text::connections_not_reused;
    case TimeGoesTo::connecting:
      return Text::mostly_connecting;
    case TimeGoesTo::dns:
      return Text::mostly_dns;
    case TimeGoesTo::free_connection:
      return Text::mostly_blocked;
    case TimeGoesTo::network_and_server:
      break;
  }
  return Text::network_and_server;
}

Text text_for(SampleKind phase) {
  switch (phase) {
    case SampleKind::blocked:
      return Text::phase_blocked;
    case SampleKind::dns:
      return Text::phase_dns;
    case SampleKind::connect:
      return Text::phase_connect;
    case SampleKind::tls:
      return Text::phase_tls;
    case SampleKind::sending:
      return Text::phase_sending;
    case SampleKind::receiving:
      return Text::phase_receiving;
    default:
      return Text::phase_waiting;
  }
}

}  // namespace omniwriter
