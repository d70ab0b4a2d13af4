#include "app/console.h"

#include <fmt/format.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <cmath>
#include <cstdio>
#include <system_error>
#include <utility>

#include "base/utf8.h"
#include "model/translation.h"
#include "reports/display_width.h"

namespace omniwriter {
namespace {

constexpr std::chrono::milliseconds kBetweenUpdates{100};
constexpr int kLeastWidth = 40;
constexpr int kMostWidth = 200;
constexpr int kUsualWidth = 80;

std::optional<int> width_of(int descriptor, const std::optional<std::string>& columns) {
  winsize size{};
  int width = 0;
  if (ioctl(descriptor, TIOCGWINSZ, &size) == 0) width = size.ws_col;
  if (width == 0 && columns) std::from_chars(columns->data(), columns->data() + columns->size(), width);
  return width > 0 ? std::optional(width) : std::nullopt;
}

void write_to_stderr(std::string_view text) {
  std::fwrite(text.data(), 1, text.size(), stderr);
  std::fflush(stderr);
}

/// The bytes at the front of `text` that are an escape sequence for colour, which we alone write: texts from outside
/// hold none.
std::size_t color_bytes(std::string_view text) {
  if (!text.starts_with("\x1b[")) return 0;
  const auto end = text.find_first_not_of("0123456789;", 2);
  return end != std::string_view::npos && text[end] == 'm' ? end + 1 : 0;
}

/// Lines as they may reach a terminal: nothing from a file or a server moves the cursor or turns the text around.
std::string for_terminal(std::string_view text) {
  std::string safe;
  while (!text.empty()) {
    if (const std::size_t bytes = color_bytes(text); bytes != 0) {
      safe += text.substr(0, bytes);
      text.remove_prefix(bytes);
      continue;
    }
    if (text.front() == '\n' || text.front() == '\t') {
      safe += text.front();
      text.remove_prefix(1);
      continue;
    }
    const auto part = text.substr(0, std::min(text.find_first_of("\n\t\x1b", 1), text.size()));
    safe += visible_text(part);
    text.remove_prefix(part.size());
  }
  return safe;
}

/// 1234567 -> "1.2 M"
std::string short_number(double value) {
  constexpr std::array<const char*, 4> kUnits{"", " k", " M", " G"};
  std::size_t unit = 0;
  while (value >= 999.5 && unit + 1 < kUnits.size()) {
    value /= 1000;
    ++unit;
  }
  return fmt::format("{:.{}f}{}", value, value < 9.95 && unit > 0 ? 1 : 0, kUnits[unit]);
}

std::string short_time(double seconds) {
  const auto whole = static_cast<std::int64_t>(std::llround(seconds));
  if (whole < 60) return fmt::format("{} s", whole);
  if (whole < 3600) return fmt::format("{} min {:02} s", whole / 60, whole % 60);
  return fmt::format("{} h {:02} min", whole / 3600, whole / 60 % 60);
}

}  // namespace

Console::Console(const Environment& environment, Language language) : language_(language) {
  const auto no_color = environment("NO_COLOR");
  const auto term = environment("TERM");
  const bool dumb = !term || term->empty() || *term == "dumb";
  const bool plain = (no_color && !no_color->empty()) || dumb;
  to_terminal_ = isatty(STDOUT_FILENO) == 1;
  style_.color = !plain && to_terminal_;
  columns_told_ = environment("COLUMNS");
  columns_ = width_of(STDOUT_FILENO, columns_told_);
  if (columns_) columns_ = std::clamp(*columns_, kLeastWidth, kMostWidth);
  style_.width = columns_.value_or(style_.width);
  progress_ = !dumb && isatty(STDERR_FILENO) == 1;
}

Result<void> Console::print(std::string_view text) const {
  const std::string safe = to_terminal_ ? for_terminal(text) : std::string();
  if (to_terminal_) text = safe;
  if (std::fwrite(text.data(), 1, text.size(), stdout) == text.size() && std::fflush(stdout) == 0) return {};
  if (errno == EPIPE) return {};
  return fail(ErrorCode::io, "standard output cannot be written: " + std::generic_category().message(errno));
}

void Console::error(std::string_view text) const {
  const bool pt = language_ == Language::pt_br;
  const auto take_line = [&] {
    const auto line = text.substr(0, text.find('\n'));
    text.remove_prefix(std::min(line.size() + 1, text.size()));
    return line;
  };
  std::string lines = fmt::format("omniwriter: {}: {}\n", pt ? "erro" : "error", translated(take_line(), language_));
  while (text.starts_with("  ")) lines += fmt::format("{}\n", take_line());
  if (!text.empty()) lines += fmt::format("{}: {}\n", pt ? "dica" : "hint", translated(text, language_));
  write_to_stderr(for_terminal(lines));
}

void Console::note(std::string_view text) const {
  // Over the line that is written over, should there be one.
  write_to_stderr(
      fmt::format("{}omniwriter: {}\n", progress_ ? "\r\x1b[K" : "", for_terminal(translated(text, language_))));
}

// Asked anew, for people make their windows wider and narrower.
int Console::progress_width() const { return width_of(STDERR_FILENO, columns_told_).value_or(kUsualWidth); }

void Console::show_line(std::string_view text) const {
  // A line that reaches the edge would go on in the next one, and could not be written over.
  const int room = std::max(1, progress_width() - 1);
  write_to_stderr(fmt::format("\r{}\x1b[K", shortened(visible_text(text), room, Cut::end)));
}

std::string progress_text(std::string_view file, const ReadProgress& progress, std::uint64_t samples_before,
                          double seconds, int width, Language language) {
  const bool pt = language == Language::pt_br;
  const auto read = static_cast<double>(progress.bytes_read);
  const auto total = static_cast<double>(progress.bytes_total);
  std::string numbers = total > 0 ? fmt::format(" {:3.0f} %", std::min(100.0, 100 * read / total))
                                  : fmt::format(" {}B", short_number(read) + (read < 999.5 ? " " : ""));
  if (seconds >= 0.1) {
    const auto samples = static_cast<double>(progress.samples - std::min(samples_before, progress.samples));
    numbers += fmt::format(", {:.0f} MB/s, {} {}/s", read / seconds / 1e6, short_number(samples / seconds),
                           pt ? "amostras" : "samples");
    if (total > read && read > 0) {
      const std::string left = short_time((total - read) / read * seconds);
      numbers += pt ? fmt::format(", faltam {}", left) : fmt::format(", {} left", left);
    }
  }
  if (pt) std::ranges::replace(numbers, '.', ',');
  const auto room = static_cast<std::size_t>(std::max(0, width - 1));
  if (numbers.size() >= room) return numbers.substr(0, room);
  return clean_utf8(file, room - numbers.size()) + numbers;
}

void ProgressLine::begin(std::string file, std::uint64_t samples_before) {
  file_ = file == "-" ? "stdin" : std::move(file);
  samples_before_ = samples_before;
  begun_ = next_ = clock_.steady();
}

void ProgressLine::update(const ReadProgress& progress) {
  if (!enabled_) return;
  const auto now = clock_.steady();
  if (now < next_) return;
  next_ = now + kBetweenUpdates;
  shown_ = true;
  const double seconds = std::chrono::duration<double>(now - begun_).count();
  console_.show_line(
      progress_text(file_, progress, samples_before_, seconds, console_.progress_width(), console_.language()));
}

void ProgressLine::erase() {
  if (std::exchange(shown_, false)) console_.show_line({});
}

}  // namespace omniwriter
