#pragma once
/// What the table of the command line says of itself.

#include <string>
#include <vector>

#include "app/arguments.h"

namespace omniwriter {

/// Of the last command of `path`, which begins with the program; in lines of at most `columns`.
[[nodiscard]] std::string help_text(const std::vector<const Command*>& path, Language language, int columns);

/// The manual page, as roff.
[[nodiscard]] std::string manual_page(const Command& program, Language language);

/// A script that completes commands, options and their values in a shell: "bash", "zsh" or "fish".
[[nodiscard]] std::string completion_script(const Command& program, std::string_view shell, Language language);

}  // namespace omniwriter
