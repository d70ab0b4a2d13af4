#pragma once
/// The arguments of a load tool, as it would read them itself.

#include <chrono>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace omniwriter {

/// The name of the program without folder, ".sh" and the like.
[[nodiscard]] std::string program_name(const std::vector<std::string>& argv);

/// Whether one of the arguments is just that.
[[nodiscard]] bool has_argument(const std::vector<std::string>& argv, std::string_view argument);

/// The values of an option, in order, written as `-o value`, `-o=value` or (one letter) `-ovalue`.
[[nodiscard]] std::vector<std::string> values_of(const std::vector<std::string>& argv,
                                                 std::initializer_list<std::string_view> names);
/// The last one.
[[nodiscard]] std::optional<std::string> value_of(const std::vector<std::string>& argv,
                                                  std::initializer_list<std::string_view> names);

/// `argv` with more arguments behind the first `place` of them.
[[nodiscard]] std::vector<std::string> with_arguments(std::vector<std::string> argv, std::size_t place,
                                                      const std::vector<std::string>& more);

/// Where a word stands in `argv`; its size where it does not.
[[nodiscard]] std::size_t place_of(const std::vector<std::string>& argv, std::string_view word);

/// "90s", "1m30s", "1h", "500ms"; a number alone counts `unit`. None for anything else.
[[nodiscard]] std::optional<std::chrono::seconds> parse_duration(std::string_view text,
                                                                 std::chrono::seconds unit = std::chrono::seconds(1));
/// The same of an option that may be missing.
[[nodiscard]] std::optional<std::chrono::seconds> duration_of(const std::vector<std::string>& argv,
                                                              std::initializer_list<std::string_view> names);

}  // namespace omniwriter
