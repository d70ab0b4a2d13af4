#pragma once
/// JSON documents, by name of members. What is missing, or of another type, reads as nothing.

#include <simdjson.h>

#include <cstdint>
#include <optional>
#include <string_view>

namespace omniwriter::summary {

/// Refers to its JsonDocument.
class JsonValue {
 public:
  JsonValue() = default;
  explicit JsonValue(simdjson::simdjson_result<simdjson::dom::element> result) {
    if (result.error() == simdjson::SUCCESS) element_ = result.value_unsafe();
  }

  [[nodiscard]] bool exists() const { return element_.has_value(); }
  [[nodiscard]] JsonValue operator[](std::string_view name) const {
    return element_ ? JsonValue((*element_)[name]) : JsonValue();
  }
  [[nodiscard]] std::optional<double> number() const;
  /// The number in units of which there are `per_one` in one.
  [[nodiscard]] std::optional<double> number_over(double per_one) const {
    const auto value = number();
    return value ? std::optional(*value / per_one) : std::nullopt;
  }
  /// A number of things, from a number or text; 0 where there is none.
  [[nodiscard]] std::uint64_t count() const;
  [[nodiscard]] std::string_view text() const;
  /// True or false, and nothing else.
  [[nodiscard]] std::optional<bool> flag() const;
  /// Calls `visit(name, value)` for each member of an object.
  template <typename Visit>
  void for_each_member(const Visit& visit) const {
    simdjson::dom::object object;
    if (!element_ || element_->get(object) != simdjson::SUCCESS) return;
    for (const auto& [name, value] : object) visit(name, JsonValue(value));
  }
  /// Calls `visit(value)` for each element of an array.
  template <typename Visit>
  void for_each_element(const Visit& visit) const {
    simdjson::dom::array array;
    if (!element_ || element_->get(array) != simdjson::SUCCESS) return;
    for (const simdjson::dom::element element : array) visit(JsonValue(element));
  }

 private:
  explicit JsonValue(simdjson::dom::element element) : element_(element) {}

  std::optional<simdjson::dom::element> element_;
};

/// Keeps what its values refer to.
class JsonDocument {
 public:
  /// Whether `content` is JSON as a whole. Numbers that are none (NaN, -nan, Infinity), as tools write them where
  /// nothing was measured, read as nothing.
  [[nodiscard]] bool parse(std::string_view content);
  [[nodiscard]] const JsonValue& root() const { return root_; }

 private:
  simdjson::dom::parser parser_;
  JsonValue root_;
};

/// Whether the text, the start of a document, has a member of that name, at whatever depth.
[[nodiscard]] bool has_member(std::string_view head, std::string_view name);
/// The name of the first member of the object that a document begins with; empty where it begins with anything else.
[[nodiscard]] std::string_view first_member(std::string_view head);

}  // namespace omniwriter::summary
