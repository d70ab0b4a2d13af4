#include "integration/follow_state.h"

#include <fstream>
#include <nlohmann/json.hpp>
#include <system_error>
#include <utility>
#include <vector>

#include "base/atomic_file.h"
#include "base/stable_hash.h"
#include "store/run_store.h"

namespace omniwriter {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;

}  // namespace

FollowState::FollowState(const fs::path& store, const std::string& path)
    : folder_(store.string() + ".follow/" + stable_hash({fs::absolute(path).lexically_normal().string()})) {}

Result<std::optional<FollowState::Known>> FollowState::load() const {
  const fs::path file = folder_ / "state.json";
  std::error_code error;
  if (!fs::exists(file, error)) return std::nullopt;
  std::ifstream stream(file);
  const json state = json::parse(stream, nullptr, false);
  const auto broken = [&] {
    return fail(ErrorCode::io, file.string() + " is not what it was saved as: remove it to follow the file anew");
  };
  Known known;
  try {
    known.run_id = state.at("run_id").get<std::string>();
    known.file.device = state.at("device").get<std::uint64_t>();
    known.file.inode = state.at("inode").get<std::uint64_t>();
    known.finished = state.at("finished").get<bool>();
    known.base = state.at("base").get<std::string>();
    const auto head = state.at("head").get<std::vector<std::uint8_t>>();
    known.file.head.assign(head.begin(), head.end());
  } catch (const json::exception&) {
    return broken();
  }
  return known;
}

Result<void> FollowState::save(const Known& known) const {
  const json state{
      {"run_id", known.run_id},     {"device", known.file.device},
      {"inode", known.file.inode},  {"head", std::vector<std::uint8_t>(known.file.head.begin(), known.file.head.end())},
      {"finished", known.finished}, {"base", known.base}};
  std::error_code error;
  fs::create_directories(folder_, error);
  return write_file_atomically(folder_ / "state.json", state.dump(2) + "\n", FileAccess::owner_only);
}

Result<Run> FollowState::load_base(const Known& known) const {
  auto store = RunStore::open(folder_ / "base.db");
  if (!store) return std::unexpected(store.error());
  return (*store)->load(known.base);
}

Result<void> FollowState::save_base(Known& known, const Run& base) const {
  std::error_code error;
  fs::create_directories(folder_, error);
  auto store = RunStore::open(folder_ / "base.db");
  if (!store) return std::unexpected(store.error());
  Known next = known;
  next.base = known.base == "even" ? "odd" : "even";
  Run named = base;
  named.info.run_id = next.base;
  if (auto saved = (*store)->save(named); !saved) return saved;
  // From here on the new base counts.
  if (auto saved = save(next); !saved) return saved;
  if (!known.base.empty()) {
    if (auto removed = (*store)->remove(known.base); !removed) return removed;
  }
  known = std::move(next);
  return {};
}

std::optional<std::string> find_rotated(const std::string& path, const FileIdentity& file) {
  std::error_code error;
  const fs::path folder = fs::path(path).has_parent_path() ? fs::path(path).parent_path() : fs::path(".");
  for (const auto& entry : fs::directory_iterator(folder, error)) {
    if (!entry.is_regular_file(error)) continue;
    const auto found = identity_of(entry.path().string());
    if (found && file.is_still(*found)) return entry.path().string();
  }
  return std::nullopt;
}

}  // namespace omniwriter
