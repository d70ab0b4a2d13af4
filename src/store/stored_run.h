#pragma once
/// One run as rows of the store.

#include <cstdint>
#include <filesystem>
#include <optional>

#include "judge/run_digest.h"
#include "omniwriter/error.h"
#include "omniwriter/run.h"
#include "store/run_store.h"
#include "store/sqlite.h"

namespace omniwriter {

/// Writes a run in the place of that of the same id. What is there of its timeline stays as it is: the cost is that of
/// what is new. Gives its row. Within a transaction.
[[nodiscard]] Result<std::int64_t> write_run(const Database& database, const Run& run);

/// Reads a run; an error where it is not what was written. What is read of its timelines goes to a file in `folder`
/// where it is long. Within a transaction.
[[nodiscard]] Result<Run> read_run(const Database& database, std::int64_t row, Timelines timelines,
                                   const std::filesystem::path& folder);

/// Of the run as it is now; nothing where an older version saved it.
[[nodiscard]] Result<std::optional<std::int64_t>> checksum_in(const Database& database, std::int64_t row);

/// What write_digest() kept of the run as it is now; nothing where there is no such.
[[nodiscard]] Result<std::optional<RunDigest>> read_digest(const Database& database, std::int64_t row);
/// `checksum`: of the run that it was made of; nothing is kept where it is another one by now.
[[nodiscard]] Result<void> write_digest(const Database& database, std::int64_t row, const RunDigest& digest,
                                        std::optional<std::int64_t> checksum);

}  // namespace omniwriter
