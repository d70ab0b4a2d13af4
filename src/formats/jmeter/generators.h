#pragma once
/// Which machine of a distributed JMeter test wrote a sample.

#include <algorithm>
#include <string_view>

namespace omniwriter::jmeter {

/// The machine's name before that of the thread group, as JMeter writes names of threads in distributed tests:
/// "10.0.0.11-Thread Group 1-1", "gen1:1099-Checkout 1-1", "gen1.example.com-Checkout 1-1". Empty where there is none
/// for sure: a hyphen may also be of the group's own name.
[[nodiscard]] inline std::string_view host_in_thread_name(std::string_view thread) {
  constexpr std::string_view kUsualGroup = "-Thread Group ";
  const auto is_of_host = [](char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '.' || c == ':' ||
           c == '-' || c == '_';
  };
  const auto end = static_cast<std::size_t>(std::ranges::find_if_not(thread, is_of_host) - thread.begin());
  if (const std::size_t usual = thread.find(kUsualGroup); usual != std::string_view::npos && usual < end) {
    return thread.substr(0, usual);
  }
  for (std::size_t hyphen = thread.find('-'); hyphen < end; hyphen = thread.find('-', hyphen + 1)) {
    const std::string_view host = thread.substr(0, hyphen);
    const std::string_view name = host.substr(0, host.find(':'));
    const bool has_port =
        host.size() > name.size() + 1 &&
        std::ranges::all_of(host.substr(name.size() + 1), [](char c) { return c >= '0' && c <= '9'; });
    if (host.size() > name.size() && !has_port) continue;
    if (!name.empty() && (has_port || std::ranges::count(name, '.') >= 2)) return host;
  }
  return {};
}

}  // namespace omniwriter::jmeter
