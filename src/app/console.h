#pragma once
/// The terminal, or what stands in for it.

#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "config/config.h"
#include "omniwriter/error.h"
#include "reading/reader.h"
#include "reports/report.h"

namespace omniwriter {

/// Results go to stdout as they are, everything else to stderr: sentences in English, which it translates. What would
/// act on a terminal (control characters, marks that turn the direction of writing) is shown as text instead; only
/// results that go to no terminal keep every byte.
class Console {
 public:
  /// Asks stdout and stderr what they are. NO_COLOR and TERM=dumb mean plain text.
  Console(const Environment& environment, Language language);

  /// Of all that is said from now on.
  void speak(Language language) { language_ = language; }
  [[nodiscard]] Language language() const { return language_; }

  /// How results may look: colour only on a terminal that has it.
  [[nodiscard]] TerminalStyle style() const { return style_; }
  /// Columns that results have to fit in: those of a terminal, else COLUMNS; none where neither tells.
  [[nodiscard]] std::optional<int> columns() const { return columns_; }
  /// Whether a line on stderr can be written over.
  [[nodiscard]] bool shows_progress() const { return progress_; }
  [[nodiscard]] int progress_width() const;

  /// Writes to stdout. A reader that went away is no error (`| head`); a full disk is.
  [[nodiscard]] Result<void> print(std::string_view text) const;
  /// Writes lines to stderr: "omniwriter: error: …", and a hint below where the text has a second line. Lines that
  /// begin with two spaces show what is wrong, and stay as they are.
  void error(std::string_view text) const;
  void note(std::string_view text) const;
  /// Keeps one line on stderr, cut to the width of the terminal and written over by the next call; an empty one erases
  /// it.
  void show_line(std::string_view text) const;

 private:
  Language language_;
  TerminalStyle style_;
  bool to_terminal_ = false;
  std::optional<int> columns_;
  bool progress_ = false;
  std::optional<std::string> columns_told_;
};

/// One line on how far reading is, at most `width` columns: share, rates, time left, where these are known.
[[nodiscard]] std::string progress_text(std::string_view file, const ReadProgress& progress,
                                        std::uint64_t samples_before, double seconds, int width, Language language);

/// Keeps that line on stderr, written over at most ten times a second, and erases it in the end.
/// update() may come from any thread, one at a time.
class ProgressLine {
 public:
  ProgressLine(const Console& console, Clock& clock, bool enabled)
      : console_(console), clock_(clock), enabled_(enabled && console.shows_progress()) {}
  ~ProgressLine() { erase(); }
  ProgressLine(const ProgressLine&) = delete;
  ProgressLine& operator=(const ProgressLine&) = delete;

  /// Begins with the next file; `samples_before`: read from those before it.
  void begin(std::string file, std::uint64_t samples_before);
  void update(const ReadProgress& progress);
  void erase();

 private:
  const Console& console_;
  Clock& clock_;
  bool enabled_;
  bool shown_ = false;
  std::string file_;
  std::uint64_t samples_before_ = 0;
  std::chrono::nanoseconds begun_{0};
  std::chrono::nanoseconds next_{0};
};

}  // namespace omniwriter
