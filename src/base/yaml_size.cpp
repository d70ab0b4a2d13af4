#include "base/yaml_size.h"

#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/yaml.h>

#include <limits>
#include <map>
#include <sstream>
#include <vector>

namespace omniwriter {
namespace {

constexpr std::uint64_t kMost = std::numeric_limits<std::uint64_t>::max();

class NodeCounter final : public YAML::EventHandler {
 public:
  [[nodiscard]] std::uint64_t nodes() const { return nodes_; }

  void OnDocumentStart(const YAML::Mark& /*mark*/) override {}
  void OnDocumentEnd() override {}
  void OnNull(const YAML::Mark& /*mark*/, YAML::anchor_t anchor) override { leaf(anchor); }
  void OnAlias(const YAML::Mark& /*mark*/, YAML::anchor_t anchor) override {
    // One that stands within what it names has no end.
    const auto known = sizes_.find(anchor);
    add(known == sizes_.end() ? kMost : known->second);
  }
  void OnScalar(const YAML::Mark& /*mark*/, const std::string& /*tag*/, YAML::anchor_t anchor,
                const std::string& /*value*/) override {
    leaf(anchor);
  }
  void OnSequenceStart(const YAML::Mark& /*mark*/, const std::string& /*tag*/, YAML::anchor_t anchor,
                       YAML::EmitterStyle::value /*style*/) override {
    begin(anchor);
  }
  void OnSequenceEnd() override { end(); }
  void OnMapStart(const YAML::Mark& /*mark*/, const std::string& /*tag*/, YAML::anchor_t anchor,
                  YAML::EmitterStyle::value /*style*/) override {
    begin(anchor);
  }
  void OnMapEnd() override { end(); }

 private:
  struct Open {
    YAML::anchor_t anchor;
    std::uint64_t before;
  };

  void add(std::uint64_t more) { nodes_ = more > kMost - nodes_ ? kMost : nodes_ + more; }
  void leaf(YAML::anchor_t anchor) {
    add(1);
    if (anchor != YAML::NullAnchor) sizes_[anchor] = 1;
  }
  void begin(YAML::anchor_t anchor) {
    open_.push_back({anchor, nodes_});
    add(1);
  }
  void end() {
    if (open_.back().anchor != YAML::NullAnchor) {
      sizes_[open_.back().anchor] = nodes_ == kMost ? kMost : nodes_ - open_.back().before;
    }
    open_.pop_back();
  }

  std::uint64_t nodes_ = 0;
  std::vector<Open> open_;
  std::map<YAML::anchor_t, std::uint64_t> sizes_;
};

}  // namespace

std::uint64_t yaml_nodes(const std::string& text) {
  std::istringstream stream(text);
  YAML::Parser parser(stream);
  NodeCounter counter;
  parser.HandleNextDocument(counter);
  return counter.nodes();
}

}  // namespace omniwriter
