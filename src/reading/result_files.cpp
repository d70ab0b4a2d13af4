#include "reading/result_files.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdint>
#include <filesystem>
#include <map>
#include <set>
#include <system_error>

#include "base/rfc3339.h"
#include "base/try.h"

namespace omniwriter {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kMaxEntries = 10'000;
constexpr std::size_t kMaxArchived = 1'000;  // each is found anew from the front of its archive
constexpr std::size_t kMaxNamed = 5;

struct Entries {
  std::vector<fs::path> files;
  std::vector<fs::path> folders;
};

Result<Entries> list(const fs::path& folder) {
  Entries entries;
  std::error_code error;
  for (fs::directory_iterator at(folder, error), end; !error && at != end; at.increment(error)) {
    if (at->path().filename().string().starts_with('.')) continue;
    if (entries.files.size() + entries.folders.size() == kMaxEntries) {
      return fail(ErrorCode::usage,
                  fmt::format("{} has more than {} entries: name the result files", folder.string(), kMaxEntries));
    }
    std::error_code unknown;  // a dangling link is neither
    if (at->is_regular_file(unknown)) entries.files.push_back(at->path());
    if (at->is_directory(unknown)) entries.folders.push_back(at->path());
  }
  if (error)
    return fail(ErrorCode::input, fmt::format("cannot read the folder {}: {}", folder.string(), error.message()));
  std::ranges::sort(entries.files);
  std::ranges::sort(entries.folders);
  return entries;
}

struct Found {
  std::map<std::string_view, std::vector<std::string>> samples;  // by format
  std::map<const SummaryFormat*, std::vector<std::string>> summaries;
  std::vector<LeftAside> others;
};

void add(const std::string& file, const Result<FileKind>& kind, Found& found) {
  if (!kind) {
    found.others.push_back({file, kind.error().message});
  } else if (kind->format != nullptr) {
    found.samples[kind->format->name()].push_back(file);
  } else if (kind->summary != nullptr) {
    found.summaries[kind->summary].push_back(file);
  } else {
    found.others.push_back({file, kind->looks_like});
  }
}

// False where the file is no archive.
Result<bool> identify_archive(const std::string& archive, const InputOptions& options, Found& found) {
  std::set<std::string> names;
  return visit_archive(archive, [&](const std::string& name, auto content) -> Result<void> {
    if (names.size() == kMaxArchived) {
      return fail(ErrorCode::usage, fmt::format("{} holds more than {} files: unpack it, and name the result files",
                                                archive, kMaxArchived));
    }
    if (!names.insert(name).second) {
      return fail(ErrorCode::usage, fmt::format("{} is in its archive twice: unpack it, and name the files", name));
    }
    add(name, content ? identify_content(**content, options) : std::unexpected(content.error()), found);
    return {};
  });
}

void identify(const std::vector<fs::path>& files, const InputOptions& options, Found& found) {
  for (const fs::path& path : files) {
    const std::string file = path.string();
    Found archived;
    const auto is_archive = identify_archive(file, options, archived);
    if (!is_archive) {
      found.others.push_back({file, is_archive.error().message});
    } else if (*is_archive) {
      for (auto& [format, names] : archived.samples)
        std::ranges::move(names, std::back_inserter(found.samples[format]));
      for (auto& [format, names] : archived.summaries) {
        std::ranges::move(names, std::back_inserter(found.summaries[format]));
      }
      std::ranges::move(archived.others, std::back_inserter(found.others));
    } else {
      add(file, identify_file(file, options), found);
    }
  }
}

std::string first_of(const std::vector<std::string>& names) {
  const std::size_t shown = std::min(names.size(), kMaxNamed);
  std::string text =
      fmt::format("{}", fmt::join(names.begin(), names.begin() + static_cast<std::ptrdiff_t>(shown), ", "));
  if (names.size() > shown) text += fmt::format(" and {} more", names.size() - shown);
  return text;
}

// Of what a tool says in several ways of its run, the first counts: formats are tried in such an order that it tells
// most. What is chosen is moved to where files of samples are.
void choose_summaries(Found& found) {
  std::set<std::string_view> tools;
  for (const SummaryFormat* format : summary_formats()) {
    const auto at = found.summaries.find(format);
    if (at == found.summaries.end() || !tools.insert(format->tool()).second) continue;
    found.samples[format->name()] = std::move(at->second);
    found.summaries.erase(at);
  }
}

// What was found in a folder or an archive.
Result<void> take(const std::string& folder, Found found, ResultFiles& result) {
  if (found.samples.empty()) choose_summaries(found);
  for (const auto& [format, files] : found.summaries) {
    for (const std::string& file : files) found.others.push_back({file, std::string(format->description())});
  }
  if (found.samples.empty()) {
    std::vector<std::string> seen;
    seen.reserve(found.others.size());
    for (const LeftAside& left : found.others) seen.push_back(fmt::format("{} ({})", left.file, left.why));
    return fail(ErrorCode::input,
                fmt::format("{} holds no result file{}{}", folder, seen.empty() ? "" : ": ", first_of(seen)));
  }
  if (found.samples.size() > 1) {
    std::string formats;
    for (const auto& [format, files] : found.samples) {
      formats += fmt::format("{}{}: {}", formats.empty() ? "" : "; ", format, first_of(files));
    }
    return fail(ErrorCode::usage,
                fmt::format("{} holds files of several formats, which may tell of the same requests: name "
                            "those to read ({})",
                            folder, formats));
  }
  std::ranges::move(found.samples.begin()->second, std::back_inserter(result.files));
  std::ranges::move(found.others, std::back_inserter(result.left_aside));
  return {};
}

// What a tool wrote beside a summary is read with it.
void drop_companions(ResultFiles& result, const InputOptions& options) {
  std::set<std::string> named(result.files.begin(), result.files.end());
  for (const LeftAside& left : result.left_aside) named.insert(left.file);
  std::set<std::string> read_with;
  for (const std::string& file : result.files) {
    for (const SummaryFormat* format : summary_formats()) {
      const auto names = format->companions(file);
      // What comes through a pipe can be looked at once.
      if (std::ranges::none_of(names, [&](const std::string& name) { return named.contains(name); })) continue;
      const auto kind = identify_file(file, options);
      if (kind && kind->summary == format) read_with.insert(names.begin(), names.end());
    }
  }
  std::erase_if(result.files, [&](const std::string& file) { return read_with.contains(file); });
  std::erase_if(result.left_aside, [&](const LeftAside& left) { return read_with.contains(left.file); });
}

Result<void> add_folder(const std::string& folder, const InputOptions& options, ResultFiles& result) {
  const auto entries = TRY(list(folder));
  Found found;
  identify(entries.files, options, found);
  if (found.samples.empty()) {
    for (const fs::path& inner : entries.folders) {
      const auto below = TRY(list(inner));
      identify(below.files, options, found);
    }
  }
  return take(folder, std::move(found), result);
}

// "+3 h", "+5:30 h", "+42 s"
std::string offset_text(std::int64_t seconds) {
  const std::int64_t minutes = (seconds + 30) / 60;
  if (minutes < 15) return fmt::format("{} s", seconds);
  if (minutes % 60 == 0) return fmt::format("{} h", minutes / 60);
  return fmt::format("{}:{:02} h", minutes / 60, minutes % 60);
}

}  // namespace

Result<ResultFiles> find_result_files(const std::vector<std::string>& paths, const InputOptions& options) {
  ResultFiles result;
  for (const std::string& path : paths) {
    std::error_code error;
    if (fs::is_directory(path, error)) {
      TRY(add_folder(path, options, result));
    } else if (fs::is_regular_file(path, error)) {
      Found found;
      const auto is_archive = TRY(identify_archive(path, options, found));
      if (!is_archive) {
        result.files.push_back(path);
      } else {
        TRY(take(path, std::move(found), result));
      }
    } else {
      result.files.push_back(path);
    }
  }
  drop_companions(result, options);
  return result;
}

std::vector<std::string> consistency_warnings(const std::vector<FileReport>& reports) {
  constexpr std::int64_t kNsPerSecond = 1'000'000'000;
  constexpr std::int64_t kQuarter = 900;   // time zones differ by such
  constexpr std::int64_t kTolerance = 30;  // seconds between the starts of generators
  std::vector<const FileReport*> files;
  for (const FileReport& report : reports) {
    if (report.samples != 0) files.push_back(&report);
  }
  std::ranges::sort(files, {}, [](const FileReport* file) { return std::pair(file->started_ns, file->ended_ns); });

  std::vector<std::string> doubts;
  std::int64_t ended_ns = 0;  // of all before
  for (std::size_t i = 0; i < files.size(); ++i) {
    const FileReport& file = *files[i];
    if (i != 0) {
      const FileReport& before = *files[i - 1];
      if (file.started_ns == before.started_ns && file.ended_ns == before.ended_ns && file.samples == before.samples) {
        doubts.push_back(
            fmt::format("{} and {} have the same start, end and number of samples: are these the same results "
                        "twice? Both count",
                        before.file, file.file));
      } else if (file.started_ns > ended_ns) {
        const std::int64_t later = (file.started_ns - files.front()->started_ns) / kNsPerSecond;
        const std::int64_t off_quarter = (later + kQuarter / 2) % kQuarter - kQuarter / 2;
        const bool like_zone = later >= kQuarter - kTolerance && std::abs(off_quarter) <= kTolerance;
        doubts.push_back(
            fmt::format("{} begins only after all before it have ended ({}, {} after {}){}; it is read as part of the "
                        "same run all the same",
                        file.file, format_rfc3339(file.started_ns), offset_text(later), files.front()->file,
                        like_zone ? ", as if time zones differed" : ": are the clocks of the machines right?"));
      }
    }
    ended_ns = std::max(ended_ns, file.ended_ns);
  }
  return doubts;
}

}  // namespace omniwriter
