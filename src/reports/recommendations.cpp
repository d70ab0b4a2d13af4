#include "reports/recommendations.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <cmath>
#include <optional>
#include <utility>

#include "model/translation.h"
#include "reports/display_width.h"
#include "reports/format_numbers.h"
#include "reports/run_summary.h"
#include "reports/timeline.h"
#include "systems/system.h"

namespace omniwriter {
namespace {

// Below these numbers chance alone looks like a pattern.
constexpr std::uint64_t kMinErrors = 20;
constexpr double kMinErrorRatio = 0.001;
constexpr std::uint64_t kMinSamplesOfTail = 1000;
constexpr std::uint64_t kMinSamplesOfEndpoint = 20;

constexpr double kMostErrors = 0.6;  // share of one endpoint or one type that counts as concentration
constexpr double kOverRepresented = 2;
constexpr double kBurstErrors = 0.5;
constexpr double kBurstTime = 0.2;
constexpr double kBurstContrast = 5;
constexpr std::size_t kBurstPoints = 120;
constexpr double kSlowTimes = 3;
constexpr double kSlowSeconds = 0.25;
constexpr double kSlowShare = 0.25;
constexpr double kTailTimes = 10;
constexpr double kTailSeconds = 0.5;
constexpr double kTailShare = 0.05;
constexpr double kPauseSeconds = 30;
constexpr double kPauseShare = 0.2;
constexpr std::size_t kUserLevels = 8;
constexpr std::size_t kSaturationPoints = 240;
constexpr int kNameColumns = 60;
constexpr int kQuoteColumns = 120;

/// The same said in both languages.
template <typename Say>
Localized both(const Say& say) {
  return {say(Language::pt_br), say(Language::en)};
}

/// One of two wordings, filled in.
template <typename... Values>
std::string worded(Language language, std::string_view pt_br, std::string_view en, const Values&... values) {
  return fmt::format(fmt::runtime(language == Language::pt_br ? pt_br : en), values...);
}

double ratio(std::uint64_t part, std::uint64_t whole) {
  return whole == 0 ? 0.0 : static_cast<double>(part) / static_cast<double>(whole);
}

std::string name(std::string_view text) { return shortened(visible_text(text), kNameColumns); }
std::string quote(std::string_view text) { return shortened(visible_text(text), kQuoteColumns); }

/// "15:29:36"
std::string time_of_day(std::int64_t seconds) { return format_instant(seconds * 1'000'000'000).substr(11, 8); }

class Advisor {
 public:
  explicit Advisor(std::vector<Recommendation>& found) : found_(found) {}

  template <typename Text, typename Evidence>
  void say(std::string id, const Text& text, const Evidence& evidence) {
    found_.push_back({std::move(id), both(text), both(evidence)});
  }

 private:
  std::vector<Recommendation>& found_;
};

void error_concentration(Advisor& advisor, const RunSummary& summary) {
  const std::uint64_t errors = summary.numbers.errors;
  const auto worst =
      std::ranges::max_element(summary.endpoints, {}, [](const auto& one) { return one.numbers.errors; });
  if (worst == summary.endpoints.end()) return;
  const double of_errors = ratio(worst->numbers.errors, errors);
  const double of_samples = ratio(worst->numbers.samples, summary.numbers.samples);
  if (of_errors < kMostErrors || of_errors < of_samples * kOverRepresented) return;
  advisor.say(
      "errors_one_endpoint",
      [&](Language language) {
        return worded(language, "Comece por “{}”: a maior parte dos erros vem dele.",
                      "Start with “{}”: most errors come from it.", name(worst->endpoint));
      },
      [&](Language language) {
        return worded(language, "erros: {} de {} ({}), em {} das requisições; {} das requisições a ele falham",
                      "errors: {} of {} ({}), in {} of the requests; {} of its requests fail",
                      format_count(worst->numbers.errors, language), format_count(errors, language),
                      format_percent(of_errors, language), format_percent(of_samples, language),
                      format_percent(worst->numbers.error_ratio, language));
      });
}

/// Where to look first for errors of a type.
Localized first_look(std::string_view type) {
  if (type == "http_429") {
    return {"o servidor limita a taxa de requisições: aumente o limite ou reduza a carga",
            "the server limits the rate of requests: raise the limit, or lower the load"};
  }
  if (type == "http_401" || type == "http_403") {
    return {"verifique as credenciais do teste", "check the credentials of the test"};
  }
  if (type == "http_404") return {"verifique as URLs do teste", "check the URLs of the test"};
  if (type.starts_with("http_5")) return {"veja o log do servidor", "look at the log of the server"};
  if (type == "assertion") {
    return {"compare as respostas com o que o teste espera", "compare the answers with what the test expects"};
  }
  if (type == "timeout" || type.starts_with("connection")) {
    return {"verifique rede, conexões e filas do servidor", "check network, connections and queues of the server"};
  }
  return {"comece por eles", "start with these"};
}

void error_type(Advisor& advisor, const RunSummary& summary) {
  const std::string& type = summary.errors_by_type.front().first;
  const std::uint64_t count = summary.errors_by_type.front().second;
  const std::uint64_t errors = summary.numbers.errors;
  if (ratio(count, errors) < kMostErrors) return;
  advisor.say(
      "errors_one_type",
      [&](Language language) {
        return worded(language, "A maior parte dos erros é do tipo {}: {}.", "Most errors are of type {}: {}.",
                      name(type), first_look(type).in(language));
      },
      [&](Language language) {
        return worded(language, "erros: {} de {} ({}); {} de todas as requisições",
                      "errors: {} of {} ({}); {} of all requests", format_count(count, language),
                      format_count(errors, language), format_percent(ratio(count, errors), language),
                      format_percent(ratio(count, summary.numbers.samples), language));
      });
}

/// The shortest stretch of time that holds half of the errors, if it is short, and requests fail there far more often.
void error_burst(Advisor& advisor, const Run& run, const RunSummary& summary) {
  const TimePoints timeline = timeline_of(run, kBurstPoints);
  const auto& points = timeline.points;
  const auto longest = static_cast<std::size_t>(static_cast<double>(points.size()) * kBurstTime);
  const auto enough = static_cast<std::uint64_t>(std::ceil(static_cast<double>(summary.numbers.errors) * kBurstErrors));
  std::size_t best_from = 0;
  std::size_t best_length = longest + 1;
  std::uint64_t errors = 0;
  std::size_t from = 0;
  for (std::size_t to = 0; to < points.size(); ++to) {
    errors += points[to].errors;
    while (errors - points[from].errors >= enough) errors -= points[from++].errors;
    if (errors >= enough && to - from + 1 < best_length) {
      best_from = from;
      best_length = to - from + 1;
    }
  }
  if (best_length > longest) return;
  // That may be the middle of it: what fails like it belongs to it.
  std::uint64_t samples_within = 0;
  std::uint64_t errors_within = 0;
  for (std::size_t i = best_from; i < best_from + best_length; ++i) {
    samples_within += points[i].tally.samples();
    errors_within += points[i].errors;
  }
  const double core = ratio(errors_within, samples_within);
  const auto belongs = [&](const TimePoint& point) { return ratio(point.errors, point.tally.samples()) > core / 2; };
  const auto take = [&](const TimePoint& point) {
    samples_within += point.tally.samples();
    errors_within += point.errors;
    ++best_length;
  };
  while (best_from > 0 && belongs(points[best_from - 1])) take(points[--best_from]);
  while (best_from + best_length < points.size() && belongs(points[best_from + best_length])) {
    take(points[best_from + best_length]);
  }
  if (best_length > longest) return;
  const double within = ratio(errors_within, samples_within);
  const double without = ratio(summary.numbers.errors - errors_within, summary.numbers.samples - samples_within);
  if (within < without * kBurstContrast) return;
  const std::int64_t begin = points[best_from].start_seconds;
  const std::int64_t end = begin + static_cast<std::int64_t>(best_length) * timeline.step_seconds;
  advisor.say(
      "error_burst",
      [&](Language language) {
        return worded(language, "Veja o que aconteceu entre {} e {} UTC: os erros vieram de uma vez.",
                      "Find out what happened between {} and {} UTC: the errors came all at once.", time_of_day(begin),
                      time_of_day(end));
      },
      [&](Language language) {
        return worded(language, "erros: {} de {} em {}; {} das requisições desse período falharam, e {} das demais",
                      "errors: {} of {} within {}; {} of the requests in that time failed, and {} of the others",
                      format_count(errors_within, language), format_count(summary.numbers.errors, language),
                      format_duration(static_cast<double>(end - begin), language), format_percent(within, language),
                      format_percent(without, language));
      });
}

void slow_endpoints(Advisor& advisor, const RunSummary& summary) {
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

/// More users, no more throughput, longer waiting: from the first number of users on that has all the throughput there
/// is.
void saturation(Advisor& advisor, const Run& run) {
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

void long_tail(Advisor& advisor, const RunSummary& summary) {
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

void alerts(Advisor& advisor, const Run& run, std::span<const AlertRule> rules) {
  const auto states = alert_states(run, {rules.begin(), rules.end()});
  for (std::size_t i = 0; i < rules.size(); ++i) {
    const AlertRule& rule = rules[i];
    // The longest time without a break that the condition held.
    std::optional<std::int64_t> since_ns;
    std::int64_t longest_ns = -1;
    std::optional<double> worst;
    for (const AlertState& state : states) {
      if (state.rule != i) continue;
      if (!state.breached) {
        since_ns.reset();
        continue;
      }
      if (!since_ns) since_ns = state.time_ns;
      longest_ns = std::max(longest_ns, state.time_ns - *since_ns);
      const bool less_is_worse = rule.signal == AlertSignal::throughput;
      if (!worst || (less_is_worse ? state.value < *worst : state.value > *worst)) worst = state.value;
    }
    if (!worst) continue;
    // Time slots reach beyond both ends of the run.
    const double held = std::min(static_cast<double>(longest_ns) / 1e9 + static_cast<double>(run.interval_seconds),
                                 run.duration_seconds());
    const double hold = std::chrono::duration<double>(rule.hold).count();
    const bool fires = held >= hold;
    // In a run too short for the alert, the condition has to have held for most of it.
    if (!fires && (run.duration_seconds() >= hold || held < run.duration_seconds() / 2)) continue;
    const auto value = [&](double of_signal, Language language) {
      switch (rule.signal) {
        case AlertSignal::error_ratio:
          return format_percent(of_signal, language);
        case AlertSignal::response_time_p95:
          return "p95 " + format_time(of_signal, language);
        case AlertSignal::throughput:
          return format_number(of_signal, language) + " req/s";
        default:
          return format_percent(of_signal / 100, language);
      }
    };
    advisor.say(
        fmt::format("alert_{}", rule.id),
        [&](Language language) {
          const std::string title = title_of(rule).in(language);
          return fires ? worded(language, "Alerta “{}”: teria disparado nesta execução.",
                                "Alert “{}”: it would have fired in this run.", title)
                       : worded(language, "Alerta “{}”: teria disparado se a execução durasse mais.",
                                "Alert “{}”: it would have fired had the run lasted longer.", title);
        },
        [&](Language language) {
          return worded(language, "chegou a {}, com limite de {}, por {} (o alerta espera {})",
                        "reached {}, with a threshold of {}, for {} (the alert waits {})", value(*worst, language),
                        value(rule.threshold, language), format_duration(held, language),
                        format_duration(hold, language));
        });
  }
}

void too_little(Advisor& advisor, const Run& run, const RunSummary& summary, std::span<const AlertRule> rules) {
  const std::uint64_t samples = summary.numbers.samples;
  if (samples < kMinSamplesOfTail) {
    const auto rank = static_cast<std::uint64_t>(std::ceil(static_cast<double>(samples) * 0.99));
    advisor.say(
        "too_few_samples",
        [&](Language language) {
          return worded(language, "Colete mais amostras antes de confiar no p99.",
                        "Take more samples before you rely on the p99.");
        },
        [&](Language language) {
          return worded(language, "amostras: {}; mais lentas que o p99: {}", "samples: {}; slower than the p99: {}",
                        format_count(samples, language), samples - rank);
        });
  }
  std::optional<double> shortest;
  for (const AlertRule& rule : rules) {
    const double hold = std::chrono::duration<double>(rule.hold).count();
    if (rule.enabled && (!shortest || hold < *shortest)) shortest = hold;
  }
  if (shortest && run.duration_seconds() < *shortest) {
    advisor.say(
        "run_too_short",
        [&](Language language) {
          return worded(language, "Teste por mais tempo: numa execução tão curta nenhum alerta pode disparar.",
                        "Test for longer: no alert can fire in so short a run.");
        },
        [&](Language language) {
          return worded(language, "a execução durou {}; o alerta mais rápido espera {}",
                        "the run took {}; the quickest alert waits {}",
                        format_duration(run.duration_seconds(), language), format_duration(*shortest, language));
        });
  }
}

void no_times(Advisor& advisor, const RunSummary& summary) {
  if (summary.numbers.tally.response_time.max_ns() != 0) return;
  advisor.say(
      "no_response_times",
      [&](Language language) {
        return worded(language,
                      "Registre os tempos de resposta (nginx: $request_time, Apache: %D): sem eles não há "
                      "percentis.",
                      "Have response times logged (nginx: $request_time, Apache: %D): without them there are no "
                      "percentiles.");
      },
      [&](Language language) {
        return worded(language, "nenhuma das {} amostras tem tempo de resposta",
                      "none of the {} samples has a response time", format_count(summary.numbers.samples, language));
      });
}

/// A long time in which no request began: a pause of the load, or files that do not belong together.
void pause(Advisor& advisor, const Run& run) {
  std::int64_t longest = 0;
  std::int64_t from = 0;
  std::optional<std::int64_t> before;
  run.for_each_interval([&](std::int64_t start, std::uint32_t, const std::vector<Run::Cell>&) {
    if (before && start - *before > longest) {
      longest = start - *before;
      from = *before;
    }
    before = start + run.interval_seconds;
  });
  const auto seconds = static_cast<double>(longest);
  if (seconds < kPauseSeconds || seconds < kPauseShare * run.duration_seconds()) return;
  const bool several_files = run.info.files.size() > 1;
  advisor.say(
      "pause",
      [&](Language language) {
        return several_files
                   ? worded(language,
                            "Verifique os relógios e fusos horários dos geradores, e se todos os arquivos são da mesma "
                            "execução.",
                            "Check the clocks and time zones of the generators, and whether all files are of one run.")
                   : worded(language, "Descubra por que a carga parou: as médias por segundo incluem a pausa.",
                            "Find out why the load paused: rates over the whole run include the pause.");
      },
      [&](Language language) {
        return worded(language, "nenhuma requisição começou de {} a {}: {} de {}",
                      "no request began from {} to {}: {} of {}", time_of_day(from), time_of_day(from + longest),
                      format_duration(seconds, language), format_duration(run.duration_seconds(), language));
      });
}

void not_counted(Advisor& advisor, const Run& run, const RunSummary& summary) {
  if (run.bad_records > 0) {
    advisor.say(
        "bad_records",
        [&](Language language) {
          return worded(language,
                        "Verifique os arquivos de resultados: há registros ilegíveis, que não foram contados.",
                        "Check the result files: there are records that could not be read, and are not counted.");
        },
        [&](Language language) {
          std::string text =
              worded(language, "registros ilegíveis: {}; amostras: {}", "unreadable records: {}; samples: {}",
                     format_count(run.bad_records, language), format_count(summary.numbers.samples, language));
          if (!run.bad_record_reports.empty()) {
            const BadRecordReport& first = run.bad_record_reports.front();
            text += worded(language, "; o primeiro: {}, linha {}: {}", "; the first: {}, line {}: {}",
                           quote(first.file), first.line, quote(translated(first.reason, language)));
          }
          return text;
        });
  }
  if (run.other_samples > 0) {
    advisor.say(
        "series_limit",
        [&](Language language) {
          return worded(language, "Agrupe os nomes dos endpoints (ids nas URLs?) ou aumente limits.max_series.",
                        "Group the names of endpoints (ids in URLs?), or raise limits.max_series.");
        },
        [&](Language language) {
          return worded(language, "amostras além do limite de endpoints, reunidas em {}: {}",
                        "samples past the limit of endpoints, kept under {}: {}", kOtherEndpoint,
                        format_count(run.other_samples, language));
        });
  }
}

void deliveries(Advisor& advisor, const std::vector<LedgerEntry>& ledger, const RunSummary* summary) {
  for (const LedgerEntry& entry : ledger) {
    const auto problem = [&](Language language) {
      return entry.problems.empty() ? "" : "; “" + quote(translated(entry.problems.front(), language)) + "”";
    };
    if (entry.pending > 0) {
      advisor.say(
          "delivery_pending",
          [&](Language language) {
            return worded(
                language, "Entregue de novo a {}: corrija a causa e repita ingest; nada será contado em dobro.",
                "Deliver to {} again: mend the cause and repeat ingest; nothing counts twice.", name(entry.output));
          },
          [&](Language language) {
            return worded(language, "amostras pendentes: {}; aceitas: {}{}", "samples pending: {}; accepted: {}{}",
                          format_count(entry.pending, language), format_count(entry.accepted, language),
                          problem(language));
          });
    }
    if (entry.rejected > 0) {
      advisor.say(
          "delivery_rejected",
          [&](Language language) {
            return worded(language, "Veja por que {} recusou amostras.", "Find out why {} rejected samples.",
                          name(entry.output));
          },
          [&](Language language) {
            return worded(language, "amostras recusadas: {}; aceitas: {}{}", "samples rejected: {}; accepted: {}{}",
                          format_count(entry.rejected, language), format_count(entry.accepted, language),
                          problem(language));
          });
    }
    if (summary != nullptr && !summary->adds_up(entry)) {
      advisor.say(
          "ledger_gap",
          [&](Language language) {
            return worded(language, "Entregue de novo a {}: a conta não fecha.",
                          "Deliver to {} again: the ledger does not close.", name(entry.output));
          },
          [&](Language language) {
            return worded(language, "aceitas, rejeitadas e pendentes somam {}; lidas foram {}",
                          "accepted, rejected and pending add up to {}; {} were read",
                          format_count(entry.accepted + entry.rejected + entry.pending, language),
                          format_count(summary->numbers.samples, language));
          });
    }
  }
}

void states(Advisor& advisor, const std::vector<SystemState>& systems) {
  std::string missing;
  for (const SystemState& state : systems) {
    for (const Finding& finding : state.findings) {
      if (finding.kind == FindingKind::note) continue;
      advisor.say(
          finding.id,
          [&](Language language) {
            return fmt::format("{}: {}", title_of(state.system), visible_text(finding.remedy.in(language)));
          },
          [&](Language language) { return visible_text(finding.finding.in(language)); });
    }
    // A part is one of several ways to the whole.
    if (!state.configured && whole_of(state.system) == state.system) {
      missing += fmt::format("{}{}", missing.empty() ? "" : ", ", title_of(state.system));
    }
  }
  if (missing.empty()) return;
  advisor.say(
      "system_not_configured",
      [&](Language language) {
        return worded(language, "Defina o endereço de cada sistema que faz parte do seu monitoramento.",
                      "Set the address of each system that is part of your monitoring.");
      },
      [&](Language language) { return worded(language, "sem endereço: {}", "without an address: {}", missing); });
}

}  // namespace

std::vector<Recommendation> recommendations(const Run* run, const std::vector<LedgerEntry>& ledger,
                                            const std::vector<SystemState>& systems, std::span<const AlertRule> rules) {
  std::vector<Recommendation> found;
  Advisor advisor(found);
  std::optional<RunSummary> summary;
  if (run != nullptr) summary.emplace(*run);
  if (summary && summary->numbers.samples > 0) {
    if (summary->numbers.errors >= kMinErrors && summary->numbers.error_ratio >= kMinErrorRatio) {
      error_concentration(advisor, *summary);
      error_type(advisor, *summary);
      error_burst(advisor, *run, *summary);
    }
    saturation(advisor, *run);
    slow_endpoints(advisor, *summary);
    long_tail(advisor, *summary);
    alerts(advisor, *run, rules);
    too_little(advisor, *run, *summary, rules);
    pause(advisor, *run);
    no_times(advisor, *summary);
    not_counted(advisor, *run, *summary);
  }
  deliveries(advisor, ledger, summary ? &*summary : nullptr);
  states(advisor, systems);
  return found;
}

}  // namespace omniwriter
