#include "integration/follow_state.h"

#include <algorithm>
#include <compare>
#include <cstdint>
#include <fstream>
#include <limits>
#include <nlohmann/json.hpp>
#include <ranges>
#include <string_view>
#include <system_error>
#include <tuple>
#include <utility>

#include "base/atomic_file.h"
#include "base/stable_hash.h"
#include "base/try.h"
#include "reading/byte_stream.h"
#include "store/run_store.h"

namespace omniwriter {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;

/// Where a file stands among those that were rotated: the later ones are greater.
class Generation {
 public:
  static Generation of_number(std::uint64_t number) {
    return {true, std::numeric_limits<std::uint64_t>::max() - number, {}};
  }
  static Generation of_date(std::string digits) { return {false, 0, std::move(digits)}; }
  [[nodiscard]] bool numbered() const { return numbered_; }
  [[nodiscard]] std::uint64_t number() const { return std::numeric_limits<std::uint64_t>::max() - youth_; }
  auto operator<=>(const Generation&) const = default;

 private:
  Generation(bool numbered, std::uint64_t youth, std::string date)
      : numbered_(numbered), youth_(youth), date_(std::move(date)) {}
  bool numbered_;
  std::uint64_t youth_;
  std::string date_;
};

std::string_view without_packing(std::string_view name) {
  for (const std::string_view ending : {".gz", ".zst", ".xz", ".bz2"}) {
    if (name.ends_with(ending)) return name.substr(0, name.size() - ending.size());
  }
  return name;
}

/// What the name says of a file that was called `base`; nothing where it was not rotated from there.
std::optional<Generation> generation_of(const fs::path& base, const fs::path& rotated) {
  constexpr std::size_t kMostDigitsOfNumber = 5;
  const std::string whole = base.string();
  const std::string stem = base.stem().string();
  const std::string extension = base.extension().string();
  const std::string full = rotated.string();
  std::string_view name = without_packing(full);
  if (name.starts_with(whole)) {
    name.remove_prefix(whole.size());
  } else if (!extension.empty() && name.starts_with(stem) && name.ends_with(extension) &&
             name.size() > stem.size() + extension.size()) {
    name = name.substr(stem.size(), name.size() - stem.size() - extension.size());
  } else {
    return std::nullopt;
  }
  std::string digits;
  for (const char c : name) {
    if (c >= '0' && c <= '9') {
      digits += c;
    } else if (std::string_view(".-_:T").find(c) == std::string_view::npos) {
      return std::nullopt;
    }
  }
  if (digits.empty() || digits.size() == name.size()) return std::nullopt;
  if (digits.size() > kMostDigitsOfNumber) return Generation::of_date(std::move(digits));
  return Generation::of_number(std::stoull(digits));
}

/// Whether it is what is left of `file` under another number: a copy, or packed.
bool is_copy(const RotatedFile& rotated, const FileIdentity& file) {
  if (file.head.empty() || rotated.identity.modified_ns < file.modified_ns) return false;
  const auto content = open_byte_stream(rotated.path);
  if (!content) return false;
  std::string head(file.head.size(), '\0');
  for (std::size_t size = 0; size < head.size();) {
    const auto n = (*content)->read(head.data() + size, head.size() - size);
    if (!n || *n == 0) return false;
    size += *n;
  }
  return head == file.head;
}

json to_json(const FileIdentity& file) {
  return {{"device", file.device},
          {"inode", file.inode},
          {"head", std::vector<std::uint8_t>(file.head.begin(), file.head.end())},
          {"modified_ns", file.modified_ns}};
}

FileIdentity identity_from(const json& from) {
  FileIdentity file;
  file.device = from.at("device").get<std::uint64_t>();
  file.inode = from.at("inode").get<std::uint64_t>();
  const auto head = from.at("head").get<std::vector<std::uint8_t>>();
  file.head.assign(head.begin(), head.end());
  file.modified_ns = from.value("modified_ns", std::int64_t{0});
  return file;
}

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
    known.file = identity_from(state);
    if (state.contains("done")) known.done = identity_from(state["done"]);
    known.finished = state.at("finished").get<bool>();
    known.base = state.at("base").get<std::string>();
    if (state.contains("place")) {
      const json& place = state["place"];
      known.place = ReadPlace{place.at("bytes"), place.at("lines"), place.at("header")};
      known.records_before = place.at("records_before");
    }
  } catch (const json::exception&) {
    return broken();
  }
  return known;
}

Result<void> FollowState::save(const Known& known) const {
  json state = to_json(known.file);
  state["run_id"] = known.run_id;
  state["finished"] = known.finished;
  state["base"] = known.base;
  state["done"] = to_json(known.done);
  if (known.place) {
    state["place"] = {{"bytes", known.place->bytes},
                      {"lines", known.place->lines},
                      {"header", known.place->header},
                      {"records_before", known.records_before}};
  }
  std::error_code error;
  fs::create_directories(folder_, error);
  return write_file_atomically(folder_ / "state.json", state.dump(2) + "\n", FileAccess::owner_only);
}

Result<Run> FollowState::load_base(const Known& known) const {
  const auto store = TRY(RunStore::open(folder_ / "base.db"));
  return store->load(known.base);
}

Result<void> FollowState::save_base(Known& known, const Run& base) const {
  std::error_code error;
  fs::create_directories(folder_, error);
  const auto store = TRY(RunStore::open(folder_ / "base.db"));
  Known next = known;
  next.base = known.base == "even" ? "odd" : "even";
  Run named = base;
  named.info.run_id = next.base;
  std::ignore = store->remove(next.base);  // of a process that was killed before it counted
  TRY(store->save(named));
  // From here on the new base counts.
  TRY(save(next));
  if (!known.base.empty()) TRY(store->remove(known.base));
  known = std::move(next);
  return {};
}

Rotations rotations_since(const std::string& path, const FileIdentity& file) {
  struct Found {
    RotatedFile file;
    std::optional<Generation> generation;
  };
  const fs::path name = fs::path(path).filename();
  std::vector<Found> found;
  std::error_code error;
  const fs::path folder = fs::path(path).has_parent_path() ? fs::path(path).parent_path() : fs::path(".");
  for (const auto& entry : fs::directory_iterator(folder, error)) {
    if (!entry.is_regular_file(error) || entry.path().filename() == name) continue;
    auto identity = identity_of(entry.path().string());
    if (!identity) continue;
    const std::string other = entry.path().filename().string();
    const bool packed = without_packing(other).size() != other.size();
    found.push_back({{entry.path().string(), *std::move(identity), packed}, generation_of(name, other)});
  }
  std::ranges::sort(found, {}, &Found::generation);

  Rotations rotations;
  auto itself = std::ranges::find_if(found, [&](const Found& each) { return file.is_still(each.file.identity); });
  if (itself == found.end()) {
    itself = std::ranges::find_if(
        found, [&](const Found& each) { return each.generation.has_value() && is_copy(each.file, file); });
  }
  const bool placed = itself != found.end() && itself->generation.has_value();
  if (itself != found.end()) rotations.itself = itself->file;
  for (const Found& each : found) {
    const bool later = placed ? each.generation > itself->generation
                              : each.generation && each.file.identity.modified_ns > file.modified_ns;
    if (later) rotations.later.push_back(each.file);
  }
  // The newest is number 1, or 0; each other one is one more.
  std::optional<std::uint64_t> number;
  for (const Found& each : found | std::views::reverse) {
    if (!each.generation || !each.generation->numbered() || (placed && each.generation < itself->generation)) continue;
    if (!placed && each.file.identity.modified_ns <= file.modified_ns) continue;
    if (each.generation->number() > number.value_or(0) + 1) rotations.complete = false;
    number = each.generation->number();
  }
  if (!placed && !rotations.later.empty()) rotations.complete = false;
  return rotations;
}

}  // namespace omniwriter
