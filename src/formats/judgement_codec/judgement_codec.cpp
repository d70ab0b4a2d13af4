#include "formats/judgement_codec/judgement_codec.h"

#include <array>
#include <cmath>
#include <cstdint>
#include <limits>
#include <nlohmann/json.hpp>
#include <optional>
#include <type_traits>
#include <utility>
#include <vector>

#include "base/foreign_json.h"

namespace omniwriter {
namespace {

using Json = nlohmann::ordered_json;

// By the values of the enumerations. These names are stored: they never change.
constexpr std::array kVerdicts{"pass", "warn", "fail", "inconclusive"};
constexpr std::array kComparisonVerdicts{"better", "worse", "no_change", "inconclusive"};
constexpr std::array kLevels{"note", "warning", "invalid"};
constexpr std::array kUnits{"seconds", "ratio", "per_second", "count", "percent", "megabytes", "bytes", "number"};

constexpr const auto& names_of(Verdict /*of*/) { return kVerdicts; }
constexpr const auto& names_of(ComparisonVerdict /*of*/) { return kComparisonVerdicts; }
constexpr const auto& names_of(ConcernLevel /*of*/) { return kLevels; }
constexpr const auto& names_of(ValueUnit /*of*/) { return kUnits; }

/// Both ways go through one list of members for each type, so that neither can forget one.
class Encoder {
 public:
  template <typename Value>
  void member(const char* name, const Value& value) {
    json_[name] = of(value);
  }
  template <typename Value>
  void member(const char* name, const std::optional<Value>& value) {
    if (value) json_[name] = of(*value);
  }
  [[nodiscard]] Json take() { return std::move(json_); }

 private:
  static Json of(const std::string& text) { return text; }
  static Json of(bool value) { return value; }
  static Json of(std::size_t number) { return number; }
  static Json of(double number) {
    if (std::isnan(number)) return "nan";
    if (std::isinf(number)) return number > 0 ? "inf" : "-inf";
    return number;
  }
  template <typename Element>
  static Json of(const std::vector<Element>& elements) {
    Json array = Json::array();
    for (const Element& element : elements) array.push_back(of(element));
    return array;
  }
  template <typename Value>
  static Json of(const Value& value) {
    if constexpr (std::is_enum_v<Value>) {
      return names_of(value)[static_cast<std::size_t>(value)];
    } else {
      Encoder object;
      describe(object, value);
      return object.take();
    }
  }

  Json json_ = Json::object();
};

class Decoder {
 public:
  Decoder(const nlohmann::json& json, bool& ok) : json_(json), ok_(ok) {
    if (!json.is_object()) ok = false;
  }
  template <typename Value>
  void member(const char* name, Value& value) {
    if (const auto found = find(name)) take(*found, value);
  }
  template <typename Value>
  void member(const char* name, std::optional<Value>& value) {
    if (const auto found = find(name)) take(*found, value.emplace());
  }

 private:
  [[nodiscard]] const nlohmann::json* find(const char* name) const {
    if (!json_.is_object()) return nullptr;
    const auto found = json_.find(name);
    return found == json_.end() ? nullptr : &*found;
  }
  void take(const nlohmann::json& from, std::string& text) {
    if (const auto* found = from.get_ptr<const std::string*>()) {
      text = *found;
    } else {
      ok_ = false;
    }
  }
  void take(const nlohmann::json& from, bool& value) {
    if (const auto* found = from.get_ptr<const bool*>()) {
      value = *found;
    } else {
      ok_ = false;
    }
  }
  void take(const nlohmann::json& from, std::size_t& number) {
    if (from.is_number_unsigned()) {
      number = from.get<std::size_t>();
    } else {
      ok_ = false;
    }
  }
  void take(const nlohmann::json& from, double& number) {
    constexpr double kInfinity = std::numeric_limits<double>::infinity();
    if (from.is_number()) {
      number = from.get<double>();
    } else if (from == "inf" || from == "-inf") {
      number = from == "inf" ? kInfinity : -kInfinity;
    } else if (from == "nan") {
      number = std::numeric_limits<double>::quiet_NaN();
    } else {
      ok_ = false;
    }
  }
  template <typename Element>
  void take(const nlohmann::json& from, std::vector<Element>& elements) {
    if (!from.is_array()) ok_ = false;
    if (!ok_) return;
    for (const nlohmann::json& element : from) take(element, elements.emplace_back());
  }
  template <typename Value>
  void take(const nlohmann::json& from, Value& value) {
    if constexpr (std::is_enum_v<Value>) {
      const auto& names = names_of(value);
      for (std::size_t i = 0; i < names.size(); ++i) {
        if (from != names[i]) continue;
        value = static_cast<Value>(i);
        return;
      }
      ok_ = false;
    } else {
      Decoder object(from, ok_);
      describe(object, value);
    }
  }

  const nlohmann::json& json_;
  bool& ok_;
};

template <typename Type, typename Value>
concept Is = std::is_same_v<std::remove_const_t<Type>, Value>;

template <typename Coder>
void describe(Coder& coder, Is<Interval> auto& interval) {
  coder.member("low", interval.low);
  coder.member("high", interval.high);
}

template <typename Coder>
void describe(Coder& coder, Is<CriterionResult> auto& result) {
  coder.member("criterion", result.criterion);
  coder.member("only_warns", result.only_warns);
  coder.member("verdict", result.verdict);
  coder.member("observed", result.observed);
  coder.member("bound", result.bound);
  coder.member("unit", result.unit);
  coder.member("interval", result.interval);
  coder.member("reason", result.reason);
  coder.member("advice", result.advice);
}

template <typename Coder>
void describe(Coder& coder, Is<Concern> auto& concern) {
  coder.member("check", concern.check);
  coder.member("level", concern.level);
  coder.member("what", concern.what);
  coder.member("advice", concern.advice);
}

template <typename Coder>
void describe(Coder& coder, Is<ComparedMetric> auto& metric) {
  coder.member("metric", metric.metric);
  coder.member("base", metric.base);
  coder.member("candidate", metric.candidate);
  coder.member("change", metric.change);
  coder.member("interval", metric.interval);
  coder.member("verdict", metric.verdict);
  coder.member("within_margin", metric.within_margin);
}

template <typename Coder>
void describe(Coder& coder, Is<ComparedEndpoint> auto& endpoint) {
  coder.member("endpoint", endpoint.endpoint);
  coder.member("metrics", endpoint.metrics);
}

template <typename Coder>
void describe(Coder& coder, Is<Comparison> auto& comparison) {
  coder.member("verdict", comparison.verdict);
  coder.member("within_margin", comparison.within_margin);
  coder.member("margin", comparison.margin);
  coder.member("noise_measured", comparison.noise_measured);
  coder.member("noise", comparison.noise);
  coder.member("base", comparison.base);
  coder.member("candidate", comparison.candidate);
  coder.member("more_runs", comparison.more_runs);
  coder.member("minimum_detectable_change", comparison.minimum_detectable_change);
  coder.member("reasons", comparison.reasons);
  coder.member("overall", comparison.overall);
  coder.member("overall_metrics", comparison.overall_metrics);
  coder.member("endpoints", comparison.endpoints);
  coder.member("outlying", comparison.outlying);
  coder.member("only_in_base", comparison.only_in_base);
  coder.member("only_in_candidate", comparison.only_in_candidate);
}

template <typename Coder>
void describe(Coder& coder, Is<Judgement> auto& judgement) {
  coder.member("verdict", judgement.verdict);
  coder.member("criteria", judgement.criteria);
  coder.member("concerns", judgement.concerns);
  coder.member("comparison", judgement.comparison);
}

}  // namespace

std::string encode_judgement(const Judgement& judgement) {
  Encoder object;
  describe(object, judgement);
  return object.take().dump(-1, ' ', false, Json::error_handler_t::replace);
}

Result<Judgement> decode_judgement(std::string_view text) {
  const nlohmann::json json = parse_foreign_json(text);
  Judgement judgement;
  bool ok = !json.is_discarded();
  if (ok) {
    Decoder object(json, ok);
    describe(object, judgement);
  }
  if (!ok) return fail(ErrorCode::io, "stored run is damaged: its judgement makes no sense");
  return judgement;
}

}  // namespace omniwriter
