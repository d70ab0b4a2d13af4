#pragma once
/// Portuguese for the sentences that components say: errors, notes, reasons of deliveries, descriptions of formats.
///
/// They are made, kept and handed on in English, wherever they come from; whoever shows one to people translates it. So
/// logs, JSON, the store and the Python module say the same in every language, and nothing below the screen knows of
/// languages. Texts that are nothing but text (help, reports, dashboards) are `Localized` instead.

#include <span>
#include <string>
#include <string_view>

#include "model/language.h"

namespace omniwriter {

/// A sentence with a `{}` for each value in it; a value that is a sentence itself is a `{*}`, and gets translated, too.
/// The Portuguese has the same values in the same order.
struct Phrase {
  std::string_view english;
  std::string_view portuguese;
};

/// All there are; `tests/language` compares them with the sources.
[[nodiscard]] std::span<const Phrase> portuguese_phrases();

/// A sentence in `language`. Sentences may be put together: behind a name and a colon, with a semicolon, or on lines of
/// their own. What is not known (the words of a server, say) stays as it is.
[[nodiscard]] std::string translated(std::string_view sentence, Language language);

}  // namespace omniwriter
