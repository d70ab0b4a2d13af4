// Importer of JSON lines whose members have known names or are told. See README.md for the rules.

#include <simdjson.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include "base/try.h"
#include "formats/requests/lines.h"
#include "formats/requests/mapping.h"
#include "model/dimension_values.h"
#include "reading/head_dimensions.h"
#include "reading/input.h"

namespace omniwriter {
namespace generic_json {
namespace {

namespace json = simdjson::dom;
using mapping::kParts;
using mapping::Mapping;
using mapping::Part;

// "request.uri" is the member "uri" of the member "request", unless there is one of the whole name.
bool find_member(json::object object, std::string_view name, json::element& value) {
  if (object[name].get(value) == simdjson::SUCCESS) return true;
  const std::size_t dot = name.find('.');
  json::object inner;
  return dot != std::string_view::npos && object[name.substr(0, dot)].get(inner) == simdjson::SUCCESS &&
         find_member(inner, name.substr(dot + 1), value);
}

class Parser final : public RecordParser {
 public:
  Parser(const Mapping& mapping, const std::vector<std::string>& dimensions)
      : mapping_(mapping), sink_(mapping), dimensions_(dimensions) {}

  ParseResult parse(std::string_view bytes, bool last, SampleBatch& out) override {
    sink_.begin(out);
    dimensions_.begin(out);
    const auto add_line = [&](std::uint64_t number, std::string_view line, bool ended) {
      if (requests::is_blank(line)) return;
      json::element root;
      json::object object;
      std::string problem;
      if (const auto error = json_.parse(line.data(), line.size()).get(root); error != simdjson::SUCCESS) {
        problem = std::string(simdjson::error_message(error)) + (ended ? "" : ": the file ends within a record");
      } else if (root.get(object) != simdjson::SUCCESS) {
        problem = "no JSON object";
      } else if (!sink_.add(number, [&](Part part) { return text_of(object, part); })) {
        problem = sink_.take_reason();
      } else {
        for (const std::string& name : dimensions_.names()) {
          dimensions_.add(name, text_of(object, name, dimension_digits_));
        }
      }
      if (!problem.empty()) out.bad_record(number, std::move(problem));
    };
    const requests::Walked walked = requests::walk_lines(bytes, last, add_line);
    return {walked.consumed, walked.lines};
  }

 private:
  static constexpr std::size_t kLongestNumber = 64;
  using Digits = std::array<char, kLongestNumber + 8>;  // there are readable bytes behind

  // The text of a value; empty for null, lists, objects, and where there is none.
  std::string_view text_of(json::object object, Part part) {
    return text_of(object, mapping_.of(part), digits_[static_cast<std::size_t>(part)]);
  }
  static std::string_view text_of(json::object object, std::string_view name, Digits& digits) {
    json::element value;
    if (!find_member(object, name, value)) return {};
    switch (value.type()) {
      case json::element_type::STRING:
        return value.get_string().value_unsafe();
      case json::element_type::BOOL:
        return value.get_bool().value_unsafe() ? kTrue : kFalse;
      case json::element_type::INT64:
        return number(digits, value.get_int64().value_unsafe());
      case json::element_type::UINT64:
        return number(digits, value.get_uint64().value_unsafe());
      case json::element_type::DOUBLE:
        return number(digits, value.get_double().value_unsafe());
      default:
        return {};
    }
  }

  template <typename Number>
  static std::string_view number(Digits& digits, Number value) {
    const auto [end, error] = write(digits, value);
    return error == std::errc{} ? std::string_view(digits.data(), static_cast<std::size_t>(end - digits.data()))
                                : std::string_view{};
  }
  template <typename Number>
  static std::to_chars_result write(Digits& digits, Number value) {
    char* const end = digits.data() + kLongestNumber;
    if constexpr (std::is_floating_point_v<Number>) {
      return std::to_chars(digits.data(), end, value, std::chars_format::fixed);
    } else {
      return std::to_chars(digits.data(), end, value);
    }
  }

  static constexpr std::string_view kTrue{"true\0\0\0\0\0\0\0", 4};
  static constexpr std::string_view kFalse{"false\0\0\0\0\0\0\0", 5};

  const Mapping& mapping_;
  json::parser json_;
  mapping::MappedSink sink_;
  std::array<Digits, kParts> digits_{};
  DimensionValues dimensions_;
  Digits dimension_digits_{};
};

// The object on the first line that is not blank.
bool first_object(std::string_view head, json::parser& parser, json::object& object) {
  const std::size_t begin = head.find_first_not_of(" \t\r\n");
  if (begin == std::string_view::npos || head[begin] != '{') return false;
  const std::string_view line = head.substr(begin, head.find('\n', begin) - begin);
  return parser.parse(simdjson::padded_string(line)).get(object) == simdjson::SUCCESS;
}

std::optional<Mapping> known_mapping(std::string_view head) {
  json::parser parser;
  json::object object;
  if (!first_object(head, parser, object)) return std::nullopt;
  std::vector<std::string_view> names;
  for (const json::key_value_pair member : object) names.push_back(member.key);
  return mapping::known_mapping(names);
}

// The members of the first object that are no part of a request.
std::vector<std::string> other_members(std::string_view head, const Mapping& mapping) {
  json::parser parser;
  json::object object;
  std::vector<std::string> names;
  if (!first_object(head, parser, object)) return names;
  for (const json::key_value_pair member : object) {
    std::string name(member.key);
    if (std::ranges::find(mapping.names, name) == mapping.names.end()) names.push_back(std::move(name));
  }
  return names;
}

class Session final : public InputSession {
 public:
  Session(Mapping mapping, std::string note, ChosenDimensions dimensions)
      : mapping_(std::move(mapping)), note_(std::move(note)), dimensions_(std::move(dimensions)) {}
  [[nodiscard]] std::unique_ptr<RecordParser> make_parser() const override {
    return std::make_unique<Parser>(mapping_, dimensions_.names);
  }
  [[nodiscard]] std::string note() const override { return joined_notes(note_, dimensions_.note); }

 private:
  Mapping mapping_;
  std::string note_;
  ChosenDimensions dimensions_;
};

// Learns from the first lines what their mapping does not say.
mapping::Forms forms_of(std::string_view head, char decimal, const Mapping& mapping) {
  constexpr std::size_t kLines = 1000;
  mapping::Forms forms(decimal, '.');
  json::parser parser;
  for (std::size_t line = 0; line < kLines && !head.empty(); ++line) {
    const std::size_t end = std::min(head.find('\n'), head.size());
    json::object object;
    if (first_object(head.substr(0, end), parser, object)) {
      const auto text = [&](Part part) {
        json::element value;
        std::string_view found;
        if (!find_member(object, mapping.of(part), value) || value.get(found) != simdjson::SUCCESS) found = {};
        return found;
      };
      forms.see(text(mapping.has(Part::start) ? Part::start : Part::end), text(Part::duration));
    }
    head.remove_prefix(std::min(end + 1, head.size()));
  }
  return forms;
}

class Format final : public InputFormat {
 public:
  [[nodiscard]] std::string_view name() const override { return "generic-json"; }
  [[nodiscard]] std::string_view tool() const override { return "json"; }
  [[nodiscard]] std::string_view description() const override {
    return "JSON lines (timestamp, duration_ms, endpoint, or as --map says)";
  }

  [[nodiscard]] bool recognises(std::string_view head) const override { return known_mapping(head).has_value(); }

  [[nodiscard]] bool chosen_by(std::string_view head, const InputOptions& options) const override {
    return !options.map.empty() && head.substr(0, head.find('\n')).starts_with('{');
  }

  [[nodiscard]] Result<std::unique_ptr<InputSession>> open(std::string_view head,
                                                           const InputOptions& options) const override {
    auto found = known_mapping(head);
    if (options.map.empty() && !found) {
      return fail(ErrorCode::input, "no JSON lines with timestamp, duration_ms and endpoint");
    }
    if (!options.map.empty()) {
      found = TRY(mapping::told_mapping(options.map));
    }
    auto note = TRY(forms_of(head, options.decimal, *found).complete(*found, options.time_format));
    const auto open_with = [&](const std::vector<std::string>& names) {
      return std::make_unique<Session>(*found, std::string(), ChosenDimensions{names, {}});
    };
    ChosenDimensions dimensions = choose_dimensions(options, head, other_members(head, *found), open_with);
    return std::make_unique<Session>(*std::move(found), std::move(note), std::move(dimensions));
  }
};

}  // namespace
}  // namespace generic_json

const InputFormat& input_generic_json() {
  static const generic_json::Format kFormat;
  return kFormat;
}

}  // namespace omniwriter
