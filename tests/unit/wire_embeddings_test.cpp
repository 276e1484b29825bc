#include "wire/embeddings.hpp"

#include <gtest/gtest.h>

namespace headway::wire {
namespace {

using Vectors = std::vector<std::vector<float>>;

std::string fault_of(std::string body, std::size_t asked) {
  Vectors all;
  const auto fault = read_embeddings(body, asked, all);
  return fault ? fault->info().message : "";
}

Vectors embeddings_in(std::string body, std::size_t asked) {
  Vectors all;
  const auto fault = read_embeddings(body, asked, all);
  EXPECT_FALSE(fault) << fault->what();
  return all;
}

ErrorInfo refusal(int status, std::string words, std::string code = "") {
  ErrorInfo info;
  info.kind = ErrorKind::bad_request;
  info.status = status;
  info.provider_message = std::move(words);
  info.provider_code = std::move(code);
  return info;
}

TEST(Embeddings, BodyHasTheTextsAndWhatIsSet) {
  EmbeddingsFields fields;
  fields.model = "m";
  EXPECT_EQ(embeddings_body({"a", "\"b\""}, fields), R"({"model":"m","input":["a","\"b\""]})");
  fields.dimensions = 256;
  fields.encoding_format = "base64";
  fields.extra_body = R"({"user":"u","dimensions":8})";
  EXPECT_EQ(embeddings_body({"a"}, fields),
            R"({"model":"m","input":["a"],"encoding_format":"base64","user":"u","dimensions":8})");
}

TEST(Embeddings, AreReadByIndexAsNumbersOrBase64) {
  // 1.5 and -2 as little-endian floats.
  const auto* const body =
      R"({"object":"list","data":[{"index":1,"embedding":[0.25,-3]},{"index":0,"embedding":"AADAPwAAAMA="}]})";
  EXPECT_EQ(embeddings_in(body, 2), (Vectors{{1.5F, -2.0F}, {0.25F, -3.0F}}));
  EXPECT_EQ(embeddings_in(R"({"data":[{"embedding":[1]}]})", 1), (Vectors{{1.0F}}));
}

TEST(Embeddings, SayWhatIsWrongWithThem) {
  EXPECT_EQ(fault_of(R"({"data":[{"index":0,"embedding":[1]}]})", 2), "the answer has 1 embeddings for 2 texts");
  EXPECT_EQ(fault_of(R"({"data":[{"index":0,"embedding":[1]},{"embedding":[1]}]})", 2),
            "the answer has 2 embeddings, and one of them has no index");
  EXPECT_EQ(fault_of(R"({"data":[{"index":0,"embedding":[1]},{"index":2,"embedding":[1]}]})", 2),
            "the answer has 2 embeddings, and one of them has the index 2");
  EXPECT_EQ(fault_of(R"({"data":[{"index":1,"embedding":[1]},{"index":1,"embedding":[1]}]})", 2),
            "the answer has two embeddings with the index 1");
  for (const auto* bad :
       {R"("embedding":[1,null])", R"("embedding":[NaN])", R"("embedding":[])", R"("embedding":{})",
        R"("embedding":"AAA")", R"("embedding":"!!!!")", R"("embedding":"AADAfw==")", R"("other":1)"}) {
    EXPECT_EQ(fault_of(R"({"data":[{"index":0,)" + std::string(bad) + "}]}", 1),
              "the answer has an embedding, of index 0, that is no list of numbers")
        << bad;
  }
  EXPECT_NE(fault_of(R"({"data":[{"index":0,"embedding":[1)", 1), "");
}

TEST(Embeddings, TooLargeIsWhatProvidersSayOfIt) {
  EXPECT_TRUE(is_too_large(refusal(413, "")));
  EXPECT_TRUE(is_too_large(refusal(400, "Requested 400000 tokens, max 300000 tokens per request")));
  EXPECT_TRUE(is_too_large(refusal(400, "", "array_above_max_length")));
  EXPECT_TRUE(
      is_too_large(refusal(400, "This model's maximum context length is 8192 tokens, however you requested 9000")));
  EXPECT_TRUE(is_too_large(refusal(422, "batch size 64 > maximum allowed batch size 32")));
  EXPECT_TRUE(is_too_large(refusal(400, "Too many inputs in request, split into more batches.")));
  EXPECT_TRUE(is_too_large(refusal(400, "batch size is invalid, it should not be larger than 10.: input.contents")));
  EXPECT_TRUE(is_too_large(refusal(400, "at most 100 requests can be in one batch")));
}

TEST(Embeddings, TooLargeIsNothingElse) {
  EXPECT_FALSE(is_too_large(refusal(400, "This model does not support specifying dimensions.")));
  EXPECT_FALSE(is_too_large(refusal(400, "Invalid value for 'dimensions': must be at most 1536")));
  EXPECT_FALSE(is_too_large(refusal(400, "'$.input' is invalid. Please check the API reference")));
  auto limited = refusal(429, "Too many tokens");
  limited.kind = ErrorKind::rate_limited;
  EXPECT_FALSE(is_too_large(limited));
}

}  // namespace
}  // namespace headway::wire
