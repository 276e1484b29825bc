#pragma once

#include <functional>
#include <string>

#include <gtest/gtest.h>

#include <headway/error.hpp>

namespace headway::test {

/// What `read` says is wrong with its settings; "no error" if it takes them.
inline std::string refusal(const std::function<void()>& read) {
  try {
    read();
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::configuration);
    return error.what();
  }
  return "no error";
}

}  // namespace headway::test
