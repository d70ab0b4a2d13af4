#pragma once
/// A disk in memory that loses power, runs full and fails as a test says. As thread-safe as a disk has to be.

#include <fmt/format.h>

#include <algorithm>
#include <cstring>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <random>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "spool/disk.h"

namespace omniwriter::testing {

/// Thrown at the operation in which the power goes.
struct PowerCut {};

class FaultyDisk final : public Disk {
 public:
  enum class Operation : std::uint8_t { open, write, read, truncate, sync, remove, rename, sync_folder };
  /// Asked before each operation, with its number from 0: throws PowerCut, tells of a failure, or nothing.
  std::function<Result<void>(Operation, std::uint64_t number)> before = [](Operation, std::uint64_t) {
    return Result<void>();
  };
  [[nodiscard]] std::uint64_t operations() const { return operations_; }

  /// The content of a file, to be looked at and spoiled.
  std::string& content(const std::filesystem::path& path) { return files_.at(path)->now; }
  [[nodiscard]] std::vector<std::filesystem::path> files() const {
    std::vector<std::filesystem::path> paths;
    for (const auto& [path, file] : files_) paths.push_back(path);
    return paths;
  }

  /// An empty disk, as new.
  void clear() {
    files_.clear();
    deleted_.clear();
    entries_.clear();
    locked_.clear();
    before = [](Operation, std::uint64_t) { return Result<void>(); };
  }

  /// What was not flushed is lost: any part of it.
  void lose_power(std::mt19937_64& random) {
    std::map<std::filesystem::path, std::shared_ptr<File>> left;
    const auto coin = [&] { return random() % 2 == 0; };
    for (const auto& [path, file] : files_) {
      if (entries_.contains(path) || coin()) left[path] = file;
    }
    for (const auto& path : entries_) {
      if (!files_.contains(path) && coin()) left[path] = deleted_.at(path);
    }
    files_ = std::move(left);
    entries_.clear();
    for (auto& [path, file] : files_) {
      entries_.insert(path);
      for (const auto& [offset, bytes] : file->unsynced) {
        if (coin()) continue;
        const std::size_t torn = coin() ? bytes.size() : random() % (bytes.size() + 1);
        put(file->durable, offset, std::string_view(bytes).substr(0, torn));
      }
      file->unsynced.clear();
      file->now = file->durable;
    }
    deleted_.clear();
    locked_.clear();
    before = [](Operation, std::uint64_t) { return Result<void>(); };
  }

  [[nodiscard]] Result<std::unique_ptr<DiskFile>> open(const std::filesystem::path& path) override {
    const std::lock_guard guard(mutex_);
    if (auto allowed = ask(Operation::open); !allowed) return std::unexpected(allowed.error());
    auto& file = files_[path];
    if (!file) file = std::make_shared<File>();
    return std::make_unique<Handle>(*this, file);
  }
  [[nodiscard]] Result<void> make_folders(const std::filesystem::path& /*folder*/) override { return {}; }
  [[nodiscard]] Result<std::vector<std::string>> list(const std::filesystem::path& folder) override {
    const std::lock_guard guard(mutex_);
    std::set<std::string> names;
    for (const auto& [path, file] : files_) {
      const auto below = path.lexically_relative(folder);
      if (!below.empty() && *below.begin() != "..") names.insert(below.begin()->string());
    }
    return std::vector<std::string>(names.begin(), names.end());
  }
  [[nodiscard]] Result<void> remove(const std::filesystem::path& path) override {
    const std::lock_guard guard(mutex_);
    if (auto allowed = ask(Operation::remove); !allowed) return allowed;
    for (auto file = files_.begin(); file != files_.end();) {
      const auto below = file->first.lexically_relative(path);
      const bool within = !below.empty() && *below.begin() != "..";
      if (within) deleted_[file->first] = file->second;
      file = within ? files_.erase(file) : std::next(file);
    }
    return {};
  }
  // Only what a crash leaves behind is its own matter: a rename lasts at once, with all that is on the disk.
  [[nodiscard]] Result<void> rename(const std::filesystem::path& from, const std::filesystem::path& to) override {
    const std::lock_guard guard(mutex_);
    if (auto allowed = ask(Operation::rename); !allowed) return allowed;
    const auto renamed = [&](const std::filesystem::path& path) {
      const auto below = path.lexically_relative(from);
      return !below.empty() && *below.begin() != ".." ? to / below : path;
    };
    std::map<std::filesystem::path, std::shared_ptr<File>> files;
    for (const auto& [path, file] : files_) files[renamed(path)] = file;
    files_ = std::move(files);
    std::set<std::filesystem::path> entries;
    for (const auto& path : entries_) entries.insert(renamed(path));
    entries_ = std::move(entries);
    std::map<std::filesystem::path, const Lock*> locked;
    for (const auto& [path, lock] : locked_) locked[renamed(path)] = lock;
    locked_ = std::move(locked);
    return {};
  }
  [[nodiscard]] Result<void> sync_folder(const std::filesystem::path& folder) override {
    const std::lock_guard guard(mutex_);
    if (auto allowed = ask(Operation::sync_folder); !allowed) return allowed;
    for (const auto& [path, file] : files_) {
      if (path.parent_path() == folder) entries_.insert(path);
    }
    std::erase_if(entries_, [&](const auto& path) { return path.parent_path() == folder && !files_.contains(path); });
    return {};
  }
  [[nodiscard]] Result<std::unique_ptr<DiskLock>> lock(const std::filesystem::path& file) override {
    const std::lock_guard guard(mutex_);
    if (locked_.contains(file)) return nullptr;
    auto lock = std::make_unique<Lock>(*this);
    locked_[file] = lock.get();
    return lock;
  }

 private:
  struct File {
    std::string now;      // as programs see it
    std::string durable;  // as it was flushed last
    std::vector<std::pair<std::uint64_t, std::string>> unsynced;
  };

  class Handle final : public DiskFile {
   public:
    Handle(FaultyDisk& disk, std::shared_ptr<File> file) : disk_(disk), file_(std::move(file)) {}
    [[nodiscard]] Result<void> write(std::uint64_t offset, std::string_view bytes) override {
      const std::lock_guard guard(disk_.mutex_);
      const auto allowed = disk_.ask(Operation::write);
      // A write that fails has written half.
      if (!allowed) bytes = bytes.substr(0, bytes.size() / 2);
      file_->unsynced.emplace_back(offset, bytes);
      put(file_->now, offset, bytes);
      return allowed;
    }
    [[nodiscard]] Result<std::size_t> read(std::uint64_t offset, std::span<char> into) override {
      const std::lock_guard guard(disk_.mutex_);
      if (auto allowed = disk_.ask(Operation::read); !allowed) return std::unexpected(allowed.error());
      if (offset >= file_->now.size()) return 0;
      const std::size_t count = std::min(into.size(), file_->now.size() - static_cast<std::size_t>(offset));
      std::memcpy(into.data(), file_->now.data() + offset, count);
      return count;
    }
    [[nodiscard]] Result<std::uint64_t> size() override {
      const std::lock_guard guard(disk_.mutex_);
      return file_->now.size();
    }
    [[nodiscard]] Result<void> truncate(std::uint64_t size) override {
      const std::lock_guard guard(disk_.mutex_);
      if (auto allowed = disk_.ask(Operation::truncate); !allowed) return allowed;
      file_->now.resize(size);
      file_->durable.resize(std::min<std::size_t>(file_->durable.size(), size));
      return {};
    }
    [[nodiscard]] Result<void> sync() override {
      const std::lock_guard guard(disk_.mutex_);
      if (auto allowed = disk_.ask(Operation::sync); !allowed) {
        file_->unsynced.clear();  // a failed flush may forget what it was to write, and succeed the next time
        return allowed;
      }
      for (const auto& [offset, bytes] : file_->unsynced) put(file_->durable, offset, bytes);
      file_->unsynced.clear();
      return {};
    }

   private:
    FaultyDisk& disk_;
    std::shared_ptr<File> file_;
  };

  class Lock final : public DiskLock {
   public:
    explicit Lock(FaultyDisk& disk) : disk_(disk) {}
    ~Lock() override {
      const std::lock_guard guard(disk_.mutex_);
      std::erase_if(disk_.locked_, [&](const auto& held) { return held.second == this; });
    }

   private:
    FaultyDisk& disk_;
  };

  Result<void> ask(Operation operation) { return before(operation, operations_++); }
  static void put(std::string& content, std::uint64_t offset, std::string_view bytes) {
    if (content.size() < offset + bytes.size()) content.resize(offset + bytes.size());
    std::memcpy(content.data() + offset, bytes.data(), bytes.size());
  }

  std::map<std::filesystem::path, std::shared_ptr<File>> files_;
  std::map<std::filesystem::path, std::shared_ptr<File>> deleted_;  // since the folder was flushed
  std::set<std::filesystem::path> entries_;                         // that are on the disk
  std::map<std::filesystem::path, const Lock*> locked_;
  std::uint64_t operations_ = 0;
  mutable std::mutex mutex_;
};

}  // namespace omniwriter::testing
