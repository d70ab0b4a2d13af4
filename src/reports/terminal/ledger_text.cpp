#include <fmt/format.h>

#include <algorithm>

#include "base/utf8.h"
#include "model/translation.h"
#include "reports/display_width.h"
#include "reports/format_numbers.h"
#include "reports/report.h"
#include "reports/terminal/text_table.h"
#include "reports/texts.h"

namespace omniwriter {

std::string ledger_text(std::string_view run_id, std::uint64_t samples, const std::vector<LedgerEntry>& ledger,
                        Language language, TerminalStyle style) {
  constexpr int kFirstColumn = 16;
  const auto say = [&](Text text) { return std::string(text_of(text, language)); };
  const auto count = [&](std::uint64_t n) { return format_count(n, language); };
  std::string out = fmt::format("{}\n", colored(run_id, Color::bold, style.color));
  if (ledger.empty()) return out + fmt::format(" {}\n", say(Text::no_outputs));
  TextTable table({{say(Text::output)},
                   {say(Text::read_samples)},
                   {say(Text::accepted)},
                   {say(Text::rejected)},
                   {say(Text::pending)},
                   {say(Text::sent_again), 1},
                   {""}});
  for (const LedgerEntry& entry : ledger) {
    const bool adds_up = entry.accepted + entry.rejected + entry.pending == samples;
    table.add({{visible_text(entry.output)},
               {count(samples)},
               {count(entry.accepted)},
               {count(entry.rejected), entry.rejected > 0 ? Color::red : Color::dim},
               {count(entry.pending), entry.pending > 0 ? Color::yellow : Color::dim},
               {count(entry.retries), Color::dim},
               entry.closed() && adds_up ? Cell{"✓", Color::green} : Cell{"✗", Color::red}});
  }
  out += table.render(style.width, kFirstColumn, style.color);
  for (const LedgerEntry& entry : ledger) {
    for (const std::string& problem : entry.problems) {
      out += fmt::format("   {}\n", colored(fmt::format("{}: {}", visible_text(entry.output),
                                                        visible_text(translated(problem, language))),
                                            Color::yellow, style.color));
    }
  }
  return out;
}

}  // namespace omniwriter
