#include "job/report/last_words.hpp"

#include <string>

#include <gtest/gtest.h>

namespace headway::job {
namespace {

ErrorInfo refusal(int status, std::string words) {
  ErrorInfo info;
  info.kind = ErrorKind::rate_limited;
  info.message = "headway's own";
  info.status = status;
  info.provider_message = std::move(words);
  return info;
}

TEST(LastWords, AreThoseSaidLastAndCountedWhateverTheirNumbersAre) {
  LastWords words;
  EXPECT_EQ(words.last(), nullptr);
  words.said(refusal(429, "Try again in 20s"), 1);
  words.said(refusal(503, "Overloaded"), 2);
  words.said(refusal(429, "Try again in 1.5s"), 3);
  ASSERT_NE(words.last(), nullptr);
  EXPECT_EQ(words.last()->times, 2U);
  EXPECT_EQ(words_text(*words.last(), 6), "HTTP 429, 2 times, the last 3.0 s ago: Try again in 1.5s");
  words.said(refusal(429, "No money"), 4);
  EXPECT_EQ(words_text(*words.last(), 4), "HTTP 429, 0.0 s ago: No money");
  words.said(refusal(503, ""), 5);
  EXPECT_EQ(words_text(*words.last(), 16), "HTTP 503, 11 s ago");
}

TEST(LastWords, OfNoAnswerAreHeadwaysOwn) {
  LastWords words;
  words.said(refusal(0, ""), 1);
  EXPECT_EQ(words.last()->text, "headway's own");
  EXPECT_EQ(words_text(*words.last(), 1).find("rate_limited"), 0U);
}

TEST(LastWords, AreOneShortLineWithoutControlCharacters) {
  LastWords words;
  words.said(refusal(429, "a\nb\x1b[2J" + std::string(1000, 'x')), 1);
  const auto& text = words.last()->text;
  EXPECT_LE(text.size(), 200U);
  EXPECT_EQ(text.find_first_of("\n\x1b"), std::string::npos);
}

TEST(LastWords, ThatAreManyTakeLittleMemory) {
  LastWords words;
  for (char c = 'a'; c <= 'z'; ++c) words.said(refusal(429, std::string(1, c)), 1);
  words.said(refusal(429, "z"), 2);
  EXPECT_EQ(words.last()->times, 2U);
  words.said(refusal(429, "a"), 2);
  EXPECT_EQ(words.last()->times, 1U) << "it was long ago, and is forgotten";
}

TEST(LastWords, ComeBackFromAJournal) {
  LastWords words;
  words.said(refusal(429, "\"Slow\" down"), 1.5);
  const auto back = words_of(words_json(*words.last()));
  ASSERT_TRUE(back);
  EXPECT_EQ(words_text(*back, 5), words_text(*words.last(), 5));
  for (const auto* none : {"", "{}", "nope", R"({"status": "x"})"}) EXPECT_FALSE(words_of(none)) << none;
}

}  // namespace
}  // namespace headway::job
