#pragma once
/// What the results of vegeta mean, in whatever format they come.

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/text_memo.h"
#include "model/dimension_values.h"
#include "omniwriter/sample.h"

namespace omniwriter::vegeta {

struct Hit {
  std::int64_t start_ns = 0;
  std::int64_t latency_ns = 0;
  std::uint64_t code = 0;  ///< HTTP status, 0 without response
  std::uint64_t bytes_in = 0;
  std::uint64_t bytes_out = 0;
  std::string_view error = {};
  std::string_view method = {};
  std::string_view url = {};
  std::string_view attack = {};  ///< what the user called it
};

/// "GET http://host/path": without query, fragment and credentials, which may be secret and are endless in number.
[[nodiscard]] std::string endpoint_of(std::string_view method, std::string_view url);

/// What results can be told apart by.
[[nodiscard]] inline std::vector<std::string> known_dimensions() { return {"attack", "method"}; }

/// Adds results to a batch. Used by one thread.
class HitSink {
 public:
  explicit HitSink(const std::vector<std::string>& dimensions) : dimensions_(dimensions) {}

  /// To be called before the first result of each chunk.
  void begin(SampleBatch& batch);
  /// Returns why the result makes no sense, or null where it was added.
  const char* add(const Hit& hit);

 private:
  SampleBatch* batch_ = nullptr;
  std::uint32_t tables_version_ = 0;
  std::string key_;
  TextMemo<std::uint32_t> endpoints_;
  TextMemo<std::uint16_t> outcomes_;
  DimensionValues dimensions_;
};

}  // namespace omniwriter::vegeta
