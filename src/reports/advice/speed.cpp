#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "reports/advice/rules.h"
#include "reports/format_numbers.h"
#include "reports/timeline.h"

namespace omniwriter::advice {
namespace {

constexpr double kSlowTimes = 3;
constexpr double kSlowSeconds = 0.25;
constexpr double kSlowShare = 0.25;
constexpr double kTailTimes = 10;
constexpr double kTailSeconds = 0.5;
constexpr double kTailShare = 0.05;
constexpr std::size_t kUserLevels = 8;
constexpr std::size_t kSaturationPoints = 240;

/// How the system did while about so many users were active.
struct UserLevel {
  std::uint32_t fewest_users = 0;
  std::uint32_t most_users = 0;
  std::int64_t since_seconds = 0;
  double seconds = 0;
  std::size_t points = 0;
  Tally tally;

  [[nodiscard]] double rate() const { return Run::rate(tally.samples(), seconds); }
};

}  // namespace

void slow_endpoints(Advisor& advisor, const Facts& facts) {
  const RunSummary& summary = *facts.summary;
  constexpr std::size_t kMost = 3;
  std::size_t said = 0;
  for (const EndpointSummary& endpoint : summary.endpoints) {  // by share of time: no later one has more
    if (endpoint.share < kSlowShare || said == kMost) return;
    if (endpoint.numbers.samples < kMinSamplesOfEndpoint) continue;
    Tally others;
    for (const EndpointSummary& other : summary.endpoints) {
      if (&other != &endpoint) others.merge(other.numbers.tally);
    }
    const auto known_p95 = endpoint.numbers.tally.quantile(0.95);
    const auto known_p95_of_others = others.quantile(0.95);
    if (!known_p95 || !known_p95_of_others) continue;
    const double p95 = *known_p95;
    const double p95_of_others = *known_p95_of_others;
    if (others.samples() == 0 || p95 < kSlowSeconds || p95 < p95_of_others * kSlowTimes) continue;
    ++said;
    advisor.say(
        "slow_endpoint",
        [&](Language language) {
          return worded(language, "Otimize “{}”: é muito mais lento que os demais e toma boa parte do tempo.",
                        "Make “{}” faster: it is far slower than the others, and takes much of the time.",
                        name(endpoint.endpoint));
        },
        [&](Language language) {
          return worded(language, "p95 de {}, contra {} dos demais; {} do tempo de resposta em {} das requisições",
                        "p95 of {}, against {} of the others; {} of the response time in {} of the requests",
                        format_time(p95, language), format_time(p95_of_others, language),
                        format_percent(endpoint.share, language),
                        format_percent(ratio(endpoint.numbers.samples, summary.numbers.samples), language));
        });
  }
}

/// More users, no more throughput, longer waiting: from the first number of users on that has all the throughput there
/// is.
void saturation(Advisor& advisor, const Facts& facts) {
  const Run& run = *facts.run;
  const TimePoints timeline = timeline_of(run, kSaturationPoints);
  std::vector<const TimePoint*> points;
  for (const TimePoint& point : timeline.points) {
    if (point.users && timeline.rate(point, 0)) points.push_back(&point);
  }
  if (points.empty()) return;
  const auto [fewest, most] = std::ranges::minmax(points, {}, [](const TimePoint* point) { return *point->users; });
  const double width = static_cast<double>(*most->users - *fewest->users) / static_cast<double>(kUserLevels);
  if (width <= 0) return;

  std::array<UserLevel, kUserLevels> all;
  for (const TimePoint* point : points) {
    const auto index = static_cast<std::size_t>(static_cast<double>(*point->users - *fewest->users) / width);
    UserLevel& level = all[std::min(index, kUserLevels - 1)];
    if (level.points++ == 0) {
      level.since_seconds = point->start_seconds;
      level.fewest_users = *point->users;
    }
    level.fewest_users = std::min(level.fewest_users, *point->users);
    level.most_users = std::max(level.most_users, *point->users);
    level.seconds += point->seconds;
    level.tally.merge(point->tally);
  }
  std::vector<const UserLevel*> levels;
  for (const UserLevel& level : all) {
    if (level.points >= 2 && level.tally.samples() >= kMinSamplesOfEndpoint) levels.push_back(&level);
  }
  if (levels.size() < 3) return;
  const double highest = std::ranges::max(levels, {}, &UserLevel::rate)->rate();
  const UserLevel& knee =
      **std::ranges::find_if(levels, [&](const UserLevel* level) { return level->rate() >= 0.95 * highest; });
  const UserLevel& top = *levels.back();
  const auto known_median = knee.tally.quantile(0.5);
  const auto known_top_median = top.tally.quantile(0.5);
  if (!known_median || !known_top_median) return;
  const double median = *known_median;
  const double top_median = *known_top_median;
  if (top.most_users < knee.fewest_users * 1.5 || top.rate() > knee.rate() * 1.05 || top_median < median * 1.3) return;
  advisor.say(
      "saturation",
      [&](Language language) {
        return worded(language,
                      "O sistema satura com cerca de {} usuários: dali em diante só a espera cresce. Aumente a "
                      "capacidade ou fique abaixo disso.",
                      "The system saturates at about {} users: from there on only waiting grows. Add capacity, or stay "
                      "below.",
                      format_count(knee.fewest_users, language));
      },
      [&](Language language) {
        return worded(language, "{} req/s com {} usuários (às {} UTC), {} req/s com {}; a mediana foi de {} a {}",
                      "{} req/s with {} users (at {} UTC), {} req/s with {}; the median went from {} to {}",
                      format_number(knee.rate(), language), format_count(knee.fewest_users, language),
                      time_of_day(knee.since_seconds), format_number(top.rate(), language),
                      format_count(top.most_users, language), format_time(median, language),
                      format_time(top_median, language));
      });
}

void long_tail(Advisor& advisor, const Facts& facts) {
  const RunSummary& summary = *facts.summary;
  for (const EndpointSummary& endpoint : summary.endpoints) {
    const Tally& tally = endpoint.numbers.tally;
    const auto known_p50 = tally.quantile(0.5);
    const auto known_p99 = tally.quantile(0.99);
    if (endpoint.share < kTailShare) return;  // and so have all that follow
    if (!known_p50 || !known_p99) continue;
    const double p50 = *known_p50;
    const double p99 = *known_p99;
    if (tally.samples() < kMinSamplesOfTail || p99 < kTailSeconds || p99 < p50 * kTailTimes) continue;
    advisor.say(
        "long_tail",
        [&](Language language) {
          return worded(language, "Investigue a cauda de “{}”: poucas requisições demoram muito mais que as outras.",
                        "Look into the tail of “{}”: a few requests take far longer than the others.",
                        name(endpoint.endpoint));
        },
        [&](Language language) {
          return worded(language, "p99 de {}, {} vezes o p50 de {}, em {} amostras",
                        "p99 of {}, {} times the p50 of {}, in {} samples", format_time(p99, language),
                        p50 > 0 ? format_number(p99 / p50, language) : "∞", format_time(p50, language),
                        format_count(tally.samples(), language));
        });
    return;  // the one with the most impact
  }
}

}  // namespace omniwriter::advice
