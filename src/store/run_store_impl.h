#pragma once

#include <filesystem>
#include <string_view>

#include "store/run_store.h"
#include "store/sqlite.h"

namespace omniwriter {

struct RunStore::Impl {
  Database database;
  std::filesystem::path folder;
};

/// The row of a run; an error where there is none.
[[nodiscard]] Result<std::int64_t> row_of(const Database& database, std::string_view run_id);

}  // namespace omniwriter
