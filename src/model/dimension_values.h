#pragma once
/// What requests have in common besides their endpoint, as the user asks for it.

#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "base/text_memo.h"
#include "omniwriter/sample.h"

namespace omniwriter {

/// Puts the values of dimensions to samples. Used by one thread. Texts must have 7 readable bytes behind them.
class DimensionValues {
 public:
  /// `names`: kMaxDimensions at most, as a file has its tags or columns.
  explicit DimensionValues(const std::vector<std::string>& names) : names_(names), ids_(names.size()) {}

  [[nodiscard]] bool empty() const { return names_.empty(); }
  [[nodiscard]] const std::vector<std::string>& names() const { return names_; }

  /// To be called before the first request of each chunk.
  void begin(SampleBatch& batch) {
    batch_ = &batch;
    if (tables_version_ == batch.tables_version()) return;
    tables_version_ = batch.tables_version();
    for (auto& ids : ids_) ids.clear();
  }

  /// What SampleDetail::dimensions says of a value of the dimension of that index; 0 where the text is empty.
  /// `plain(text)` gives what it stands for; remembered, so it may be slow.
  template <typename Plain>
  std::uint32_t id_of(std::size_t dimension, std::string_view text, const Plain& plain) {
    if (text.empty()) return 0;
    return ids_[dimension].get(text, [&](std::string_view value) -> std::uint32_t {
      const std::string_view name = plain(value);
      return name.empty() ? 0 : batch_->endpoint(names_[dimension] + "=" + std::string(name)) + 1;
    });
  }
  /// The same of a text that stands for itself, and may have nothing behind it.
  std::uint32_t id_of(std::size_t dimension, const std::string& text) {
    if (text.empty()) return 0;
    return batch_->endpoint(names_[dimension] + "=" + text) + 1;
  }
  /// Puts a value to the last sample of the batch, where the dimension of that name is asked for; see id_of().
  template <typename Plain>
  void add(std::string_view name, std::string_view text, const Plain& plain);
  void add(std::string_view name, std::string_view text);

 private:
  std::vector<std::string> names_;
  std::vector<TextMemo<std::uint32_t>> ids_;
  SampleBatch* batch_ = nullptr;
  std::uint32_t tables_version_ = 0;
};

/// Adds the value of a dimension to those of a sample; 0 is none.
inline void add_dimension(SampleDetail& detail, std::uint32_t id) {
  if (id == 0) return;
  for (std::uint32_t& place : detail.dimensions) {
    if (place != 0) continue;
    place = id;
    return;
  }
}

template <typename Plain>
void DimensionValues::add(std::string_view name, std::string_view text, const Plain& plain) {
  for (std::size_t i = 0; i < names_.size(); ++i) {
    if (names_[i] != name) continue;
    if (const std::uint32_t id = id_of(i, text, plain); id != 0) add_dimension(batch_->detail_of_last(), id);
  }
}
inline void DimensionValues::add(std::string_view name, std::string_view text) {
  add(name, text, [](std::string_view value) { return value; });
}

/// In the place of names: whatever tells requests apart.
inline constexpr std::string_view kAnyDimension = "auto";

[[nodiscard]] inline bool is_any_dimension(const std::vector<std::string>& names) {
  return names.size() == 1 && names.front() == kAnyDimension;
}

/// Finds what tells requests apart among the tags or columns of the first of them.
class DimensionCandidates {
 public:
  void see(std::string_view name, std::string_view value);
  /// Names with several values, but not too many, each of several requests: kMaxDimensions at most, by name.
  [[nodiscard]] std::vector<std::string> useful() const;

 private:
  std::map<std::string, std::map<std::string, std::size_t>, std::less<>> seen_;
};

/// Two of them as one; either may be empty.
[[nodiscard]] std::string joined_notes(const std::string& a, const std::string& b);

/// What to say of these to the user; empty where there is none.
[[nodiscard]] std::string note_on_dimensions(const std::vector<std::string>& found);

}  // namespace omniwriter
