#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "reports/advice/rules.h"
#include "reports/format_numbers.h"
#include "reports/timeline.h"

namespace omniwriter::advice {
namespace {

constexpr double kMostErrors = 0.6;  // share of one endpoint or one type that counts as concentration
constexpr double kOverRepresented = 2;
constexpr double kBurstErrors = 0.5;
constexpr double kBurstTime = 0.2;
constexpr double kBurstContrast = 5;
constexpr std::size_t kBurstPoints = 120;

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

}  // namespace

void errors_of_one_endpoint(Advisor& advisor, const Facts& facts) {
  const RunSummary& summary = *facts.summary;
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

void errors_of_one_type(Advisor& advisor, const Facts& facts) {
  const RunSummary& summary = *facts.summary;
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
void errors_at_one_time(Advisor& advisor, const Facts& facts) {
  const Run& run = *facts.run;
  const RunSummary& summary = *facts.summary;
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

}  // namespace omniwriter::advice
