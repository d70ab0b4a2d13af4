#include "judge/statistics.h"

#include <gtest/gtest.h>

#include <array>
#include <cmath>
#include <vector>

// Expected numbers are those of R 4.2.2 and limma 3.54.1.

namespace omniwriter {
namespace {

constexpr double kClose = 1e-6;

TEST(Statistics, HasStudentsT) {
  EXPECT_NEAR(t_two_sided(-3.2, 13), 0.00696758985341, 1e-12);
  EXPECT_NEAR(t_two_sided(4, 7.4), 0.00463156740778, 1e-12);
  EXPECT_NEAR(t_quantile(1 - .005 / 36, 13), 4.92440027964, 1e-9);
  EXPECT_NEAR(t_quantile(0.975, kManyDegrees), 1.95996398454, 1e-9);
  EXPECT_EQ(t_two_sided(std::numeric_limits<double>::infinity(), 5), 0);
  EXPECT_TRUE(std::isnan(t_quantile(0.5, -1)));
}

TEST(Statistics, HoldsManyTestsToOneLevelAsHolmDid) {
  const std::array p{0.0001, 0.004, 0.019, 0.03, 0.4, 0.0006, 0.25, 0.011};
  const std::vector<double> adjusted = holm(p);
  const std::array expected{0.0008, 0.0240, 0.0760, 0.0900, 0.5000, 0.0042, 0.5000, 0.0550};
  for (std::size_t i = 0; i < p.size(); ++i) EXPECT_NEAR(adjusted[i], expected[i], 1e-12) << i;
  EXPECT_TRUE(holm({}).empty());
}

TEST(Statistics, DrawsVariancesTogetherAsLimmaDoes) {
  constexpr double kDegrees = 9;
  const VariancePrior expected{.variance = 0.000252944679325, .degrees = 9.16250067634};
  const std::array posterior{0.000187067070550, 0.000296082895809, 0.000172201276197, 0.000380322397146,
                             0.000236619718395, 0.000216798659257, 0.000499248751974, 0.000182111805766,
                             0.000266351307102, 0.000325814484517, 0.000206888129688, 0.000429875044991};
  std::vector<double> variances;
  for (const double one : posterior) {
    variances.push_back((one * (expected.degrees + kDegrees) - expected.degrees * expected.variance) / kDegrees);
  }
  const VariancePrior prior = variance_prior(variances, kDegrees);
  EXPECT_NEAR(prior.degrees, expected.degrees, 1e-5);
  EXPECT_NEAR(prior.variance, expected.variance, 1e-9);
  for (std::size_t i = 0; i < posterior.size(); ++i) {
    EXPECT_NEAR(squeezed(variances[i], kDegrees, prior) / posterior[i], 1, kClose);
  }
}

TEST(Statistics, TakesVariancesThatHardlyDifferForOne) {
  const std::array variances{0.00020, 0.00021, 0.00022, 0.00021};
  const VariancePrior prior = variance_prior(variances, 9);
  EXPECT_EQ(prior.degrees, kManyDegrees);
  EXPECT_NEAR(squeezed(0.0002, 9, prior), 0.00021, 1e-12);
  EXPECT_EQ(variance_prior(std::array{0.0, 0.0}, 9).degrees, 0);
}

TEST(Statistics, KnowsTheIntervalsOfRatios) {
  const double z = normal_quantile(0.975);
  const Interval a = wilson(30, 12000, z);
  EXPECT_NEAR(a.low, 0.00175179816382, 1e-12);
  EXPECT_NEAR(a.high, 0.00356662086393, 1e-12);
  const Interval b = wilson(55, 12000, z);
  EXPECT_NEAR(b.low, 0.00352320165042, 1e-12);
  EXPECT_NEAR(b.high, 0.00596055063098, 1e-12);
  const Interval difference = newcombe(30, 12000, 55, 12000, z);
  EXPECT_NEAR(difference.low, 0.000579485185255, 1e-12);
  EXPECT_NEAR(difference.high, 0.003650666569311, 1e-12);
  EXPECT_EQ(wilson(0, 100, z).low, 0);
  EXPECT_EQ(wilson(0, 0, z), (Interval{0, 1}));
}

TEST(Statistics, RanksSharePlacesWhereValuesAreEqual) {
  EXPECT_NEAR(spearman(std::array{1.0, 2.0, 3.0, 4.0}, std::array{4.0, 3.0, 2.0, 1.0}), -1, 1e-12);
  // cor(c(1,2,2,4,5), c(5,6,7,8,7), method = "spearman")
  EXPECT_NEAR(spearman(std::array{1.0, 2.0, 2.0, 4.0, 5.0}, std::array{5.0, 6.0, 7.0, 8.0, 7.0}), 0.763157894736842,
              1e-12);
  EXPECT_TRUE(std::isnan(spearman(std::array{1.0, 1.0}, std::array{1.0, 2.0})));
}

TEST(Statistics, TestsMeansOfUnequalScatter) {
  // t.test(c(10.1, 9.8, 10.3, 10.0), c(10.9, 11.4, 10.6))
  EXPECT_NEAR(welch_p(std::array{10.1, 9.8, 10.3, 10.0}, std::array{10.9, 11.4, 10.6}), 0.048, 0.01);
  EXPECT_TRUE(std::isnan(welch_p(std::array{1.0}, std::array{1.0, 2.0})));
}

TEST(Statistics, HasSimpleFigures) {
  EXPECT_EQ(median_of({3, 1, 2}), 2);
  EXPECT_EQ(median_of({4, 1, 2, 3}), 2.5);
  EXPECT_TRUE(std::isnan(median_of({})));
  EXPECT_NEAR(variance_of(std::array{1.0, 2.0, 3.0}), 1, 1e-12);
  EXPECT_NEAR(lag_one_autocorrelation(std::array{1.0, -1.0, 1.0, -1.0}), -0.75, 1e-12);
}

}  // namespace
}  // namespace omniwriter
