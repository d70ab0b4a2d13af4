#include <tuple>

#include "base/try.h"
#include "store/run_store_impl.h"
#include "store/stored_run.h"

namespace omniwriter {

Result<RunDigest> RunStore::load_digest(std::string_view run_id) const {
  const Database& database = impl_->database;
  std::int64_t row = 0;
  std::optional<std::int64_t> checksum;
  std::optional<RunDigest> digest;
  const auto read = [&]() -> Result<Run> {
    row = TRY(row_of(database, run_id));
    digest = TRY(read_digest(database, row));
    if (digest) return Run{};
    checksum = TRY(checksum_in(database, row));
    return read_run(database, row, Timelines::of_endpoints, impl_->folder);
  };
  TRY(database.execute("BEGIN"));
  Result<Run> run = read();
  if (auto ended = database.execute("COMMIT"); !ended && run) return std::unexpected(ended.error());
  if (!run) return std::unexpected(std::move(run).error());
  if (digest) return *std::move(digest);
  digest = digest_of(*run);
  // Where it cannot be kept, it is made again another time.
  if (!database.read_only()) std::ignore = write_digest(database, row, *digest, checksum);
  return *std::move(digest);
}

}  // namespace omniwriter
