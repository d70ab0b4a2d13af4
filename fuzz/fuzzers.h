#pragma once
/// What is fuzzed beside the inputs and the summaries. Each takes any bytes, and aborts where something is wrong.

#include <string_view>

namespace omniwriter::fuzz {

void run_codec(std::string_view bytes);
void sample_codec(std::string_view bytes);
void spool(std::string_view bytes);
void dead_letter(std::string_view bytes);
void prom_status(std::string_view bytes);
void prom_query(std::string_view bytes);
void otlp_answer(std::string_view bytes);
void accept(std::string_view bytes);
void criteria(std::string_view bytes);
void judgement_codec(std::string_view text);
void run_file(std::string_view bytes);

}  // namespace omniwriter::fuzz
