#include <headway/response.hpp>

#include <gtest/gtest.h>

namespace headway {
namespace {

TEST(Response, WithoutAnAnswerHasNoText) {
  EXPECT_EQ(Response().text(), "");
  EXPECT_EQ(Response().finish_reason(), "");
}

}  // namespace
}  // namespace headway
