#pragma once
/// What importers of tables share: text of separated columns in which each row is one request.

#include <cstdint>
#include <limits>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "formats/csv/walk.h"
#include "formats/requests/lines.h"
#include "formats/requests/request_sink.h"
#include "model/dimension_values.h"
#include "reading/head_dimensions.h"
#include "reading/input.h"
#include "reading/run_start.h"

namespace omniwriter {

/// The first line of `head`, without its end.
[[nodiscard]] inline std::string_view first_line(std::string_view head) {
  std::string_view line = head.substr(0, head.find('\n'));
  if (line.ends_with('\r')) line.remove_suffix(1);
  return line;
}

enum class Quoting : std::uint8_t {
  csv,   ///< as RFC 4180 has it
  none,  ///< a quote is a character as any other
};

/// How a table is made up.
struct TableLayout {
  std::string_view header;  ///< its first line; empty: it has none
  char delimiter = ',';
  std::size_t fields = 0;  ///< in each row
  Quoting quoting = Quoting::csv;
};

/// The fields of a line in which quotes mean nothing; behind `max_fields` it is not split further.
inline void split_plain(std::string_view line, char delimiter, std::vector<std::string_view>& fields,
                        std::size_t max_fields = std::numeric_limits<std::size_t>::max()) {
  fields.clear();
  std::size_t begin = 0;
  for (std::size_t end = line.find(delimiter); end != std::string_view::npos && fields.size() + 1 < max_fields;
       end = line.find(delimiter, begin)) {
    fields.push_back(line.substr(begin, end - begin));
    begin = end + 1;
  }
  fields.push_back(line.substr(begin));
}

/// Base of a parser. `Derived` has kLayout (a TableLayout); kTimesAreOffsets = true where rows tell the time since the
/// run began, to which run_start_ns_ is to be added; kDimensions (pairs of a name and a column) where columns tell
/// requests apart; and
///
///   bool row(field)   field(i) is the text of column i; reads a request into sink_, or returns reject()
template <typename Derived>
class TableParser : public RecordParser {
 public:
  ParseResult parse(std::string_view bytes, bool last, SampleBatch& out) final {
    out_ = &out;
    sink_.begin(out);
    dimensions_.begin(out);
    if constexpr (Derived::kLayout.quoting == Quoting::none) return parse_plain(bytes, last);
    const csv::Walked walked =
        csv::walk_rows(bytes, Derived::kLayout.delimiter, Derived::kLayout.fields, last, buffers_, *this);
    return {walked.consumed, walked.lines};
  }

  template <typename Field>
  bool add_row(const Field& field) {
    const auto text_of = [&](std::size_t i) {
      std::string_view text = field(i);
      if (i + 1 == Derived::kLayout.fields && text.ends_with('\r')) text.remove_suffix(1);
      return text;
    };
    if (!static_cast<Derived*>(this)->row(text_of)) return false;
    if constexpr (requires { Derived::kDimensions; }) {
      if (!dimensions_.empty()) {
        for (const auto& [name, column] : Derived::kDimensions) dimensions_.add(name, text_of(column));
      }
    }
    return true;
  }

  void odd_row(std::uint64_t line, std::string_view text, const std::vector<std::string_view>& split) {
    odd_line(line, text, split.size(), text.back() == '\n');
  }

 protected:
  bool reject(const char* reason, std::string_view text) {
    reason_ = std::string(reason) + ": \"" + std::string(text.substr(0, 40)) + "\"";
    return false;
  }

  requests::RequestSink sink_;
  std::int64_t run_start_ns_ = 0;

 private:
  friend Derived;
  template <typename>
  friend class TableInput;
  TableParser() = default;

  void odd_line(std::uint64_t line, std::string_view text, std::size_t fields, bool ended) {
    if (text.find_first_not_of(" \t\r\n") == std::string_view::npos) return;
    if (!Derived::kLayout.header.empty() && first_line(text) == Derived::kLayout.header)
      return;  // files put one behind the other
    if (fields != Derived::kLayout.fields) {
      reason_ = csv::wrong_fields(fields, Derived::kLayout.fields);
      if (!ended) reason_ += ": the file ends within a row";
    }
    out_->bad_record(line, std::move(reason_));
  }

  ParseResult parse_plain(std::string_view bytes, bool last) {
    std::vector<std::string_view>& fields = buffers_.split;
    const auto add = [&](std::uint64_t number, std::string_view line, bool ended) {
      split_plain(line, Derived::kLayout.delimiter, fields, Derived::kLayout.fields + csv::kSpareFields + 1);
      if (fields.size() == Derived::kLayout.fields && add_row([&](std::size_t i) { return fields[i]; })) return;
      odd_line(number, line, fields.size(), ended);
    };
    const requests::Walked walked = requests::walk_lines(bytes, last, add);
    return {walked.consumed, walked.lines};
  }

  SampleBatch* out_ = nullptr;
  DimensionValues dimensions_{{}};
  csv::WalkBuffers buffers_;
  std::string reason_;
};

/// A format whose files are tables of one layout. `Parser` has kName, kTool, kDescription, kLayout (a TableLayout) and,
/// where the layout has no header, `static bool recognises(std::string_view head)`.
template <typename Parser>
class TableInput final : public InputFormat {
 public:
  [[nodiscard]] std::string_view name() const override { return Parser::kName; }
  [[nodiscard]] std::string_view tool() const override { return Parser::kTool; }
  [[nodiscard]] std::string_view description() const override { return Parser::kDescription; }
  [[nodiscard]] std::vector<std::string_view> typical_names() const override {
    std::vector<std::string_view> names;
    if (!Parser::kLayout.header.empty()) {
      split_plain(Parser::kLayout.header, Parser::kLayout.delimiter, names, Parser::kLayout.fields);
    }
    return names;
  }

  [[nodiscard]] bool recognises(std::string_view head) const override {
    if constexpr (Parser::kLayout.header.empty()) {
      return Parser::recognises(head);
    } else {
      return first_line(head) == Parser::kLayout.header;
    }
  }

  [[nodiscard]] Result<std::unique_ptr<InputSession>> open(std::string_view head,
                                                           const InputOptions& options) const override {
    if (!recognises(head)) return fail(ErrorCode::input, "no " + std::string(Parser::kDescription));
    auto session = std::make_unique<Session>();
    const std::size_t newline = head.find('\n');
    if (!Parser::kLayout.header.empty()) {
      session->header_size = newline == std::string_view::npos ? head.size() : newline + 1;
    }
    if constexpr (requires { Parser::kDimensions; }) {
      std::vector<std::string> known;
      for (const auto& [dimension, column] : Parser::kDimensions) known.emplace_back(dimension);
      const auto open_with = [&](const std::vector<std::string>& names) {
        auto with = std::make_unique<Session>();
        with->header_size = session->header_size;
        with->dimensions.names = names;
        return with;
      };
      session->dimensions = choose_dimensions(options, head, known, open_with);
    }
    if constexpr (kTimesAreOffsets) {
      session->start = RunStart(options, options.survey ? std::optional(options.survey->ended_ns) : std::nullopt);
    }
    return session;
  }

  [[nodiscard]] bool needs_survey(std::string_view /*head*/, const InputOptions& options) const override {
    return kTimesAreOffsets && !options.start_ns;
  }
  [[nodiscard]] bool has_dates() const override { return !kTimesAreOffsets; }

 private:
  static constexpr bool kTimesAreOffsets = requires { Parser::kTimesAreOffsets; };

  struct Session final : InputSession {
    [[nodiscard]] std::unique_ptr<RecordParser> make_parser() const override {
      auto parser = std::make_unique<Parser>();
      static_cast<TableParser<Parser>&>(*parser).run_start_ns_ = start.ns;
      static_cast<TableParser<Parser>&>(*parser).dimensions_ = DimensionValues(dimensions.names);
      return parser;
    }
    [[nodiscard]] std::size_t header_bytes() const override { return header_size; }
    [[nodiscard]] std::string note() const override { return joined_notes(start.note, dimensions.note); }

    std::size_t header_size = 0;
    RunStart start;
    ChosenDimensions dimensions;
  };
};

}  // namespace omniwriter
