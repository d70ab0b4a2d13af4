#include <fmt/format.h>

#include "model/translation.h"
#include "reports/advice/rules.h"
#include "reports/display_width.h"
#include "reports/format_numbers.h"
#include "systems/system.h"

namespace omniwriter::advice {

void incomplete_deliveries(Advisor& advisor, const Facts& facts) {
  for (const LedgerEntry& entry : facts.ledger) {
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
    if (facts.summary != nullptr && !facts.summary->adds_up(entry)) {
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
                          format_count(facts.summary->numbers.samples, language));
          });
    }
  }
}

void state_of_systems(Advisor& advisor, const Facts& facts) {
  std::string missing;
  for (const SystemState& state : facts.systems) {
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

}  // namespace omniwriter::advice
