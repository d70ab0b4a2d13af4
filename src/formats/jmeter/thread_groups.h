#pragma once
/// Which group of threads a sample is of, by the name of its thread.

#include <string_view>

namespace omniwriter::jmeter {

/// What the user calls the groups, to have requests told apart by them.
inline constexpr std::string_view kThreadGroup = "thread_group";

/// "checkout 1-3" is of the group "checkout". A name that does not end in such numbers is the group's.
[[nodiscard]] inline std::string_view group_of_thread(std::string_view thread) {
  const auto is_digit = [&](std::size_t at) { return thread[at] >= '0' && thread[at] <= '9'; };
  std::size_t at = thread.size();
  bool hyphen = false;
  while (at != 0 && (is_digit(at - 1) || thread[at - 1] == '-')) {
    hyphen = hyphen || thread[at - 1] == '-';
    --at;
  }
  return hyphen && at > 1 && thread[at - 1] == ' ' ? thread.substr(0, at - 1) : thread;
}

/// The same in a distributed test, where the name begins with that of the machine, and a hyphen: all machines have
/// threads of the one group.
[[nodiscard]] inline std::string_view group_of_thread(std::string_view thread, std::string_view host) {
  if (!host.empty() && thread.size() > host.size() && thread.starts_with(host) && thread[host.size()] == '-') {
    thread.remove_prefix(host.size() + 1);
  }
  return group_of_thread(thread);
}

}  // namespace omniwriter::jmeter
