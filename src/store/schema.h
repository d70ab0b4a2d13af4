#pragma once
/// The tables of the store and how older files become today's. docs/store.md explains them.

#include "omniwriter/error.h"
#include "store/sqlite.h"

namespace omniwriter {

/// Brings the file to the schema of this program, and to write-ahead logging. A newer schema, or a file of another
/// program, is an error that says so; the file then stays as it is. Several processes may do this at once.
[[nodiscard]] Result<void> migrate(const Database& database, std::string_view file);
/// Which schema this program writes.
[[nodiscard]] std::int64_t schema_version();
/// Makes the tables of an older schema, or of this one, in an empty database.
[[nodiscard]] Result<void> create_schema(const Database& database, std::int64_t version);

}  // namespace omniwriter
