#include <headway/outcome.hpp>

#include <memory>
#include <stdexcept>
#include <string>
#include <type_traits>
#include <utility>
#include <variant>
#include <vector>

#include <gtest/gtest.h>

namespace headway {
namespace {

TEST(Outcome, HasAValue) {
  Outcome<std::string> outcome(std::string("hello"));
  ASSERT_TRUE(outcome);
  EXPECT_EQ(outcome.value(), "hello");
  EXPECT_EQ(*outcome, "hello");
  EXPECT_EQ(outcome->size(), 5u);
  outcome.value() = "bye";
  EXPECT_EQ(std::as_const(outcome).value(), "bye");
  EXPECT_EQ(std::move(outcome).value(), "bye");
}

TEST(Outcome, HasAnErrorThatValueThrows) {
  const Outcome<int> outcome = Error(ErrorKind::server, "broken");
  ASSERT_FALSE(outcome.has_value());
  EXPECT_EQ(outcome.error().kind(), ErrorKind::server);
  try {
    outcome.value();
    FAIL();
  } catch (const Error& error) {
    EXPECT_STREQ(error.what(), "broken");
  }
}

TEST(Outcome, ThrowsWhatItsErrorStandsFor) {
  const Outcome<int> outcome = Error(std::make_exception_ptr(std::out_of_range("far")));
  EXPECT_EQ(outcome.error().kind(), ErrorKind::exception);
  EXPECT_THROW(outcome.value(), std::out_of_range);
}

TEST(Outcome, OfADefaultIsACallThatNeverRan) {
  const std::vector<Outcome<int>> outcomes(3);
  EXPECT_FALSE(outcomes[0]);
  EXPECT_EQ(outcomes[0].error().kind(), ErrorKind::cancelled);
  EXPECT_EQ(&outcomes[1].error().info(), &outcomes[2].error().info()) << "they share one record";
}

TEST(Outcome, HoldsWhatCanOnlyBeMoved) {
  std::vector<Outcome<std::unique_ptr<int>>> outcomes;
  outcomes.emplace_back(std::make_unique<int>(7));
  outcomes.emplace_back(std::move(outcomes[0]));
  const auto pointer = std::move(outcomes[1]).value();
  EXPECT_EQ(*pointer, 7);
  outcomes[1] = Error(ErrorKind::server, "gone");
  EXPECT_FALSE(outcomes[1]);
  outcomes[1] = std::make_unique<int>(8);
  EXPECT_EQ(**outcomes[1], 8);
}

struct NoDefault {
  explicit NoDefault(int v) : value(v) {}
  int value;
};

Outcome<NoDefault> made(int value) {
  if (value == 0) return {};
  return NoDefault(value);
}

TEST(Outcome, HoldsWhatHasNoDefault) {
  EXPECT_FALSE(made(0));
  EXPECT_EQ(made(3)->value, 3);
}

static_assert(std::is_nothrow_move_constructible_v<Outcome<std::string>>, "or a vector of them copies as it grows");
static_assert(!std::is_convertible_v<Outcome<int>, bool>);
static_assert(std::is_same_v<Outcome<std::monostate>::value_type, std::monostate>);

}  // namespace
}  // namespace headway
