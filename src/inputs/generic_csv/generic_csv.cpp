// Importer of CSV whose columns have known names or are told. See README.md for the rules.

#include <algorithm>
#include <array>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/try.h"
#include "formats/csv/walk.h"
#include "formats/requests/mapping.h"
#include "model/dimension_values.h"
#include "reading/head_dimensions.h"
#include "reading/input.h"
#include "reading/table_input.h"

namespace omniwriter {
namespace generic_csv {
namespace {

using mapping::kParts;
using mapping::Mapping;
using mapping::Part;

constexpr std::size_t kAbsent = static_cast<std::size_t>(-1);
constexpr std::array kDelimiters = {',', ';', '\t', '|'};

struct Layout {
  Mapping mapping;
  std::array<std::size_t, kParts> at{};  // column of each part; of those that there are
  std::vector<std::size_t> dimensions;   // the column of each that the user asks for; kAbsent: there is none
  char delimiter = ',';
  std::size_t fields = 0;
  std::size_t header_bytes = 0;
  bool has_header = false;
  std::string note;  // for the user: what was guessed
};

std::vector<std::string_view> split(std::string_view line, char delimiter) {
  std::vector<std::string_view> fields;
  csv::split_row(line, delimiter, true, fields);
  std::string scratch;
  for (std::string_view& field : fields) {
    // No name of ours has a quote in it.
    if (const std::string_view name = csv::unquote(field, scratch); name.data() != scratch.data()) field = name;
  }
  return fields;
}

// Whether the mapping finds its columns among the names; else which one is missing.
bool place(const std::vector<std::string_view>& names, Layout& layout, std::string& missing) {
  layout.fields = names.size();
  for (std::size_t i = 0; i < kParts; ++i) {
    const std::string& wanted = layout.mapping.names[i];
    if (wanted.empty()) continue;
    const auto found = std::ranges::find(names, wanted);
    if (found == names.end()) {
      missing = wanted;
      return false;
    }
    layout.at[i] = static_cast<std::size_t>(found - names.begin());
  }
  return true;
}

void place_dimensions(const std::vector<std::string_view>& names, const InputOptions& options, Layout& layout) {
  layout.dimensions.clear();
  for (const std::string& dimension : options.dimensions) {
    const auto found = std::ranges::find(names, dimension);
    layout.dimensions.push_back(found == names.end() ? kAbsent : static_cast<std::size_t>(found - names.begin()));
  }
}

std::vector<std::string_view> names_of(std::string_view head, const Layout& layout, const InputOptions& options) {
  if (!options.columns.empty()) return {options.columns.begin(), options.columns.end()};
  return split(first_line(head.substr(csv::preamble_bytes(head))), layout.delimiter);
}

// The columns that hold no part of a request.
std::vector<std::string> other_columns(const std::vector<std::string_view>& names, const Layout& layout) {
  std::vector<std::string> others;
  for (const std::string_view name : names) {
    if (std::ranges::find(layout.mapping.names, name) == layout.mapping.names.end()) others.emplace_back(name);
  }
  return others;
}

// `told`: of --map; without it the names have to be known.
Result<Layout> find_layout(std::string_view head, const InputOptions& options) {
  const std::size_t preamble = csv::preamble_bytes(head);
  const std::string_view line = first_line(head.substr(preamble));
  std::optional<Mapping> told;
  if (!options.map.empty()) {
    told = TRY(mapping::told_mapping(options.map));
  }
  std::string missing;
  for (const char delimiter : kDelimiters) {
    const std::vector<std::string_view> first = split(line, delimiter);
    std::vector<std::string_view> names(options.columns.begin(), options.columns.end());
    if (!names.empty() && names.size() != first.size()) continue;
    if (names.empty()) names = first;
    const auto mapping = told ? told : mapping::known_mapping(names);
    if (!mapping) continue;
    Layout layout;
    layout.mapping = *mapping;
    layout.delimiter = delimiter;
    if (!place(names, layout, missing)) continue;
    place_dimensions(names, options, layout);
    layout.header_bytes = preamble;
    if (options.columns.empty()) {
      layout.has_header = true;
      const std::size_t newline = head.find('\n', preamble);
      layout.header_bytes = newline == std::string_view::npos ? head.size() : newline + 1;
    }
    return layout;
  }
  if (!missing.empty()) {
    return fail(ErrorCode::input, "there is no column \"" + missing +
                                      "\" as --map says; the first line is: " + std::string(line.substr(0, 200)));
  }
  return fail(ErrorCode::input, "no table with the columns timestamp, duration_ms and endpoint; --map tells others");
}

// Learns from the first rows what their mapping does not say.
Result<void> find_forms(std::string_view head, const InputOptions& options, Layout& layout) {
  constexpr std::size_t kRows = 1000;
  const auto column = [&](Part part) { return layout.at[static_cast<std::size_t>(part)]; };
  const std::size_t time = column(layout.mapping.has(Part::start) ? Part::start : Part::end);
  mapping::Forms forms(options.decimal, layout.delimiter == ',' ? '.' : '\0');
  std::vector<std::string_view> fields;
  std::array<std::string, 2> scratch;
  head.remove_prefix(std::min(layout.header_bytes, head.size()));
  for (std::size_t row = 0; row < kRows && !head.empty(); ++row) {
    const std::size_t length = csv::split_row(head, layout.delimiter, false, fields);
    if (length == 0) break;
    head.remove_prefix(length);
    if (fields.size() != layout.fields) continue;
    forms.see(csv::unquote(fields[time], scratch[0]), csv::unquote(fields[column(Part::duration)], scratch[1]));
  }
  layout.note = TRY(forms.complete(layout.mapping, options.time_format));
  return {};
}

class Parser final : public RecordParser {
 public:
  Parser(const Layout& layout, const InputOptions& options)
      : front_(layout), options_(options), layout_(layout), sink_(layout.mapping), dimensions_(options.dimensions) {}

  ParseResult parse(std::string_view bytes, bool last, SampleBatch& out) override {
    out_ = &out;
    sink_.begin(out);
    dimensions_.begin(out);
    const csv::Walked walked = csv::walk_rows(bytes, layout_.delimiter, layout_.fields, last, buffers_, *this);
    return {walked.consumed, walked.lines};
  }

  [[nodiscard]] char delimiter() const { return layout_.delimiter; }
  [[nodiscard]] std::size_t fields() const { return layout_.fields; }
  [[nodiscard]] std::string_view header() const override { return header_; }
  void set_header(std::string_view header) override {
    if (header == header_) return;
    if (header.empty()) {
      use(front_);
    } else if (const auto layout = layout_under(header)) {
      use(*layout);
    }
    header_ = header;
  }

  // Of files put one behind the other, or written by several processes; the columns may have become others.
  bool is_header(std::string_view text) {
    constexpr std::size_t kLongest = 2000;
    if (!front_.has_header || text.size() > kLongest) return false;
    const auto layout = layout_under(text);
    if (!layout) return false;
    const bool same = layout->at == layout_.at && layout->fields == layout_.fields &&
                      layout->delimiter == layout_.delimiter && layout->mapping.names == layout_.mapping.names;
    if (same) return true;
    use(*layout);
    header_ = text;
    return true;
  }

  template <typename Field>
  bool add_row(const Field& field) {
    const auto text_of = [&](std::size_t column) {
      std::string_view text = field(column);
      if (column + 1 == layout_.fields && text.ends_with('\r')) text.remove_suffix(1);
      return text;
    };
    const bool added = sink_.add(buffers_.lines + 1, [&](Part part) {
      const auto i = static_cast<std::size_t>(part);
      const std::string_view text = text_of(layout_.at[i]);
      return text.starts_with('"') ? unquoted(text, scratch_[i]) : text;
    });
    for (std::size_t i = 0; added && i < layout_.dimensions.size(); ++i) {
      if (layout_.dimensions[i] == kAbsent) continue;
      const std::uint32_t id = dimensions_.id_of(i, text_of(layout_.dimensions[i]), [&](std::string_view text) {
        return csv::unquote(text, dimension_scratch_);
      });
      if (id != 0) add_dimension(out_->detail_of_last(), id);
    }
    return added;
  }

  void odd_row(std::uint64_t line, std::string_view text, const std::vector<std::string_view>& split) {
    if (text.find_first_not_of(" \t\r\n") == std::string_view::npos) return;
    std::string reason = sink_.take_reason();
    if (split.size() != layout_.fields) {
      reason = csv::wrong_fields(split.size(), layout_.fields);
      if (text.back() != '\n') reason += ": the file ends within a row";
    }
    out_->bad_record(line, std::move(reason));
  }

 private:
  static std::string_view unquoted(std::string_view text, std::string& scratch) {
    const std::string_view plain = csv::unquote(text, scratch);
    if (plain.data() != scratch.data()) return plain;
    constexpr std::size_t kReadableBehind = 7;
    const std::size_t size = scratch.size();
    scratch.append(kReadableBehind, '\0');
    return std::string_view(scratch).substr(0, size);
  }

  // What a header leads to: the same text always the same.
  [[nodiscard]] std::optional<Layout> layout_under(std::string_view header) const {
    if (header.find(front_.mapping.of(Part::endpoint)) == std::string_view::npos) return std::nullopt;
    auto layout = find_layout(header, options_);
    if (!layout) return std::nullopt;
    layout->mapping.times = front_.mapping.times;
    layout->mapping.decimal = front_.mapping.decimal;
    return *std::move(layout);
  }

  void use(const Layout& layout) {
    layout_ = layout;
    sink_ = mapping::MappedSink(layout_.mapping);
    if (out_ != nullptr) sink_.begin(*out_);
  }

  const Layout& front_;
  const InputOptions& options_;
  Layout layout_;
  std::string header_;  // that holds now; empty: that of the front
  mapping::MappedSink sink_;
  SampleBatch* out_ = nullptr;
  csv::WalkBuffers buffers_;
  std::array<std::string, kParts> scratch_;
  DimensionValues dimensions_;
  std::string dimension_scratch_;
};

class Session final : public InputSession {
 public:
  Session(Layout layout, InputOptions options) : layout_(std::move(layout)), options_(std::move(options)) {}
  [[nodiscard]] std::unique_ptr<RecordParser> make_parser() const override {
    return std::make_unique<Parser>(layout_, options_);
  }
  [[nodiscard]] std::size_t header_bytes() const override { return layout_.header_bytes; }
  [[nodiscard]] std::string note() const override { return layout_.note; }
  void add_note(const std::string& note) { layout_.note = joined_notes(layout_.note, note); }

 private:
  Layout layout_;
  InputOptions options_;
};

class Format final : public InputFormat {
 public:
  [[nodiscard]] std::string_view name() const override { return "generic-csv"; }
  [[nodiscard]] std::string_view tool() const override { return "csv"; }
  [[nodiscard]] std::string_view description() const override {
    return "CSV (timestamp, duration_ms, endpoint, or as --map says)";
  }
  [[nodiscard]] std::vector<std::string_view> typical_names() const override {
    return {"timestamp", "durationms", "endpoint", "status", "success", "error"};
  }

  [[nodiscard]] bool recognises(std::string_view head) const override { return find_layout(head, {}).has_value(); }

  [[nodiscard]] bool chosen_by(std::string_view head, const InputOptions& options) const override {
    if (!options.map.empty()) return !first_line(head).starts_with('{');
    return !options.columns.empty() && find_layout(head, options).has_value();
  }

  [[nodiscard]] Result<std::unique_ptr<InputSession>> open(std::string_view head,
                                                           const InputOptions& options) const override {
    auto layout = TRY(find_layout(head, options));
    TRY(find_forms(head, options, layout));
    if (!is_any_dimension(options.dimensions)) return std::make_unique<Session>(std::move(layout), options);
    InputOptions with = options;
    const auto open_with = [&](const std::vector<std::string>& names) {
      with.dimensions = names;
      place_dimensions(names_of(head, layout, options), with, layout);
      return std::make_unique<Session>(layout, with);
    };
    const ChosenDimensions chosen =
        choose_dimensions(options, head, other_columns(names_of(head, layout, options), layout), open_with);
    auto session = open_with(chosen.names);
    session->add_note(chosen.note);
    return session;
  }
};

}  // namespace
}  // namespace generic_csv

const InputFormat& input_generic_csv() {
  static const generic_csv::Format kFormat;
  return kFormat;
}

}  // namespace omniwriter
