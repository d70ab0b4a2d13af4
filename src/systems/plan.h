#pragma once
/// What OmniWriter provides in other systems (dashboards, alert rules, index templates, databases): what there should
/// be, how that differs from what there is, and how to make it so.

#include <cstdint>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "config/config.h"
#include "model/language.h"
#include "net/http_client.h"
#include "omniwriter/error.h"

namespace omniwriter {

/// A thing as it should be.
struct Resource {
  std::string kind;          ///< "dashboard"
  std::string id;            ///< "omniwriter-main"; unique within its system and kind
  std::string title;         ///< for people
  nlohmann::json content;    ///< all that OmniWriter cares for, and nothing that the server manages; holds no secret
  bool holds_data = false;   ///< results of tests are in it: it is never removed
  bool has_secrets = false;  ///< whose change nobody can see: it is written again where the user insists
};

/// A thing as it is.
struct Observed {
  nlohmann::json content = nullptr;  ///< comparable with Resource::content; null where it may not be looked at
  /// The mark that was kept with the thing when OmniWriter wrote it last; empty where there is none.
  std::string applied = {};
  nlohmann::json handle = nullptr;  ///< what its provider needs to write over it: a version, a provenance
  std::string locked = {};          ///< why it cannot be written, where that is so
};

/// Tells contents apart. Members that are null, false, 0 or empty do not count: servers add such.
[[nodiscard]] std::string fingerprint(const nlohmann::json& content);

enum class PlanGoal : std::uint8_t {
  look,     ///< only tell what apply() would do
  apply,    ///< create, update
  destroy,  ///< remove what is ours
};

/// Looks after the things of one system. Not thread-safe.
class Provider {
 public:
  Provider() = default;
  Provider(const Provider&) = delete;
  Provider& operator=(const Provider&) = delete;
  virtual ~Provider() = default;

  /// What there should be, each behind what it needs. Texts in it are in `language`; all else is the same in every one.
  [[nodiscard]] virtual std::vector<Resource> wanted(Language language) const = 0;
  /// What OmniWriter may have made under other settings, and is not to be there. `content` of these does not matter.
  [[nodiscard]] virtual std::vector<Resource> unwanted(PlanGoal /*goal*/) const { return {}; }
  /// Asked first: whether the system can be worked with at all.
  [[nodiscard]] virtual Result<void> open() { return {}; }
  /// What there is under the id of `wanted`; nothing where there is none.
  [[nodiscard]] virtual Result<std::optional<Observed>> read(const Resource& wanted) = 0;
  /// A content without what makes no difference: what a server's own pages add when somebody saves there.
  [[nodiscard]] virtual nlohmann::json normal(const Resource& /*of*/, nlohmann::json content) const { return content; }
  /// Makes it so, with the mark kept beside. `present`: what read() gave; null where there was none. Gives the reason
  /// where this one cannot be written, though others may.
  [[nodiscard]] virtual Result<std::optional<std::string>> write(const Resource& wanted, const std::string& mark,
                                                                 const Observed* present) = 0;
  /// Takes it away. Gives the reason where it has to stay.
  [[nodiscard]] virtual Result<std::optional<std::string>> remove(const Resource& wanted, const Observed& present) = 0;
  /// Called after writes and removals: makes them count. Gives what a person has to do in addition, if anything.
  [[nodiscard]] virtual Result<std::optional<std::string>> reload() { return std::nullopt; }
};

enum class Action : std::uint8_t {
  create,
  update,  ///< OmniWriter wrote what is there
  keep,    ///< it is as it should be; or, where things are removed, it has to stay
  drift,   ///< somebody else changed it: it is left alone unless forced
  remove,  ///< it goes, or is to go: nobody wants it any more
  skip,    ///< it cannot be made; what else there is goes on
};
[[nodiscard]] std::string_view name_of(Action action);

struct Change {
  std::string system;
  std::string kind;
  std::string id;
  std::string title;
  Action action;
  std::vector<std::string> details;  ///< what differs, or why it stays
};

/// What became of one system.
struct SystemPlan {
  std::string system;
  std::vector<Change> changes;
  std::optional<Error> error;       ///< it refused or did not answer; what comes behind was not tried
  std::optional<std::string> note;  ///< what a person has to do in addition
};

struct PlanOptions {
  PlanGoal goal = PlanGoal::look;
  bool force = false;  ///< also write over, and remove, what somebody else has changed
};

/// Works through all configured systems, or one. A system that fails does not stop the others.
[[nodiscard]] std::vector<SystemPlan> run_plan(const Config& config, HttpClient& http, const PlanOptions& options,
                                               std::string_view only = {});

}  // namespace omniwriter
