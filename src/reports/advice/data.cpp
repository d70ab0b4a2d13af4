#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <optional>

#include "model/translation.h"
#include "model/vitals_summary.h"
#include "reports/advice/rules.h"
#include "reports/format_numbers.h"

namespace omniwriter::advice {
namespace {

constexpr double kPauseSeconds = 30;
constexpr double kPauseShare = 0.2;
// A test that tells of itself (update_custom_metrics) may tell of the CPU of what it tests.
constexpr std::string_view kToldByTheTest = "omniwriter";

}  // namespace

void too_little_data(Advisor& advisor, const Facts& facts) {
  const Run& run = *facts.run;
  const RunSummary& summary = *facts.summary;
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
  for (const AlertRule& rule : facts.rules) {
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

/// A long time in which no request began: a pause of the load, or files that do not belong together.
void pause_of_the_load(Advisor& advisor, const Facts& facts) {
  const Run& run = *facts.run;
  std::int64_t longest = 0;
  std::int64_t from = 0;
  std::optional<std::int64_t> before;
  run.for_each_narrow_total([&](std::int64_t start, const Tally&) {
    if (before && start - *before > longest) {
      longest = start - *before;
      from = *before;
    }
    before = start + run.narrow_interval_seconds();
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

void uneven_load_generators(Advisor& advisor, const Facts& facts) {
  constexpr std::size_t kShown = 3;
  const Run& run = *facts.run;
  const auto uneven = uneven_sources(run);
  if (uneven.empty()) return;
  advisor.say(
      "source_uneven",
      [&](Language language) {
        return worded(language,
                      "Verifique os geradores de carga: nem todos trabalharam o teste todo, e sem eles houve menos "
                      "carga.",
                      "Check the load generators: not all were at work all the time, and without them there was less "
                      "load.");
      },
      [&](Language language) {
        std::string text;
        for (std::size_t i = 0; i < std::min(uneven.size(), kShown); ++i) {
          text += (i == 0 ? "" : "; ") + quote(text_of(uneven[i], language));
        }
        if (uneven.size() > kShown) text += "; …";
        return text + worded(language, " ({} de {})", " ({} of {})", uneven.size(), run.sources.size());
      });
}

void busy_load_generator(Advisor& advisor, const Facts& facts) {
  const Run& run = *facts.run;
  if (run.info.tool == kToldByTheTest) return;
  const auto busy = longest_busy_time(run.vitals, run.interval_seconds);
  if (!busy) return;
  advisor.say(
      "busy_load_generator",
      [&](Language language) {
        return worded(language,
                      "Repita o teste com mais geradores de carga, ou com menos carga: um gerador no limite faz suas "
                      "próprias requisições esperarem, e mede isso também.",
                      "Repeat the test with more load generators, or with less load: one at its limit has its own "
                      "requests wait, and measures that, too.");
      },
      [&](Language language) {
        return worded(language, "CPU do gerador acima de {} por {} a partir de {}, até {}",
                      "CPU of the generator above {} for {} from {} on, up to {}",
                      format_percent(kBusyPercent / 100, language),
                      format_duration(static_cast<double>(busy->seconds), language), time_of_day(busy->start_seconds),
                      format_percent(busy->most_percent / 100, language));
      });
}

void no_response_times(Advisor& advisor, const Facts& facts) {
  const RunSummary& summary = *facts.summary;
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

void what_was_not_counted(Advisor& advisor, const Facts& facts) {
  const Run& run = *facts.run;
  const RunSummary& summary = *facts.summary;
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

}  // namespace omniwriter::advice
