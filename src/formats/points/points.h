#pragma once
/// Points of a run's timeline as JSON, and as one CSV file.

#include <functional>
#include <map>
#include <string>
#include <string_view>

#include "model/detail_points.h"
#include "model/interval_points.h"

namespace omniwriter {

using ConfiguredLabels = std::map<std::string, std::string>;

/// {"type":"interval","time":"2026-11-23T15:29:36.000Z","interval_seconds":1,"endpoint":...}: one line, without its
/// end. All endpoints together are of type "interval_total" and have no endpoint.
[[nodiscard]] std::string interval_json(const Run& run, const ConfiguredLabels& labels, const IntervalPoint& point);
/// {"type":"phase","time":...,"interval_seconds":1,"endpoint":...,"phase":"waiting",...}: a phase, check or metric in a
/// time slot.
[[nodiscard]] std::string detail_json(const Run& run, const ConfiguredLabels& labels, const DetailPoint& point);
/// {"type":"run_phase",...}: one in the whole run, at its start.
[[nodiscard]] std::string run_detail_json(const Run& run, const ConfiguredLabels& labels, const DetailPoint& point);
/// {"type":"error_message",...}: at the start of the run.
[[nodiscard]] std::string error_message_json(const Run& run, const ConfiguredLabels& labels,
                                             const ErrorMessage& message);
/// {"type":"run","time":...}: the whole run, at its start.
[[nodiscard]] std::string run_json(const Run& run, const ConfiguredLabels& labels);

/// {"type":"sample","time":...}: one request, at its start.
[[nodiscard]] std::string sample_json(const Run& run, const ConfiguredLabels& labels, const KeptSample& sample,
                                      bool has_response_time);

/// A header and one row for each point, by RFC 4180. Columns of what is not known are empty, and so is the endpoint of
/// all together. Each label is a column. Of a run that has phases, checks or metrics, these are rows behind, and what
/// tells rows apart, beginning with `type`, is in columns behind. Handed over row by row.
void write_interval_csv(const Run& run, const ConfiguredLabels& labels,
                        const std::function<void(std::string_view rows)>& put);

}  // namespace omniwriter
