#pragma once
/// Judgements to show, the same each time.

#include "judge/judgement.h"

namespace omniwriter::testing {

/// Three criteria, all met, and no change from the baseline.
[[nodiscard]] Judgement passed_judgement();
/// One criterion of each verdict, a concern of the levels note and warning, worse than the baseline.
[[nodiscard]] Judgement failed_judgement();
/// All criteria met by numbers that cannot be trusted.
[[nodiscard]] Judgement invalid_judgement();
/// Every text is an attack, as in hostile_run(); numbers that are none.
[[nodiscard]] Judgement hostile_judgement();
/// More criteria, concerns and endpoints than any report has room for, with long names.
[[nodiscard]] Judgement endless_judgement();

}  // namespace omniwriter::testing
