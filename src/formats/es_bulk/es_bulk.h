#pragma once
/// The bulk interface and index template of Elasticsearch and OpenSearch, as bytes.

#include <cstdint>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "omniwriter/error.h"

namespace omniwriter {

/// The two lines that create a document, unless one of that id is in that index already.
[[nodiscard]] std::string encode_bulk_create(std::string_view index, std::string_view id,
                                             const nlohmann::json& document);

/// The two lines that put a document in the place of the one of that id in that index, unless that has a higher version
/// (answered with 409, too). The version is that of append_bulk().
[[nodiscard]] std::string encode_bulk_put(std::string_view index, std::string_view id, const nlohmann::json& document);

/// Appends lines made by the above to a request. `version`: higher than that of all requests before.
void append_bulk(std::string& body, std::string_view lines, std::int64_t version);

/// The field `started_run` of the document of a run, for lists of runs by time where terms are sorted by themselves
/// alone: start, id (which has no blanks), name of the test.
[[nodiscard]] std::string started_run(std::int64_t started_ns, std::string_view run_id, std::string_view test_name);

/// The line that deletes a document.
[[nodiscard]] std::string encode_bulk_delete(std::string_view index, std::string_view id);

/// An error of Elasticsearch with its causes: "type: reason; caused by type: reason". A text as it is.
[[nodiscard]] std::string elasticsearch_reason(const nlohmann::json& error);

/// What became of one document.
struct BulkItem {
  int status = 0;      ///< 201 created, 409 there already, 429 come back later, ...
  std::string reason;  ///< the server's words; empty where it is stored
};
/// Reads the answer to a bulk request: one item for each action, in order. Not retryable errors say what is odd.
[[nodiscard]] Result<std::vector<BulkItem>> decode_bulk_reply(std::string_view body);

/// The fields of the documents that OmniWriter writes, for the `mappings` of a template. Fields it does not list are
/// kept in the document and not indexed, so that no document can clash with it.
[[nodiscard]] nlohmann::json load_test_mappings();
inline constexpr int kLoadTestTemplateVersion = 5;
inline constexpr int kLoadTestTemplatePriority = 500;  ///< above the built-in ones, which end at 200

/// A template for indices `<name>-*` that share the alias `alias` (none where empty). Composable: for
/// `PUT _index_template/<name>`; otherwise for the older `PUT _template/<name>`.
[[nodiscard]] std::string index_template(std::string_view name, std::string_view alias, bool composable);

/// The version of the template in an answer to `GET _index_template/<name>` or `GET _template/<name>`; nothing where
/// OmniWriter did not write it.
[[nodiscard]] std::optional<int> load_test_template_version(const nlohmann::json& answer);

}  // namespace omniwriter
