#include "reports/measures.h"

#include <fmt/format.h>

#include <algorithm>

#include "reports/advice/rules.h"
#include "reports/format_numbers.h"

namespace omniwriter::advice {
namespace {

constexpr double kMostErrors = 0.5;

}  // namespace

void errors_of_one_message(Advisor& advisor, const Facts& facts) {
  const auto messages = messages_of(*facts.run);
  const std::uint64_t errors = facts.summary->numbers.errors;
  if (messages.empty() || ratio(messages.front().count, errors) <= kMostErrors) return;
  const MessageSummary& most = messages.front();
  advisor.say(
      "errors_one_message",
      [&](Language language) {
        return worded(language, "A maior parte dos erros diz “{}”.", "Most errors say “{}”.", quote(most.message));
      },
      [&](Language language) {
        std::string text = worded(language, "erros: {} de {} ({}), de {} a {}", "errors: {} of {} ({}), from {} to {}",
                                  format_count(most.count, language), format_count(errors, language),
                                  format_percent(ratio(most.count, errors), language), format_instant(most.first_ns),
                                  format_instant(most.last_ns));
        text += most.endpoints == 1 ? worded(language, ", em “{}”", ", at “{}”", name(most.endpoint))
                                    : worded(language, ", em {} endpoints", ", at {} endpoints",
                                             format_count(most.endpoints, language));
        if (most.example != most.message) {
          text += worded(language, "; exemplo: “{}”", "; example: “{}”", quote(most.example));
        }
        return text;
      });
}

void checks_that_fail(Advisor& advisor, const Facts& facts) {
  constexpr std::size_t kOthers = 2;
  const auto& checks = facts.summary->checks;
  if (checks.empty() || checks.front().failed == 0) return;
  const CheckSummary& worst = checks.front();
  advisor.say(
      "checks_failed",
      [&](Language language) {
        return worded(language, "Veja por que o check “{}” falha.", "Find out why the check “{}” fails.",
                      name(worst.name));
      },
      [&](Language language) {
        const std::uint64_t all = worst.passed + worst.failed;
        std::string text = worded(language, "reprovado {} de {} vezes ({})", "failed {} of {} times ({})",
                                  format_count(worst.failed, language), format_count(all, language),
                                  format_percent(ratio(worst.failed, all), language));
        for (std::size_t i = 1; i < checks.size() && i <= kOthers && checks[i].failed > 0; ++i) {
          text += worded(language, "; “{}”: {} de {}", "; “{}”: {} of {}", name(checks[i].name),
                         format_count(checks[i].failed, language),
                         format_count(checks[i].passed + checks[i].failed, language));
        }
        return text;
      });
}

void dropped_iterations(Advisor& advisor, const Facts& facts) {
  const std::uint64_t dropped = facts.summary->dropped_iterations;
  if (dropped == 0) return;
  const std::uint64_t wanted = dropped + count_of(*facts.run, kIterations);
  advisor.say(
      "iterations_dropped",
      [&](Language language) {
        return worded(language,
                      "Dê mais usuários (maxVUs) ou máquinas ao gerador, ou peça menos: ele não manteve o ritmo, e a "
                      "carga foi menor que a pedida.",
                      "Give the load generator more users (maxVUs) or machines, or ask for less: it did not keep the "
                      "pace, so the load was lower than asked for.");
      },
      [&](Language language) {
        return worded(language, "iterações descartadas: {} de {} ({})", "iterations dropped: {} of {} ({})",
                      format_count(dropped, language), format_count(wanted, language),
                      format_percent(ratio(dropped, wanted), language));
      });
}

}  // namespace omniwriter::advice
