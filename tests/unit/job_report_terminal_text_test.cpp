#include <gtest/gtest.h>

#include <string>

#include "job/report/terminal_text.hpp"

namespace headway::job {
namespace {

const std::string replaced = "\xEF\xBF\xBD";

TEST(TerminalText, LeavesWhatOnlyStandsThere) {
  for (const std::string text : {"", "a\tb\nc\n", "東京 é – 🙂", "\xC2\xA0"}) EXPECT_EQ(terminal_text(text), text);
}

TEST(TerminalText, TakesControlsOfBothSetsAway) {
  for (int c = 0; c < 0x20; ++c) {
    if (c == '\n' || c == '\t') continue;
    EXPECT_EQ(terminal_text("a" + std::string(1, static_cast<char>(c)) + "b"), "a" + replaced + "b") << c;
  }
  EXPECT_EQ(terminal_text("\x7F"), replaced);
  EXPECT_EQ(terminal_text("\xC2\x80\xC2\x9B\xC2\x9F"), replaced + replaced + replaced);
  EXPECT_EQ(terminal_text("\x9B"), replaced) << "as a terminal that is not in UTF-8 reads it";
}

TEST(TerminalText, TakesWhatTurnsTheDirectionAway) {
  for (const std::string text :
       {"\u061C", "\u200E", "\u200F", "\u2028", "\u2029", "\u202A", "\u202E", "\u2066", "\u2069"}) {
    EXPECT_EQ(terminal_text(text), replaced);
  }
}

TEST(TerminalText, ALineEndOfTwoBytesIsALineEnd) {
  EXPECT_EQ(terminal_text("a\r\nb"), "a\nb");
  EXPECT_EQ(terminal_text("a\rb"), "a" + replaced + "b");
}

}  // namespace
}  // namespace headway::job
