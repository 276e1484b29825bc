#include "wire/provider_error.hpp"

#include <algorithm>

#include <gtest/gtest.h>

namespace headway::wire {
namespace {

TEST(DecodeError, ReadsOpenAIsForm) {
  const auto error = decode_error(
      429, R"({"error":{"message":"Rate limit reached","type":"requests","param":null,"code":"rate_limit_exceeded"}})");
  EXPECT_EQ(error.kind, ErrorKind::rate_limited);
  EXPECT_EQ(error.message, "Rate limit reached");
  EXPECT_EQ(error.type, "requests");
  EXPECT_EQ(error.code, "rate_limit_exceeded");
}

TEST(DecodeError, FindsTheMessageInEveryForm) {
  const std::pair<const char*, const char*> cases[] = {
      {R"({"error":"model 'x' not found"})", "model 'x' not found"},                                     // Ollama
      {R"({"error":{"message":"m"}})", "m"},                                                             //
      {R"({"type":"error","error":{"type":"overloaded_error","message":"Overloaded"}})", "Overloaded"},  // Anthropic
      {R"([{"error":{"code":400,"message":"m","status":"INVALID_ARGUMENT"}}])", "m"},                    // Gemini
      {R"({"object":"error","message":"The model does not exist.","type":"NotFoundError","code":404})",
       "The model does not exist."},               // vLLM
      {R"({"detail":"Not Found"})", "Not Found"},  // FastAPI
      {R"({"detail":[{"loc":["body","n"],"msg":"too large","input":"secret"},{"msg":"other"}]})",
       "body.n: too large; other"},                                                                   //
      {R"({"detail":[{"loc":["body",0,"x"],"msg":"bad"}]})", "body.0.x: bad"},                        //
      {R"({"detail":{"message":"m"}})", "m"},                                                         //
      {R"({"error":"Input validation error","error_type":"validation"})", "Input validation error"},  // TGI
      {R"({"success":false,"errors":[{"code":5006,"message":"AiError"}]})", "AiError"},               // Cloudflare
      {R"({"title":"Bad Gateway"})", "Bad Gateway"},                                                  // RFC 9457
      {R"("plain")", "plain"},
      {R"({"error":{"reason":{"secret":1}}})", ""},
      {R"({"error":null})", ""},
      {R"({"message":7})", ""},
      {R"([])", ""},
      {R"({})", ""},
      {"upstream connect error\r\nreset", "upstream connect error  reset"},
      {"<html>\n<head><TITLE>\n502 Bad Gateway </TITLE></head>", "502 Bad Gateway"},
      {"<html><title lang=en>x</title>", "x"},
      {"<html><title>never closed", ""},
      {"<html><title", ""},
      {"<html><body>no title</body>", ""},
      {"  ", ""},
      {"", ""},
      {R"({"error":{"message":"secret \" in broken JSON)", ""},
  };
  for (const auto& [body, message] : cases) EXPECT_EQ(decode_error(500, body).message, message) << body;
}

TEST(DecodeError, ACodeMayBeANumber) {
  const auto error =
      decode_error(503, R"({"error":{"code":503,"message":"Loading model","type":"unavailable_error"}})");
  EXPECT_EQ(error.code, "503");
  EXPECT_EQ(error.kind, ErrorKind::server);
}

TEST(DecodeError, GeminisStatusIsTheType) {
  const auto error = decode_error(429, R"([{"error":{"code":429,"message":"m","status":"RESOURCE_EXHAUSTED"}}])");
  EXPECT_EQ(error.type, "RESOURCE_EXHAUSTED");
  EXPECT_EQ(error.code, "429");
}

TEST(DecodeError, KindFollowsFromTheStatus) {
  const std::pair<int, ErrorKind> cases[] = {
      {301, ErrorKind::protocol},       {307, ErrorKind::protocol},        {400, ErrorKind::bad_request},
      {401, ErrorKind::authentication}, {402, ErrorKind::quota_exhausted}, {403, ErrorKind::permission},
      {404, ErrorKind::not_found},      {405, ErrorKind::bad_request},     {408, ErrorKind::server},
      {409, ErrorKind::server},         {413, ErrorKind::bad_request},     {415, ErrorKind::bad_request},
      {421, ErrorKind::server},         {425, ErrorKind::server},          {498, ErrorKind::server},
      {422, ErrorKind::bad_request},    {429, ErrorKind::rate_limited},    {500, ErrorKind::server},
      {502, ErrorKind::server},         {503, ErrorKind::server},          {504, ErrorKind::server},
      {529, ErrorKind::server},         {599, ErrorKind::server},
  };
  for (const auto& [status, kind] : cases) {
    EXPECT_EQ(decode_error(status, "").kind, kind) << status;
    EXPECT_EQ(decode_error(status, R"({"error":{"message":"m","code":"some_code"}})").kind, kind) << status;
  }
}

TEST(DecodeError, CodesAboutMoneyAreQuotaExhausted) {
  for (const char* code :
       {"insufficient_quota", "credit_balance_exhausted", "organization_spend_limit_exceeded",
        "project_spend_limit_exceeded", "organization_usage_limit_exceeded", "billing_hard_limit_reached",
        "exceeded_current_quota_error", "1113", "insufficient_user_quota", "insufficient_balance", "Arrearage"}) {
    for (const int status : {400, 403, 429}) {
      const std::string name(code);
      EXPECT_EQ(decode_error(status, R"({"error":{"code":")" + name + R"("}})").kind, ErrorKind::quota_exhausted);
      EXPECT_EQ(decode_error(status, R"({"error":{"type":")" + name + R"(","code":null}})").kind,
                ErrorKind::quota_exhausted);
    }
  }
}

TEST(DecodeError, MoneyInADetailIsQuotaExhausted) {
  const auto error = decode_error(429, R"({"type":"error","error":{"type":"rate_limit_error","message":"m",
      "details":{"error_code":"enforced_spend_limit_reached"}}})");
  EXPECT_EQ(error.kind, ErrorKind::quota_exhausted);
  EXPECT_EQ(error.code, "enforced_spend_limit_reached");
  EXPECT_EQ(decode_error(429, R"({"error":{"message":"m","details":{"error_code":"else"}}})").kind,
            ErrorKind::rate_limited);
}

TEST(DecodeError, ALimitOfZeroIsNoWait) {
  const auto kind = [](const std::string& words) {
    return decode_error(429, R"([{"error":{"code":429,"status":"RESOURCE_EXHAUSTED","message":")" + words + R"("}}])")
        .kind;
  };
  EXPECT_EQ(kind("Quota exceeded for metric: x, limit: 0, model: m. Please retry in 27s."), ErrorKind::quota_exhausted);
  EXPECT_EQ(kind("Quota exceeded for metric: x, limit: 0"), ErrorKind::quota_exhausted);
  EXPECT_EQ(kind("Quota exceeded for metric: x, limit: 05"), ErrorKind::rate_limited);
  EXPECT_EQ(kind("Quota exceeded for metric: x, limit: 10, model: m"), ErrorKind::rate_limited);
}

TEST(DecodeError, ReadsHowLongToWait) {
  using std::chrono::milliseconds;
  const auto gemini = [](const std::string& delay) {
    return decode_error(429,
                        R"([{"error":{"code":429,"details":[{"violations":[]},{"@type":"RetryInfo","retryDelay":")" +
                            delay + R"("}]}}])")
        .wait;
  };
  EXPECT_EQ(gemini("3.2s"), milliseconds(3200));
  EXPECT_EQ(gemini("37.000000001s"), milliseconds(37'001));
  EXPECT_EQ(gemini("0s"), std::nullopt);
  EXPECT_EQ(gemini("soon"), std::nullopt);
  EXPECT_EQ(decode_error(429, R"({"error":{"message":"m","retry_after":7}})").wait, milliseconds(7000));
  const std::pair<const char*, int> words[] = {
      {"Rate limit reached. Please try again in 20s.", 20'000},
      {"Please try again in 1m5.2s. Visit", 65'200},
      {"Please try again in 120ms", 120},
      {"try again in 20 seconds", 20'000},
      {"Please retry after 6 seconds.", 6'000},
      {"Please wait 30 s and retry", 30'000},
      {"Please Retry In 1 minute", 60'000},
      {"try again in 8h", 120'000},
  };
  for (const auto& [message, wait] : words) {
    EXPECT_EQ(decode_error(429, R"({"error":{"message":")" + std::string(message) + R"("}})").wait, milliseconds(wait))
        << message;
    EXPECT_EQ(decode_error(429, message).wait, milliseconds(wait)) << message;
  }
  for (const auto* message : {"try again in a while", "try again in -5s", "wait for it", "retry after", ""}) {
    EXPECT_EQ(decode_error(429, message).wait, std::nullopt) << message;
  }
}

TEST(DecodeError, AModelThatIsNotServedIsNotFoundWhateverTheStatus) {
  for (const int status : {400, 404}) {
    const auto error = decode_error(status, R"({"error":{"code":"model_not_found"}})");
    EXPECT_EQ(error.kind, ErrorKind::not_found);
    EXPECT_EQ(error.code, "model_not_found");
  }
}

TEST(DecodeError, OverloadIsNotMistakenForMoney) {
  EXPECT_EQ(decode_error(429, R"({"error":{"code":"slow_down"}})").kind, ErrorKind::rate_limited);
  EXPECT_EQ(decode_error(503, R"({"error":{"code":"server_is_overloaded"}})").kind, ErrorKind::server);
}

TEST(DecodeError, CutsALongMessageBetweenTwoCharacters) {
  EXPECT_EQ(decode_error(500, std::string(501, 'x')).message, std::string(500, 'x'));
  std::string text;
  while (text.size() < 600) text += "日";
  EXPECT_EQ(decode_error(500, R"({"error":")" + text + R"("})").message, text.substr(0, 498));
}

TEST(DecodeError, MakesOneLineOfValidUtf8) {
  EXPECT_EQ(decode_error(500,
                         "a\tb\x1b[31m\x7f"
                         "c\xFF"
                         "d\xE3\x81")
                .message,
            "a b [31m c d");
  EXPECT_EQ(decode_error(500, R"({"error":{"message":"\n a\u0000b \n","code":"c\n"}})").message, "a b");
}

TEST(TextsOf, GivesEveryStringThatMayBePrivate) {
  const auto texts = texts_of(R"({"model":"m","messages":[{"role":"user","content":"hello\nworld"},
      {"role":"user","content":[{"type":"text","text":"part"}]}],"stop":["end"],"user":"me","n":1,
      "metadata":{"model":"kept","deep":{"x":"y"}},"type":["also kept"]})");
  EXPECT_EQ(texts, (std::vector<std::string>{"hello world", "part", "end", "me", "kept", "y", "also kept"}));
}

TEST(TextsOf, ABodyThatIsNoJsonIsOneText) {
  EXPECT_EQ(texts_of("not json\n"), std::vector<std::string>{"not json "});
  EXPECT_EQ(texts_of(R"({"prompt":"broken)"), std::vector<std::string>{R"({"prompt":"broken)"});
  EXPECT_EQ(texts_of(R"("text")"), std::vector<std::string>{"text"});
}

}  // namespace
}  // namespace headway::wire
