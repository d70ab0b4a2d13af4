#pragma once
/// The tags of samples, and what is read of them.

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <utility>
#include <vector>

namespace omniwriter::jmeter_xml {

inline constexpr std::size_t kMaxDepth = 64;  // elements within one another
inline constexpr std::string_view kRootTag = "<testResults>";

[[nodiscard]] constexpr bool is_sample_name(std::string_view name) { return name == "httpSample" || name == "sample"; }

/// What a sample can hold of an assertion, and the parts of it that have a text which matters.
inline constexpr std::string_view kAssertion = "assertionResult";
[[nodiscard]] constexpr bool is_part_of_assertion(std::string_view name) {
  return name == "name" || name == "failure" || name == "error" || name == "failureMessage";
}

/// What an element means to us, which depends on the one that it is in.
enum class Element : std::uint8_t { other, sample, assertion, part_of_assertion };
[[nodiscard]] constexpr Element element_of(std::string_view name, Element within, bool below_root) {
  if (is_sample_name(name) && (below_root || within == Element::sample)) return Element::sample;
  if (name == kAssertion && within == Element::sample) return Element::assertion;
  return within == Element::assertion && is_part_of_assertion(name) ? Element::part_of_assertion : Element::other;
}

/// Whether a tag of that name is at the front; `tag` is "<name".
[[nodiscard]] constexpr bool begins_with_tag(std::string_view bytes, std::string_view tag) {
  constexpr std::string_view kEndOfName = " \t\r\n>/";
  return bytes.size() > tag.size() && bytes.starts_with(tag) && kEndOfName.find(bytes[tag.size()]) != kEndOfName.npos;
}

/// A number for a name: its own if it has up to four characters.
constexpr std::uint32_t key_of(std::string_view name) {
  std::uint32_t key = 0;
  for (const char c : name) key = key << 8 | static_cast<unsigned char>(c);
  return key;
}

/// The attributes we know, valid until the next element. A missing one has no data.
struct Attributes {
  std::string_view elapsed, latency, connect, time_stamp, success, label, code, message, bytes, sent_bytes, users,
      samples, errors, thread, host, group_users;
  /// Names and values of what else there is: sample_variables.
  std::vector<std::pair<std::string_view, std::string_view>> variables;
  static constexpr std::size_t kMaxVariables = 100;

  Attributes() = default;
  /// As expat hands them over: names and values in turn, and a null at the end.
  explicit Attributes(const char** pairs) {
    for (; pairs[0] != nullptr; pairs += 2) set(pairs[0], pairs[1]);
  }

  void set(std::string_view name, std::string_view value) {
    switch (key_of(name)) {
      case key_of("t"):
        elapsed = value;
        break;
      case key_of("lt"):
        latency = value;
        break;
      case key_of("ct"):
        connect = value;
        break;
      case key_of("ts"):
        time_stamp = value;
        break;
      case key_of("s"):
        success = value;
        break;
      case key_of("lb"):
        label = value;
        break;
      case key_of("rc"):
        code = value;
        break;
      case key_of("rm"):
        message = value;
        break;
      case key_of("by"):
        bytes = value;
        break;
      case key_of("sby"):
        sent_bytes = value;
        break;
      case key_of("na"):
        users = value;
        break;
      case key_of("sc"):
        samples = value;
        break;
      case key_of("ec"):
        errors = value;
        break;
      case key_of("tn"):
        thread = value;
        break;
      case key_of("hn"):
        host = value;
        break;
      case key_of("ng"):
        group_users = value;
        break;
      case key_of("it"):
      case key_of("dt"):
      case key_of("de"):
        break;
      default:
        if (variables.size() < kMaxVariables) variables.emplace_back(name, value);
        break;
    }
  }
};

}  // namespace omniwriter::jmeter_xml
