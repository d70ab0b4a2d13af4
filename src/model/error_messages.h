#pragma once
/// What tools say of errors, so that the same errors are the same text, and no secret is kept.

#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <tuple>
#include <unordered_map>
#include <vector>

#include "omniwriter/run.h"

namespace omniwriter {

/// The text on one line of at most 300 bytes, with `***` in the place of what may be secret: user and query of a URL;
/// the value of a name such as "token", "password", "api_key", "Authorization", "Cookie"; long words of letters and
/// digits that are no UUID.
[[nodiscard]] std::string masked_message(std::string_view text);

/// A masked text, with `#` in the place of numbers, UUIDs and hexadecimal ids. Numbers of three digits from 100 to 599
/// stay: they are a status.
[[nodiscard]] std::string normalised_message(std::string_view masked);

/// Counts the messages of a run, in bounded memory: those beyond kMaxMessages texts, or kMaxEntries texts an endpoint
/// and type, count as kOtherEndpoint. Not thread-safe.
class ErrorMessages {
 public:
  static constexpr std::size_t kMaxMessages = 500;
  static constexpr std::size_t kMaxEntries = 2000;

  /// Of a text that a tool wrote.
  std::uint32_t id_of(std::string_view text);
  /// `id`: that of `text`.
  void add(std::string_view endpoint, std::string_view error_type, std::uint32_t id, std::string_view text,
           std::int64_t at_ns, std::uint64_t times);
  /// Of another run.
  void add(const ErrorMessage& message);
  /// As Run::error_messages.
  [[nodiscard]] std::vector<ErrorMessage> list() const;

 private:
  struct Entry {
    std::uint64_t count = 0;
    std::int64_t first_ns = 0;
    std::int64_t last_ns = 0;
    std::string example;
  };

  Entry& entry_of(std::string_view endpoint, std::string_view error_type, std::uint32_t id);

  std::vector<std::string> messages_{std::string(kOtherEndpoint)};  // by id
  std::unordered_map<std::string, std::uint32_t> ids_;
  std::map<std::tuple<std::string, std::string, std::uint32_t>, Entry, std::less<>> entries_;
};

}  // namespace omniwriter
