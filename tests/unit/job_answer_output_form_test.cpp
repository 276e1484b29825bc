#include <gtest/gtest.h>

#include <string>

#include <boost/json.hpp>

#include "job/answer/csv_record.hpp"
#include "job/answer/line_id.hpp"
#include "job/answer/output_form.hpp"
#include "job/json_text.hpp"

namespace headway::job {
namespace {

namespace json = boost::json;

Row row() {
  Row row;
  row.number = 6;
  row.line = 7;
  row.custom_id = "a\"b\n日本";
  row.columns = R"({"lang": "日本語", "n": 3})";
  row.content_hash = 0xAB;
  row.request_hash = 0xCD;
  return row;
}

RawResponse response(std::string body) {
  RawResponse response;
  response.status = 200;
  response.request_id = "req_1";
  response.body = std::move(body);
  response.attempts = 2;
  return response;
}

RawResponse answer(std::string text) {
  auto answer = response("{}");
  answer.choices.emplace_back().text = std::move(text);
  return answer;
}

OutputForm form(Select select, bool csv = false) {
  OutputSettings settings;
  settings.select = select;
  settings.csv = csv;
  if (csv) settings.columns = {"lang", "n", "none"};
  return OutputForm(settings);
}

json::object object(const std::string& line) {
  EXPECT_EQ(line.find('\n'), std::string::npos);
  EXPECT_EQ(line.find('\r'), std::string::npos);
  return json::parse(line).as_object();
}

TEST(OutputForm, KeepsABodyAsItCameInOneLine) {
  const auto line =
      form(Select::batch).done(row(), response("{\n  \"a\": \"x \\n  y 日本\",\r\n  \"b\": [1.10, 2e3]\n}\n"));
  EXPECT_NE(line.find(R"("body": {"a":"x \n  y 日本","b":[1.10,2e3]})"), std::string::npos) << line;
  const auto parsed = object(line);
  EXPECT_EQ(parsed.at("custom_id").as_string(), row().custom_id);
  EXPECT_EQ(parsed.at("id").as_string(), "row-6-00000000000000ab-00000000000000cd");
  EXPECT_EQ(parsed.at("line").as_int64(), 7);
  EXPECT_EQ(parsed.at("columns").at("lang").as_string(), "日本語");
  EXPECT_TRUE(parsed.at("error").is_null());
  EXPECT_EQ(parsed.at("response").at("status_code").as_int64(), 200);
  EXPECT_EQ(parsed.at("response").at("request_id").as_string(), "req_1");
}

TEST(OutputForm, LeavesABodyOfOneLineByteForByte) {
  const std::string body = R"({"a":  1,"b": "\u3042 </script>"})";
  EXPECT_NE(form(Select::batch).done(row(), response(body)).find("\"body\": " + body), std::string::npos);
  EXPECT_EQ(form(Select::body).done(row(), response(body + "\n")), body);
}

TEST(OutputForm, NeverBreaksALineForABodyThatIsNoJson) {
  for (const auto* body : {"<html>\n</html>", "", "\xFF\xFE\n", "{\"a\":\n\"\xFF\"}", "\n"}) {
    for (const auto select : {Select::batch, Select::body}) {
      const auto line = form(select).done(row(), response(body));
      EXPECT_NO_THROW(json::parse(line)) << line;
      EXPECT_EQ(line.find('\n'), std::string::npos);
    }
  }
  EXPECT_EQ(form(Select::body).done(row(), response("{\"a\": \"b\n")).find('\n'), std::string::npos);
}

TEST(OutputForm, SelectsTheText) {
  auto several = answer("first\nline");
  const auto one = object(form(Select::text).done(row(), several));
  EXPECT_EQ(one.at("text").as_string(), "first\nline");
  EXPECT_EQ(one.at("line").as_int64(), 7);
  EXPECT_EQ(one.at("columns").at("n").as_int64(), 3);
  EXPECT_FALSE(one.contains("texts"));
  several.choices.emplace_back().text = "second";
  const auto two = object(form(Select::text).done(row(), several));
  EXPECT_EQ(two.at("texts"), json::value({"first\nline", "second"}));
}

TEST(OutputForm, SelectsTheJson) {
  const auto select = [](std::string text) {
    return object(form(Select::json).done(row(), answer(std::move(text)))).at("json");
  };
  EXPECT_EQ(select("```json\n{\n\"a\": \"x\\ny\"}\n```"), json::value({{"a", "x\ny"}}));
  EXPECT_EQ(select(" [1,\n 2] "), json::value({1, 2}));
  EXPECT_EQ(select("\"日本\""), json::value("日本"));
  EXPECT_EQ(select("-7"), json::value(-7));
  EXPECT_EQ(select("true"), json::value(true));
  EXPECT_TRUE(select("nonsense").is_null());
}

TEST(OutputForm, WritesCsv) {
  const auto csv = form(Select::text, true);
  EXPECT_EQ(csv.header(), "custom_id,line,lang,n,none,text");
  EXPECT_EQ(csv.done(row(), answer("one, \"two\"\r\nthree")),
            "\"a\"\"b\n日本\",7,日本語,3,,\"one, \"\"two\"\"\r\nthree\"");
  EXPECT_EQ(csv.done(Row(), answer("\xFF")), ",0,,,,\xEF\xBF\xBD");
  EXPECT_EQ(csv.done(Row(), answer(std::string("a\0b", 3))), ",0,,,,a\uFFFDb")
      << "no line of ours holds a NUL: that is a hole";
  EXPECT_EQ(csv_header({"text", "line", "input_text"}), "custom_id,line,input_text,input_line,input_input_text,text");
  EXPECT_THROW(form(Select::batch, true), Error);
  EXPECT_EQ(form(Select::text).header(), "");
}

TEST(OutputForm, SaysWhyARowFailed) {
  ErrorInfo error;
  error.kind = ErrorKind::rate_limited;
  error.message = "too \"fast\"";
  error.provider_message = "slow down";
  error.provider_code = "rate_limit_exceeded";
  error.status = 429;
  error.attempts = 4;
  error.request_id = "req_9";
  const auto failed = object(form(Select::text).failed(row(), error));
  EXPECT_EQ(
      failed.at("error"),
      json::value({{"code", "rate_limited"}, {"message", "too \"fast\""}, {"attempts", 4}, {"maybe_billed", false}}));
  EXPECT_EQ(failed.at("response").at("status_code").as_int64(), 429);
  EXPECT_EQ(failed.at("response").at("body").at("error").at("message").as_string(), "slow down");
  EXPECT_EQ(failed.at("line").as_int64(), 7);
  EXPECT_TRUE(failed.contains("columns"));
  error.status = 0;
  error.maybe_billed = true;
  const auto lost = object(form(Select::batch).failed(row(), error));
  EXPECT_TRUE(lost.at("response").is_null());
  EXPECT_TRUE(lost.at("error").at("maybe_billed").as_bool());
}

TEST(OutputForm, KeepsAnAnswerThatCannotBeUsed) {
  Judgement cut;
  cut.verdict = Verdict::cut;
  cut.detail = "cut at the limit of its tokens (length)";
  const auto line = object(form(Select::text).unusable(row(), response(R"({"a": 1})"), cut));
  EXPECT_EQ(line.at("response").at("body").at("a").as_int64(), 1);
  EXPECT_EQ(line.at("error").at("code").as_string(), "unusable");
  EXPECT_EQ(line.at("error").at("verdict").as_string(), "cut");
  EXPECT_EQ(line.at("error").at("message").as_string(), cut.detail);
}

TEST(OutputForm, KeepsWhatCameWithSuccessAndIsNoAnswer) {
  ErrorInfo error;
  error.kind = ErrorKind::protocol;
  error.message = "the answer has no choices";
  error.provider_message = "sensitive content";
  error.status = 200;
  const auto body_of = [&](std::string body) {
    error.body = std::move(body);
    return object(form(Select::text).failed(row(), error)).at("response").at("body");
  };
  EXPECT_EQ(body_of("{\"code\":\n50501}"), json::value({{"code", 50501}}));
  EXPECT_EQ(body_of("{\"choices\": ["), json::value("{\"choices\": ["));
  EXPECT_EQ(body_of("{\"a\": \"long \xFF\"}"), json::value("{\"a\": \"long \uFFFD\"}"));
  EXPECT_EQ(body_of("{\"a\": NaN}"), json::value("{\"a\": NaN}"));
  EXPECT_EQ(object(form(Select::text).failed(row(), error)).at("error").at("provider_message"),
            json::value("sensitive content"));
}

TEST(OutputForm, WritesABodyWithoutItsByteOrderMark) {
  EXPECT_EQ(form(Select::body).done(row(), response("\xEF\xBB\xBF{\"a\": 1}")), R"({"a": 1})");
}

TEST(OutputForm, WritesNoNul) {
  const std::string body("{\"choices\": [], \"a\": \0}", 23);
  EXPECT_EQ(form(Select::body).done(row(), response(body)), R"("{\"choices\": [], \"a\": \u0000}")");
}

TEST(OutputForm, SelectsJsonWithHalfASurrogatePair) {
  const auto line = form(Select::json).done(row(), answer(R"({"a": "\ud83d"})"));
  EXPECT_EQ(object(line).at("json").at("a").as_string(), "\uFFFD") << line;
}

TEST(OutputForm, ColumnsInCsvAreTheValuesOwnText) {
  auto columns = row();
  columns.custom_id = "a";
  columns.columns =
      R"({"lang": 19.990, "n": 1673382441.141209, "none": )" + std::string(40, '[') + "1" + std::string(40, ']') + "}";
  EXPECT_EQ(form(Select::text, true).done(columns, answer("t")),
            "a,7,19.990,1673382441.141209," + std::string(40, '[') + "1" + std::string(40, ']') + ",t");
  columns.columns = R"({"lang": 123456789012345678901234567890, "n": true, "none": {"a" : "b"} })";
  EXPECT_EQ(form(Select::text, true).done(columns, answer("t")),
            "a,7,123456789012345678901234567890,true,\"{\"\"a\"\" : \"\"b\"\"}\",t");
}

TEST(OutputForm, SaysWhyARowWasNotSent) {
  BadRow bad;
  bad.number = 3;
  bad.line = 9;
  bad.custom_id = "x";
  bad.reason = "not JSON";
  const auto line = object(form(Select::batch).invalid(bad));
  EXPECT_EQ(line.at("error").at("code").as_string(), "invalid");
  EXPECT_EQ(line.at("error").at("message").as_string(), "not JSON");
  EXPECT_TRUE(line.at("response").is_null());
  EXPECT_FALSE(line.contains("columns"));
}

TEST(JsonText, EscapesWhatMustBe) {
  std::string out;
  append_json_string(out, std::string_view("\"\\\n\r\t\x01\0 日本 \xE3\x81 \xF0\x9F\x98\x80", 22));
  EXPECT_EQ(out, "\"\\\"\\\\\\n\\r\\t\\u0001\\u0000 日本 \xEF\xBF\xBD\xEF\xBF\xBD \xF0\x9F\x98\x80\"");
}

TEST(LineId, IsReadBack) {
  const LineId id{18'446'744'073'709'551'615u, 0xFFFFFFFFFFFFFFFFu, 1};
  const auto read = line_id_in(to_string(id));
  ASSERT_TRUE(read);
  EXPECT_EQ(read->number, id.number);
  EXPECT_EQ(read->content_hash, id.content_hash);
  EXPECT_EQ(read->request_hash, id.request_hash);
  for (const auto* text :
       {"", "row-", "batch_req_123", "row-1-00000000000000ab-00000000000000c", "row--00000000000000ab-00000000000000cd",
        "row-x-00000000000000ab-00000000000000cd", "row-1-00000000000000ab-00000000000000cg"}) {
    EXPECT_FALSE(line_id_in(text)) << text;
  }
}

TEST(OutputForm, ALabelGoesOutWithoutTheBlanksAroundIt) {
  OutputSettings settings;
  settings.select = Select::text;
  settings.trims = true;
  EXPECT_EQ(object(OutputForm(settings).done(row(), answer(" good\n"))).at("text").as_string(), "good");
}

TEST(OutputForm, AFlatLineHasTheColumnsBesideTheAnswer) {
  OutputSettings settings;
  settings.select = Select::text;
  settings.flat = true;
  auto kept = row();
  kept.columns = R"({"lang":"日本語","n":1.10,"custom_id":"again","a\"b":[{"x":null}]})";
  EXPECT_EQ(
      OutputForm(settings).done(kept, answer("t")),
      R"({"custom_id": "a\"b\n日本", "line": 7, "lang": "日本語", "n": 1.10, "a\"b": [{"x":null}], "answer": "t"})");
  auto two = answer("1");
  two.choices.emplace_back().text = "[2]";
  settings.select = Select::json;
  const auto parsed = object(OutputForm(settings).done(kept, two));
  EXPECT_EQ(parsed.at("answer").as_int64(), 1);
  EXPECT_EQ(parsed.at("answers").as_array().size(), 2U);
  EXPECT_EQ(parsed.at("n").as_double(), 1.1);
}

TEST(OutputForm, AFlatTableHasTheCustomIdOnce) {
  OutputSettings settings;
  settings.select = Select::text;
  settings.csv = settings.flat = true;
  settings.columns = {"n", "custom_id", "text"};
  const OutputForm form(settings);
  EXPECT_EQ(form.header(), "custom_id,line,n,text,answer");
  auto kept = row();
  kept.custom_id = "one";
  kept.columns = R"({"n":3,"custom_id":"one","text":"a,b"})";
  EXPECT_EQ(form.done(kept, answer("t")), "one,7,3,\"a,b\",t");
}

TEST(OutputForm, AFlatLineHasNoRoomForAWholeResponse) {
  for (const auto select : {Select::batch, Select::body}) {
    OutputSettings settings;
    settings.select = select;
    settings.flat = true;
    EXPECT_THROW(OutputForm{settings}, Error);
  }
}

}  // namespace
}  // namespace headway::job
