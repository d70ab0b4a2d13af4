#include "vitals/usage_meter.h"

#include <dirent.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "base/split.h"
#include "base/try.h"

namespace omniwriter {
namespace {

namespace fs = std::filesystem;
using std::chrono::nanoseconds;

/// A file of the kernel, whole. Nothing where it cannot be read: what it tells of may have gone meanwhile.
std::optional<std::string> content_of(const fs::path& path) {
  const int file = open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (file < 0) return std::nullopt;
  std::string content;
  std::array<char, 4096> piece{};
  ssize_t got = 0;
  while ((got = read(file, piece.data(), piece.size())) > 0)
    content.append(piece.data(), static_cast<std::size_t>(got));
  close(file);
  return got < 0 ? std::nullopt : std::optional(std::move(content));
}

template <typename Number>
std::optional<Number> number_in(std::string_view text) {
  Number number{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  return error == std::errc() ? std::optional(number) : std::nullopt;
}

std::vector<std::string_view> words_of(std::string_view text) {
  std::vector<std::string_view> words;
  for (std::size_t at = 0; (at = text.find_first_not_of(" \t\n", at)) != std::string_view::npos;) {
    const std::size_t end = std::min(text.find_first_of(" \t\n", at), text.size());
    words.push_back(text.substr(at, end - at));
    at = end;
  }
  return words;
}

/// What stands behind `name` at the beginning of a line.
std::optional<std::string_view> line_behind(std::string_view text, std::string_view name) {
  while (!text.empty()) {
    const std::string_view line = text.substr(0, text.find('\n'));
    if (line.starts_with(name)) return line.substr(name.size());
    text.remove_prefix(std::min(line.size() + 1, text.size()));
  }
  return std::nullopt;
}

std::optional<std::uint64_t> number_behind(std::string_view text, std::string_view name) {
  const auto line = line_behind(text, name);
  const auto words = line ? words_of(*line) : std::vector<std::string_view>();
  return words.empty() ? std::nullopt : number_in<std::uint64_t>(words.front());
}

nanoseconds time_of(std::int64_t ticks) {
  static const std::int64_t kTickNs = 1'000'000'000 / std::max(sysconf(_SC_CLK_TCK), 1L);
  return nanoseconds(ticks * kTickNs);
}

// --- CPUs that may be used

/// "0-3,8": 5
double cpus_in_list(std::string_view list) {
  double cpus = 0;
  for (const std::string_view range : split_at_commas(list)) {
    const auto first = number_in<int>(range);
    const auto dash = range.find('-');
    const auto last = dash == std::string_view::npos ? first : number_in<int>(range.substr(dash + 1));
    if (first && last && *last >= *first) cpus += *last - *first + 1;
  }
  return cpus;
}

double cpus_of_host(const fs::path& proc) {
  double cpus = 0;
  const std::string text = content_of(proc / "stat").value_or("");
  for (int cpu = 0; line_behind(text, fmt::format("cpu{} ", cpu)); ++cpu) ++cpus;
  return std::max(cpus, 1.0);
}

/// What the quotas of a group and of those it is in leave of `cpus`.
double within_quotas(double cpus, fs::path group, const fs::path& top) {
  while (true) {
    const std::string text = content_of(group / "cpu.max").value_or("");  // "200000 100000", "max 100000"
    const auto words = words_of(text);
    const auto quota = words.size() == 2 ? number_in<double>(words[0]) : std::nullopt;
    const auto period = words.size() == 2 ? number_in<double>(words[1]) : std::nullopt;
    if (quota && period && *quota > 0 && *period > 0) cpus = std::min(cpus, *quota / *period);
    if (group == top || !group.has_relative_path()) return cpus;
    group = group.parent_path();
  }
}

double cpus_of_process(pid_t pid, const KernelFiles& files) {
  const fs::path folder = files.proc / fmt::format("{}", pid);
  double cpus = cpus_of_host(files.proc);
  const std::string status = content_of(folder / "status").value_or("");
  if (const auto allowed = line_behind(status, "Cpus_allowed_list:")) {
    const auto words = words_of(*allowed);
    const double count = words.empty() ? 0 : cpus_in_list(words.front());
    if (count > 0) cpus = std::min(cpus, count);
  }
  const std::string groups = content_of(folder / "cgroup").value_or("");
  const auto group = line_behind(groups, "0::/");
  return group ? within_quotas(cpus, files.cgroups / fs::path(*group), files.cgroups) : cpus;
}

// --- a tree of processes

struct Process {
  pid_t parent = 0;
  std::uint64_t started = 0;  ///< with its id it is that process and no other
  std::int64_t own = 0;       ///< ticks on CPUs
  std::int64_t waited = 0;    ///< the same of children that ended, and of theirs
  std::uint64_t memory_bytes = 0;
};

std::optional<Process> process_at(const fs::path& proc, pid_t pid) {
  const auto text = content_of(proc / fmt::format("{}", pid) / "stat");
  if (!text) return std::nullopt;
  // Behind the name, which may hold spaces and parentheses, begins the third field.
  const auto name_end = text->rfind(')');
  if (name_end == std::string::npos) return std::nullopt;
  const auto words = words_of(std::string_view(*text).substr(name_end + 1));
  constexpr std::size_t kFirst = 3;
  const auto field = [&](std::size_t number) {
    return number - kFirst < words.size() ? number_in<std::int64_t>(words[number - kFirst]).value_or(0) : 0;
  };
  static const auto kPageBytes = static_cast<std::uint64_t>(std::max(sysconf(_SC_PAGESIZE), 1L));
  return Process{.parent = static_cast<pid_t>(field(4)),
                 .started = static_cast<std::uint64_t>(field(22)),
                 .own = field(14) + field(15),
                 .waited = field(16) + field(17),
                 .memory_bytes = static_cast<std::uint64_t>(std::max<std::int64_t>(field(24), 0)) * kPageBytes};
}

std::vector<pid_t> process_ids(const fs::path& proc) {
  std::vector<pid_t> ids;
  DIR* const folder = opendir(proc.c_str());
  if (folder == nullptr) return ids;
  while (const dirent* const entry = readdir(folder)) {  // NOLINT(concurrency-mt-unsafe): each has a stream of its own
    const std::string_view name(entry->d_name);
    if (name.find_first_not_of("0123456789") != std::string_view::npos) continue;
    if (const auto id = number_in<pid_t>(name)) ids.push_back(*id);
  }
  closedir(folder);
  return ids;
}

enum class Counts : std::uint8_t { all, children };  // with the root, or without

class TreeMeter final : public UsageMeter {
 public:
  TreeMeter(pid_t root, const Process& now, Counts counts, const KernelFiles& files)
      : proc_(files.proc), root_(root), started_(now.started), counts_(counts), cpus_(cpus_of_process(root, files)) {}

  Result<Usage> read() override {
    std::map<pid_t, Process> tree = those_still_there();
    add_new_ones(tree);
    if (tree.empty()) return fail(ErrorCode::input, fmt::format("process {} has ended", root_));

    std::int64_t total = 0;
    std::int64_t of_known = 0;
    Usage usage;
    for (const auto& [id, process] : tree) {
      const bool counts = id != root_ || counts_ == Counts::all;
      total += (counts ? process.own : 0) + process.waited;
      if (!counts) continue;
      const auto before = tree_.find(id);
      if (before != tree_.end()) of_known += std::max<std::int64_t>(process.own - before->second.own, 0);
      if (process.memory_bytes > 0) usage.memory_bytes = usage.memory_bytes.value_or(0) + process.memory_bytes;
    }
    // Less than before where one ended that no other had waited for: then what the others did is what is known.
    cpu_ += std::max(total - total_, of_known);
    total_ = total;
    tree_ = std::move(tree);
    usage.cpu = time_of(cpu_);
    return usage;
  }
  [[nodiscard]] double cpus() const override { return cpus_; }

 private:
  // Whoever their parent is now. A parent is read before its children: one that ended meanwhile is missing then, rather
  // than counted there and here; and all is read again, with its time in that of its parent.
  std::map<pid_t, Process> those_still_there() const {
    std::vector<std::pair<std::uint64_t, pid_t>> expected{{started_, root_}};
    for (const auto& [id, before] : tree_) {
      if (id != root_) expected.emplace_back(before.started, id);
    }
    std::ranges::sort(expected);
    std::map<pid_t, Process> tree;
    constexpr int kMostTries = 3;
    for (int tries = 0; tries < kMostTries; ++tries) {
      tree.clear();
      const auto gone = std::erase_if(expected, [&](const auto& one) {
        const auto process = process_at(proc_, one.second);
        if (!process || process->started != one.first) return true;
        tree.emplace(one.second, *process);
        return false;
      });
      if (gone == 0) break;
    }
    return tree;
  }

  void add_new_ones(std::map<pid_t, Process>& tree) {
    std::map<pid_t, Process> unknown;
    std::set<pid_t> strangers;
    for (const pid_t id : process_ids(proc_)) {
      if (tree.contains(id)) continue;
      if (strangers_.contains(id)) {
        strangers.insert(id);
      } else if (const auto process = process_at(proc_, id)) {
        unknown.emplace(id, *process);
      }
    }
    // Ids need not ascend from parent to child.
    for (bool found = true; found;) {
      found = std::erase_if(unknown, [&](const auto& one) {
                return tree.contains(one.second.parent) && tree.insert(one).second;
              }) != 0;
    }
    // One whose parent came while we looked may yet be of ours.
    for (const auto& [id, process] : unknown) {
      const pid_t parent = process.parent;
      if (parent <= 1 || strangers.contains(parent) || unknown.contains(parent)) strangers.insert(id);
    }
    strangers_ = std::move(strangers);
  }

  fs::path proc_;
  pid_t root_;
  std::uint64_t started_;
  Counts counts_;
  double cpus_;
  std::map<pid_t, Process> tree_;  // at the last look
  std::set<pid_t> strangers_;      // that are of other trees
  std::int64_t total_ = 0;         // ticks of the tree at the last look
  std::int64_t cpu_ = 0;           // ticks, never less than before
};

Result<std::unique_ptr<UsageMeter>> meter_of_tree(pid_t root, Counts counts, const KernelFiles& files) {
  const auto now = process_at(files.proc, root);
  if (!now) {
    return fail(ErrorCode::usage, fs::exists(files.proc / "stat")
                                      ? fmt::format("there is no process {}, or this user may not see it", root)
                                      : fmt::format("{} cannot be read", (files.proc / "stat").string()));
  }
  return std::make_unique<TreeMeter>(root, *now, counts, files);
}

// --- a control group

class CgroupMeter final : public UsageMeter {
 public:
  CgroupMeter(fs::path folder, const KernelFiles& files)
      : folder_(std::move(folder)), cpus_(within_quotas(cpus_of_host(files.proc), folder_, files.cgroups)) {}

  Result<Usage> read() override {
    const auto used = number_behind(content_of(folder_ / "cpu.stat").value_or(""), "usage_usec ");
    if (!used) {
      return fail(ErrorCode::usage,
                  fmt::format("{} is no cgroup of version 2 that can be read: it has no cpu.stat", folder_.string()));
    }
    Usage usage{.cpu = std::chrono::microseconds(*used), .memory_bytes = {}};
    if (const auto memory = number_in<std::uint64_t>(content_of(folder_ / "memory.current").value_or(""))) {
      const auto cache = number_behind(content_of(folder_ / "memory.stat").value_or(""), "inactive_file ");
      usage.memory_bytes = *memory - std::min(*memory, cache.value_or(0));
    }
    return usage;
  }
  [[nodiscard]] double cpus() const override { return cpus_; }

 private:
  fs::path folder_;
  double cpus_;
};

// --- the machine

class HostMeter final : public UsageMeter {
 public:
  explicit HostMeter(const KernelFiles& files) : proc_(files.proc), cpus_(cpus_of_host(files.proc)) {}

  Result<Usage> read() override {
    const std::string text = content_of(proc_ / "stat").value_or("");
    const auto line = line_behind(text, "cpu ");
    if (!line) return fail(ErrorCode::usage, fmt::format("{} cannot be read", (proc_ / "stat").string()));
    // user, nice, system, idle, iowait, irq, softirq, steal; guests count as users already.
    constexpr std::size_t kIdle = 3;
    constexpr std::size_t kWaits = 4;
    constexpr std::size_t kKinds = 8;
    const auto words = words_of(*line);
    std::int64_t busy = 0;
    for (std::size_t i = 0; i < std::min(words.size(), kKinds); ++i) {
      if (i != kIdle && i != kWaits) busy += number_in<std::int64_t>(words[i]).value_or(0);
    }
    Usage usage{.cpu = time_of(busy), .memory_bytes = {}};
    const std::string memory = content_of(proc_ / "meminfo").value_or("");
    const auto all = number_behind(memory, "MemTotal:");
    const auto available = number_behind(memory, "MemAvailable:");
    if (all && available) usage.memory_bytes = (*all - std::min(*all, *available)) * 1024;
    return usage;
  }
  [[nodiscard]] double cpus() const override { return cpus_; }

 private:
  fs::path proc_;
  double cpus_;
};

// One that works.
Result<std::unique_ptr<UsageMeter>> tried(std::unique_ptr<UsageMeter> meter) {
  TRY(meter->read());
  return meter;
}

}  // namespace

Result<std::unique_ptr<UsageMeter>> meter_of_children(pid_t parent, const KernelFiles& files) {
  return meter_of_tree(parent, Counts::children, files);
}

Result<std::unique_ptr<UsageMeter>> meter_of_process(pid_t root, const KernelFiles& files) {
  return meter_of_tree(root, Counts::all, files);
}

Result<std::unique_ptr<UsageMeter>> meter_of_cgroup(const fs::path& group, const KernelFiles& files) {
  return tried(std::make_unique<CgroupMeter>((files.cgroups / group).lexically_normal(), files));
}

Result<std::unique_ptr<UsageMeter>> meter_of_host(const KernelFiles& files) {
  return tried(std::make_unique<HostMeter>(files));
}

}  // namespace omniwriter
