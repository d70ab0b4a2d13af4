#pragma once
/// Texts from outside in Markdown documents.

#include <string>
#include <string_view>

namespace omniwriter {

/// `text`, cut to 200 columns, so that it renders as itself wherever it stands: no markup, no HTML, no end of the table
/// cell.
[[nodiscard]] std::string markdown_text(std::string_view text);

}  // namespace omniwriter
