#pragma once
/// Reads JMeter's XML: records in JMeter's own shape in place, all else by expat, and goes on behind what is wrong.

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "reading/input.h"

namespace omniwriter::jmeter_xml {

/// `transactions_count`: they are taken as the requests. `in_place`: records in JMeter's own shape need not go through
/// expat. `is_utf8`: so is the file, as far as it says. `dimensions`: what requests are to be told apart by.
[[nodiscard]] std::unique_ptr<RecordParser> make_expat_reader(bool transactions_count, bool in_place, bool is_utf8,
                                                              const std::vector<std::string>& dimensions);
/// What tells the first samples apart: their groups of threads, machines and variables.
[[nodiscard]] std::vector<std::string> useful_dimensions(std::string_view head);

/// Reads up to the root element. What is wrong there; empty where nothing is. A DOCTYPE could declare entities, which
/// can make a small file as large as they like.
[[nodiscard]] std::string problem_before_root(std::string_view head);

}  // namespace omniwriter::jmeter_xml
