#pragma once
/// Reads records in JMeter's own shape, several times as fast as expat.

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "inputs/jmeter_xml/tags.h"

namespace omniwriter::jmeter_xml {

/// Finds the tags of a record of which every byte is in the shape that JMeter gives it: elements with attributes in
/// double quotes, and text. That is a part of XML in which nothing can go wrong; all else is left to expat.
class [[gnu::visibility("hidden")]] Scanner {  // nothing can replace its functions, so they can be inlined
 public:
  enum class Found {
    record,
    beginning,  ///< of something, with more to come
    other,
  };
  /// The start or end tag of a sample, or the end tag of what it holds of an assertion.
  struct Tag {
    enum class What : std::uint8_t { sample_begins, sample_ends, part_ends, assertion_ends };
    What what{};
    Attributes attributes{};  ///< of the start of a sample
    std::size_t end = 0;      ///< behind the tag, from the start of the record
    std::string_view part{};  ///< of an assertion
    std::string_view text{};  ///< of that
  };

  /// Looks at the first element of `text`, which begins with what is no blank.
  [[nodiscard]] Found scan(std::string_view text);
  /// What the last record was made of.
  [[nodiscard]] const std::vector<Tag>& tags() const { return tags_; }
  [[nodiscard]] std::size_t size() const { return static_cast<std::size_t>(at_ - begin_); }

 private:
  struct OpenElement {
    std::string_view name;
    Element what;
    const char* content;
  };

  // Each of these goes on behind what it read; or returns false, with at_ at the end if more bytes could mend it.
  bool read_tag();
  bool read_end_tag();
  bool read_attributes(Attributes& attributes);
  bool read_value(std::string_view& value);
  bool read_entity(char& c);
  bool skip_text();
  bool is_plain_text(const char* text_end);
  bool add_end(const OpenElement& element, const char* content_end);
  bool add_part(const OpenElement& part, const char* content_end);
  bool take(char c);
  std::string_view read_name();
  template <typename Marks>
  void skip_until(Marks marks);

  const char* begin_ = nullptr;
  const char* at_ = nullptr;
  const char* end_ = nullptr;
  std::size_t depth_ = 0;
  bool is_ascii_ = true;
  std::array<OpenElement, kMaxDepth> elements_{};
  std::vector<Tag> tags_;
  Attributes unused_;
  std::string decoded_;  // values with entities or characters beyond ASCII
};

}  // namespace omniwriter::jmeter_xml
