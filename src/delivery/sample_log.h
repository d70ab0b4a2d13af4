#pragma once
/// Keeps the single samples of a run on the disk until the outputs that take them have them.

#include <atomic>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "formats/sample_codec/sample_codec.h"
#include "model/endpoint_names.h"
#include "omniwriter/error.h"
#include "omniwriter/run.h"
#include "spool/spool.h"

namespace omniwriter {

/// A place in the spool: it counts towards what may wait on the disk. Takes about 10 bytes a sample there, and little
/// memory however many there are. Samples are added by one thread at a time, as they come in; once given to a run, they
/// may be visited by several threads at once.
class SampleLog final : public KeptSamples {
 public:
  /// One that was given to no run is deleted.
  ~SampleLog() override;

  struct Options {
    /// Where there is no room on the disk: drop the oldest samples. Otherwise that is an error.
    bool drop_oldest = false;
    std::shared_ptr<const EndpointNames> endpoint_names = nullptr;  ///< null: names stay as they are
  };

  /// Begins one for a run whose id will be known later.
  [[nodiscard]] static Result<std::unique_ptr<SampleLog>> begin(Spool spool, Options options);
  /// Goes on with that of a run, or begins one where there is none. Where another process is at it, that is an error.
  [[nodiscard]] static Result<std::unique_ptr<SampleLog>> open(Spool spool, std::string_view run_id, Options options);

  /// The next sample to be added is the one that `samples` of the run come before, and those that follow are as they
  /// were when they were added the last time: they are not added twice. With `forget`, what was added behind that
  /// counts no more.
  [[nodiscard]] Result<void> go_on_behind(std::uint64_t samples, bool forget);

  /// So many samples, from the first of the run on, were added so far.
  [[nodiscard]] std::uint64_t size() const { return next_; }

  /// Adds the requests of a batch. On an error they may be added partly: the log is of no use then.
  [[nodiscard]] Result<void> add(const SampleBatch& batch);
  /// Afterwards all that was added survives a loss of power.
  [[nodiscard]] Result<void> commit();
  /// Makes it the log of a run, instead of one that there may be. Commits.
  [[nodiscard]] Result<void> give_to(std::string_view run_id);
  [[nodiscard]] bool has_run() const { return has_run_; }
  /// Deletes it. Nothing else may be done with it then.
  [[nodiscard]] Result<void> remove();

  void for_each(const std::function<void(const KeptSample&)>& visit) const override;
  [[nodiscard]] std::string why_missing() const override;

 private:
  SampleLog(Spool spool, SpoolPlace place, Options options);
  [[nodiscard]] Result<void> recover();
  [[nodiscard]] Result<void> close_block();
  void append_block();
  [[nodiscard]] Result<void> commit_blocks();
  std::uint32_t name_id(const std::string& request);
  std::uint16_t outcome_id(const Outcome& outcome);

  Spool spool_;
  std::optional<SpoolPlace> place_;
  Options options_;
  bool has_run_ = false;
  std::uint64_t room_;                 // bytes that the queue may take
  std::uint64_t first_record_;         // number of the record that the first of `firsts_` is of
  std::vector<std::uint64_t> firsts_;  // SampleBlock::first of each record, which has it as its weight
  std::uint64_t next_ = 0;             // number of the next sample
  std::uint64_t known_until_ = 0;      // samples before that one are not to be added again
  SampleBlock block_;                  // not appended yet
  std::size_t name_bytes_ = 0;         // of the block
  std::unordered_map<std::string, std::uint32_t> name_ids_;   // of the block
  std::unordered_map<std::string, std::string> endpoint_of_;  // by name of the request
  mutable std::atomic<bool> damaged_ = false;
};

/// The name of the place in the spool.
inline constexpr std::string_view kSampleLogPlace = "samples";

}  // namespace omniwriter
