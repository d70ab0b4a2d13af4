#include "integration/history_folder.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>
#include <string_view>
#include <system_error>
#include <tuple>
#include <utility>

#include "base/rfc3339.h"
#include "base/try.h"

namespace omniwriter {
namespace {

/// 2026-11-23T15:29:36.590Z -> 20261123T152936Z
std::string time_text(std::int64_t ns) {
  std::string text = format_rfc3339(ns);
  text.erase(text.find('.'), 4);
  std::erase_if(text, [](char c) { return c == '-' || c == ':'; });
  return text;
}

/// As part of a file name.
std::string safe(std::string_view text) {
  constexpr std::size_t kMaxBytes = 80;
  std::string name;
  for (const char c : text.substr(0, kMaxBytes)) {
    const bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
                       (c == '.' && !name.empty());
    name += plain ? c : '-';
  }
  return name;
}

}  // namespace

Result<HistoryFiles> read_history_folder(const std::filesystem::path& folder) {
  HistoryFiles found;
  std::error_code error;
  if (!std::filesystem::exists(folder, error)) return found;
  auto entries = std::filesystem::directory_iterator(folder, error);
  if (error) return fail(ErrorCode::input, fmt::format("history folder {}: {}", folder.string(), error.message()));
  for (const auto& entry : entries) {
    if (!is_run_file(entry.path())) continue;
    auto head = read_run_file_head(entry.path());
    if (head) {
      found.files.push_back({entry.path(), *std::move(head)});
    } else {
      found.faulty.push_back(std::move(head).error().message);
    }
  }
  const auto key = [](const HistoryFile& file) {
    return std::tuple(-file.head.started_ns, std::string_view(file.head.run_id), std::cref(file.file));
  };
  std::ranges::sort(found.files, [&](const HistoryFile& a, const HistoryFile& b) { return key(a) < key(b); });
  std::ranges::sort(found.faulty);
  std::set<std::string> seen;
  std::erase_if(found.files, [&](const HistoryFile& file) { return !seen.insert(file.head.run_id).second; });
  return found;
}

std::string history_file_name(const RunFileHead& run) {
  const std::string time = time_text(run.started_ns);
  // Ids that were not chosen begin with the time.
  const bool tells_time = run.run_id.starts_with(time);
  return fmt::format("{}_{}{}.omnirun", safe(run.test_name), tells_time ? "" : time + "_", safe(run.run_id));
}

Result<std::filesystem::path> add_to_history_folder(const RunStore& store, std::string_view run_id,
                                                    const std::filesystem::path& folder, std::size_t keep) {
  const auto run = TRY(store.load(run_id, Timelines::none));
  std::error_code error;
  std::filesystem::create_directories(folder, error);
  if (error) return fail(ErrorCode::io, fmt::format("history folder {}: {}", folder.string(), error.message()));
  auto file = folder / history_file_name({run.info.run_id, run.info.test_name, run.started_ns, {}});
  TRY(export_run(store, run_id, file));
  if (keep == 0) return file;
  auto others = TRY(read_history_folder(folder));
  std::erase_if(others.files, [&](const HistoryFile& other) { return other.head.test_name != run.info.test_name; });
  for (std::size_t i = keep; i < others.files.size(); ++i) std::filesystem::remove(others.files[i].file, error);
  return file;
}

}  // namespace omniwriter
