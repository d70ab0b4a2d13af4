#include "integration/run_environment.h"

#include <fmt/format.h>
#include <sys/utsname.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <fstream>
#include <iterator>
#include <optional>
#include <system_error>
#include <thread>

#include "base/stable_hash.h"
#include "base/utf8.h"
#include "config/in_effect.h"
#include "model/error_messages.h"

namespace omniwriter {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kMaxValueBytes = 200;

/// The first line; empty where there is none.
std::string first_line(const fs::path& file) {
  std::ifstream in(file);
  std::string line;
  std::getline(in, line);
  return line;
}

/// The value of the first line of /proc that has this name.
std::string proc_value(const char* file, std::string_view name) {
  std::ifstream in(file);
  for (std::string line; std::getline(in, line);) {
    if (!line.starts_with(name)) continue;
    const auto at = line.find_first_not_of(" \t", line.find(':') + 1);
    return at == std::string::npos ? "" : line.substr(at);
  }
  return {};
}

struct Checkout {
  std::string commit;
  std::string branch;
};

bool is_commit(std::string_view text) {
  return text.size() >= 40 && std::ranges::all_of(text, [](unsigned char c) { return std::isxdigit(c) != 0; });
}

/// What lies in the folder, or in the nearest one above it.
Checkout checkout_of(const fs::path& folder) {
  std::error_code error;
  for (fs::path at = fs::absolute(folder, error); !error; at = at.parent_path()) {
    fs::path git = at / ".git";
    if (fs::is_regular_file(git, error)) {  // of a worktree, or a submodule
      constexpr std::string_view kPlace = "gitdir: ";
      const std::string line = first_line(git);
      if (!line.starts_with(kPlace)) return {};
      git = at / line.substr(kPlace.size());
    }
    if (fs::exists(git / "HEAD", error)) {
      constexpr std::string_view kRef = "ref: ";
      constexpr std::string_view kBranch = "refs/heads/";
      const std::string head = first_line(git / "HEAD");
      if (!head.starts_with(kRef)) return {is_commit(head) ? head : "", ""};
      const std::string ref = head.substr(kRef.size());
      Checkout found{"", ref.starts_with(kBranch) ? ref.substr(kBranch.size()) : ""};
      const std::string common_folder = first_line(git / "commondir");
      const fs::path common = common_folder.empty() ? git : git / common_folder;
      for (const fs::path& place : {git / ref, common / ref}) {
        const std::string commit = first_line(place);
        if (found.commit.empty() && is_commit(commit)) found.commit = commit;
      }
      std::ifstream packed(common / "packed-refs");
      for (std::string line; found.commit.empty() && std::getline(packed, line);) {
        const auto space = line.find(' ');
        if (space != std::string::npos && line.substr(space + 1) == ref && is_commit(line.substr(0, space))) {
          found.commit = line.substr(0, space);
        }
      }
      return found;
    }
    if (at == at.parent_path()) return {};
  }
  return {};
}

std::string first_of(const Environment& environment, std::initializer_list<const char*> names) {
  for (const char* const name : names) {
    if (const auto value = environment(name); value && !value->empty()) return *value;
  }
  return {};
}

/// Values of secrets are no part of what settings_in_effect() tells.
std::string hash_of_settings(const fs::path& file, const Environment& environment) {
  const auto settings = settings_in_effect(file, environment);
  if (!settings) return {};
  StableHash hash;
  for (const SettingInEffect& setting : *settings) {
    hash.add(setting.key);
    hash.add(setting.value);
  }
  return fmt::format("{:016x}", hash.value());
}

bool names_a_secret(std::string_view flag) {
  std::string lower(flag);
  std::ranges::transform(lower, lower.begin(), [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  constexpr std::array<std::string_view, 10> kWords{"passw",   "secret", "token",      "api-key", "apikey",
                                                    "api_key", "auth",   "credential", "cookie",  "private"};
  return std::ranges::any_of(kWords, [&](std::string_view word) { return lower.find(word) != std::string::npos; });
}

/// Flags of load tools that are followed by "user:password".
bool takes_login(std::string_view flag) { return flag == "-a" || flag == "-A" || flag == "-u" || flag == "-P"; }

}  // namespace

std::map<std::string, std::string> run_environment(const Config& config, const Environment& environment,
                                                   const fs::path& folder) {
  std::map<std::string, std::string> known;
  const auto put = [&](const char* name, std::string_view value) {
    if (!value.empty()) known[name] = clean_utf8(value, kMaxValueBytes);
  };
  std::array<char, 256> host{};
  if (gethostname(host.data(), host.size() - 1) == 0) put("host", host.data());
  put("cpu", proc_value("/proc/cpuinfo", "model name"));
  if (const unsigned cpus = std::thread::hardware_concurrency(); cpus > 0) put("cpu_count", std::to_string(cpus));
  const long pages = sysconf(_SC_PHYS_PAGES);
  const long page_bytes = sysconf(_SC_PAGESIZE);
  if (pages > 0 && page_bytes > 0) put("memory_mb", std::to_string(pages / 1024 * page_bytes / 1024));
  if (utsname system{}; uname(&system) == 0) put("kernel", fmt::format("{} {}", system.sysname, system.release));

  const Checkout checkout = checkout_of(folder);
  const std::string commit = first_of(environment, {"GITHUB_SHA", "CI_COMMIT_SHA", "GIT_COMMIT", "BITBUCKET_COMMIT",
                                                    "BUILD_SOURCEVERSION", "CIRCLE_SHA1", "DRONE_COMMIT"});
  const std::string branch =
      first_of(environment, {"GITHUB_HEAD_REF", "GITHUB_REF_NAME", "CI_COMMIT_REF_NAME", "GIT_BRANCH",
                             "BITBUCKET_BRANCH", "BUILD_SOURCEBRANCHNAME", "CIRCLE_BRANCH", "DRONE_BRANCH"});
  put("git_commit", commit.empty() ? checkout.commit : commit);
  put("git_branch", branch.empty() ? checkout.branch : branch);
  if (!config.file.empty()) put("configuration", hash_of_settings(config.file, environment));
  put("omniwriter", OMNIWRITER_VERSION);
  return known;
}

std::string masked_command(const std::vector<std::string>& argv) {
  constexpr std::size_t kMaxBytes = 1000;
  std::string text;
  std::string_view before;
  for (const std::string& argument : argv) {
    const bool is_value = before.starts_with('-') && !argument.starts_with('-');
    const bool is_login =
        takes_login(before) && argument.find(':') != std::string::npos && argument.find("://") == std::string::npos;
    const bool secret = is_value && (is_login || (names_a_secret(before) && before.find('=') == std::string::npos));
    if (!text.empty()) text += ' ';
    text += secret ? "***" : masked_message(argument);
    before = argument;
  }
  return clean_utf8(text, kMaxBytes);
}

}  // namespace omniwriter
