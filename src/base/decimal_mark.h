#pragma once
/// Numbers with a decimal point or a decimal comma.

#include <algorithm>
#include <optional>
#include <string>
#include <string_view>

namespace omniwriter {

/// Which of point and comma parts off the decimals of the numbers in a table, where the other one parts thousands, as
/// spreadsheets write them.
class DecimalMark {
 public:
  /// Why plain() knows nothing, for people.
  static constexpr const char* kAmbiguous =
      "it is not known whether what follows the mark are decimals or thousands (--decimal point or comma tells)";

  /// What the user said: '.' or ','; or 0.
  explicit DecimalMark(char told = 0) : told_(told) {}

  /// Learns from a number of the table.
  void see(std::string_view text) {
    const Marks marks(text);
    if (const char mark = marks.decimal(); mark != 0) (mark == '.' ? point_ : comma_) = true;
  }
  /// What holds where the numbers do not tell.
  void suppose(char mark) { supposed_ = mark; }

  /// Whether a point always parts off decimals.
  [[nodiscard]] bool is_point() const {
    if (told_ != 0) return told_ == '.';
    return point_ != comma_ ? point_ : !point_ && supposed_ == '.';
  }
  /// The number with a point and without marks of thousands. Nothing where it is not known which is which; what is no
  /// number stays what it is. `scratch` holds it where it changes.
  [[nodiscard]] std::optional<std::string_view> plain(std::string_view text, std::string& scratch) const {
    const Marks marks(text);
    if (marks.points + marks.commas == 0) return text;
    char mark = told_ != 0 ? told_ : point_ != comma_ ? (point_ ? '.' : ',') : marks.decimal();
    if (mark == 0) mark = supposed_;
    if (mark == 0) return std::nullopt;
    if (mark == '.' && marks.commas == 0) return text;
    if (!marks.fit(mark)) return text;
    scratch.clear();
    for (const char c : text) {
      if (c == mark) {
        scratch += '.';
      } else if (c != '.' && c != ',') {
        scratch += c;
      }
    }
    return scratch;
  }

 private:
  // Points and commas of a number.
  struct Marks {
    std::string_view text;
    std::size_t points;
    std::size_t commas;

    explicit Marks(std::string_view number)
        : text(number),
          points(static_cast<std::size_t>(std::ranges::count(number, '.'))),
          commas(static_cast<std::size_t>(std::ranges::count(number, ','))) {}

    /// The decimal mark, where there can be one only; else 0.
    [[nodiscard]] char decimal() const {
      const std::size_t last = text.find_last_of(".,");
      if (last == std::string_view::npos) return 0;
      const char other = text[last] == '.' ? ',' : '.';
      const std::size_t same = text[last] == '.' ? points : commas;
      if (points != 0 && commas != 0) return same == 1 ? text[last] : '\0';
      if (same > 1) return other;
      const std::size_t before = last;
      const std::size_t behind = text.size() - last - 1;
      const bool thousands = behind == 3 && before >= 1 && before <= 3 && text.front() != '0';
      return thousands ? '\0' : text[last];
    }
    /// Whether what stands before the decimals is in groups of three.
    [[nodiscard]] bool fit(char mark) const {
      std::string_view whole = text.substr(0, text.find(mark));
      if (text.size() > whole.size() && text.find_first_of(".,", whole.size() + 1) != std::string_view::npos)
        return false;
      while (true) {
        const std::size_t group = whole.find_last_of(".,");
        if (group == std::string_view::npos) return true;
        if (whole.size() - group - 1 != 3 || group == 0) return false;
        whole = whole.substr(0, group);
      }
    }
  };

  char told_;
  char supposed_ = 0;
  bool point_ = false;
  bool comma_ = false;
};

}  // namespace omniwriter
