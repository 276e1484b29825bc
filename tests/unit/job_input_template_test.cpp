#include <gtest/gtest.h>

#include "job_input_tools.hpp"

namespace headway::job {
namespace {

using test::bodies;
using test::fault;
using test::Input;
using test::only_row;
using test::reason;
using Bodies = std::vector<std::string>;

constexpr auto user_x = R"({"model":"m","messages":[{"role":"user","content":"x"}]})";

TEST(TemplateRows, PutsColumnsOfJsonIntoAChat) {
  Input input("a.jsonl", R"({"text":"\u3042 \"い\"\n\u0001","n":1.50,"o":{"k": [true]}})");
  input.settings.prompt = "{{text}}|{{ n }}|{{o}}";
  input.settings.system = "Be {{n}}";
  input.settings.temperature = 0.7;
  input.settings.max_tokens = 5;
  input.settings.set = {"service_tier=\"flex\""};
  const auto row = only_row(input.settings);
  EXPECT_EQ(row.body,
            R"({"model":"m","messages":[{"role":"system","content":"Be 1.50"},{"role":"user","content":)"
            R"("あ \"い\"\n\u0001|1.50|{\"k\": [true]}"}],"temperature":0.7,"max_tokens":5,"service_tier":"flex"})");
  EXPECT_EQ(row.path, "/v1/chat/completions");
  EXPECT_EQ(row.custom_id, "row-1");
  EXPECT_FALSE(row.own_id);
  EXPECT_EQ(row.prompt_bytes, std::string("あ \"い\"\n\1|1.50|{\"k\": [true]}Be 1.50").size());
}

TEST(TemplateRows, PutsColumnsOfCsvIntoACompletion) {
  Input input("a.csv", "\xEF\xBB\xBFtext,id\r\n\"x\r\n\"\"y\"\"\",7\r\n\r\nz,8\r\n");
  input.settings.prompt = "Say: {{text}}";
  input.settings.completions = true;
  EXPECT_EQ(bodies(input.settings),
            (Bodies{R"({"model":"m","prompt":"Say: x\r\n\"y\""})", R"({"model":"m","prompt":"Say: z"})"}));
  const auto rows = test::read_all(input.settings);
  EXPECT_EQ(std::get<Row>(rows[0]).line, 2U);
  EXPECT_EQ(std::get<Row>(rows[1]).line, 5U);
  EXPECT_EQ(std::get<Row>(rows[1]).number, 1U);
  EXPECT_EQ(std::get<Row>(rows[1]).custom_id, "row-5");
}

TEST(TemplateRows, APromptWithoutATemplateIsAText) {
  const auto said = reason(Input("a.jsonl", R"({"prompt":[{"role":"user","content":"x"}]})").settings);
  EXPECT_EQ(said.find("the column \"prompt\" is no text: a list of messages belongs into"), 0U) << said;
  EXPECT_EQ(reason(Input("a.jsonl", R"({"prompt":{"text":"x"}})").settings), said);
  EXPECT_EQ(only_row(Input("a.jsonl", R"({"prompt":["x"]})", "{{prompt}}").settings).body,
            R"({"model":"m","messages":[{"role":"user","content":"[\"x\"]"}]})");
  EXPECT_EQ(only_row(Input("a.jsonl", R"({"prompt":5})").settings).prompt_bytes, 1U);
}

TEST(TemplateRows, ATextIsAPromptALine) {
  EXPECT_EQ(bodies(Input("a.txt", "x\n\n  \nx").settings), (Bodies{user_x, user_x}));
  EXPECT_EQ(only_row(Input("a.txt", "b", "a{{line}}c").settings).prompt_bytes, 3U);
  EXPECT_EQ(reason(Input("a.txt", "a\xFF").settings),
            "byte 2 (0xFF) is not valid UTF-8; is the file in another encoding (--encoding)?");
}

TEST(TemplateRows, WithoutATemplateThePromptOrTheMessagesAreTaken) {
  EXPECT_EQ(only_row(Input("a.jsonl", R"({"prompt":"x"})").settings).body, user_x);
  EXPECT_EQ(only_row(Input("a.csv", "prompt\nx").settings).body, user_x);
  Input chat("a.jsonl", R"({"id":1,"messages": [ {"role":"user","content":"x"} ] })");
  chat.settings.max_tokens = 3;
  const auto row = only_row(chat.settings);
  EXPECT_EQ(row.body, R"({"model":"m","messages":[ {"role":"user","content":"x"} ],"max_tokens":3})");
  EXPECT_EQ(row.prompt_bytes, 5U);
  EXPECT_EQ(fault(Input("a.jsonl", R"({"text":"x","id":1})").settings),
            "a.jsonl has no column \"prompt\": say what to ask, e.g. --prompt 'Summarise: {{text}}'; its columns are: "
            "text, id");
}

TEST(TemplateRows, ABadMessagesColumnIsABadRow) {
  const Input input("a.jsonl",
                    "{\"messages\":[1]}\n{\"messages\":[]}\n{\"messages\":\"[\"}\n{\"x\":1}\n{\"messages\":null}\n");
  EXPECT_EQ(bodies(input.settings), (Bodies{R"({"model":"m","messages":[1]})", "2: the column \"messages\" is empty",
                                            "3: the column \"messages\" is not a list", "4: has no column \"messages\"",
                                            "5: the column \"messages\" is not a list"}));
}

TEST(TemplateRows, AColumnThatThereIsNotListsThoseThereAre) {
  for (const auto& [name, text] :
       {std::pair("a.csv", "id,text\n1,x\n"), std::pair("a.jsonl", "{\"id\":1,\"text\":\"x\"}\n")}) {
    const std::string input_name(name);
    EXPECT_EQ(fault(Input(name, text, "{{txt}}").settings),
              input_name + " has no column \"txt\", which the prompt names; its columns are: id, text");
    Input carried(name, text, "{{text}}");
    carried.settings.columns = {"tag"};
    EXPECT_EQ(fault(carried.settings),
              input_name + " has no column \"tag\", which --columns names; its columns are: id, text");
    Input ids(name, text, "{{text}}");
    ids.settings.id_column = "key";
    EXPECT_EQ(fault(ids.settings),
              input_name + " has no column \"key\", which --id-column names; its columns are: id, text");
  }
}

TEST(TemplateRows, ARowThatLacksTheColumnIsBad) {
  const Input input("a.jsonl", "{\"text\":\"x\"}\n{\"t\":\"x\"}\n{\"text\":null}\n{\"text\":\" \\n\"}\nx\n",
                    "{{text}}");
  const auto texts = bodies(input.settings);
  ASSERT_EQ(texts.size(), 5U);
  EXPECT_EQ(Bodies(texts.begin(), texts.begin() + 4),
            (Bodies{user_x, "2: has no column \"text\"", "3: the column \"text\" is null",
                    "4: the column \"text\" is empty"}));
  EXPECT_EQ(texts[4].find("5: is not valid JSON: "), 0U);
}

TEST(TemplateRows, OneOfSeveralColumnsMayBeEmpty) {
  const Input input("a.csv", "a,b\n,x\n,\n", "{{a}}{{b}}");
  EXPECT_EQ(bodies(input.settings), (Bodies{user_x, "3: the column \"a\" is empty"}));
}

TEST(TemplateRows, CsvRowsMustBeAsLongAsTheHeader) {
  const Input input("a.csv", "a,b\nx,1\nx\nx,1,2\n\"x\"y,1\n\xE3,1\nx,\"1\n", "{{a}}");
  EXPECT_EQ(bodies(input.settings),
            (Bodies{user_x, "3: has 1 fields where the header has 2", "4: has 3 fields where the header has 2",
                    "5: field 1 goes on behind its closing quote",
                    "6: byte 1 (0xE3) is not valid UTF-8; is the file in another encoding (--encoding)?",
                    "7: a quotation mark is opened and not closed: the rest of the file belongs to this row"}));
}

TEST(TemplateRows, AHeaderMustBeGood) {
  EXPECT_EQ(fault(Input("a.csv", "a,a\nx,y\n", "{{a}}").settings), "a.csv has two columns named \"a\"");
  EXPECT_EQ(fault(Input("a.csv", "\"a\nx,y\n", "{{a}}").settings), "a.csv has a bad header: it does not end");
  EXPECT_EQ(fault(Input("a.csv", "a\xE3\nx,y\n", "{{a}}").settings).find("a.csv has a bad header: byte 2"), 0U);
  EXPECT_EQ(only_row(Input("a.csv", "a,,\nx,y,z\n", "{{a}}").settings).body, user_x) << "Excel writes such";
}

TEST(TemplateRows, TabsSeparateInTsv) {
  EXPECT_EQ(only_row(Input("a.tsv", "a,b\tc\n1\tx\n", "{{c}}").settings).body, user_x);
  Input input("a.csv", "a;b\n1;x\n", "{{b}}");
  input.settings.delimiter = ';';
  EXPECT_EQ(only_row(input.settings).body, user_x);
}

TEST(TemplateRows, TheCustomIdIsAColumn) {
  Input input("a.jsonl",
              "{\"prompt\":\"x\",\"custom_id\":\"p\"}\n{\"prompt\":\"x\",\"custom_id\":12}\n{\"prompt\":\"x\"}\n"
              "{\"prompt\":\"x\",\"custom_id\":null}\n{\"prompt\":\"x\",\"custom_id\":\"\"}\n{\"prompt\":\"x\","
              "\"custom_id\":true}\n");
  const auto rows = test::read_all(input.settings);
  EXPECT_EQ(std::get<Row>(rows[0]).custom_id, "p");
  EXPECT_TRUE(std::get<Row>(rows[1]).own_id);
  EXPECT_EQ(std::get<Row>(rows[1]).custom_id, "12");
  EXPECT_EQ(std::get<Row>(rows[2]).custom_id, "row-3");
  EXPECT_EQ(std::get<BadRow>(rows[3]).reason,
            "the column \"custom_id\", its custom_id, is neither a text nor a number");
  EXPECT_EQ(std::get<BadRow>(rows[4]).reason, "the column \"custom_id\", its custom_id, is empty");
  EXPECT_EQ(std::get<BadRow>(rows[5]).custom_id, "row-6");
  input.settings.id_column = "custom_id";
  EXPECT_EQ(bodies(input.settings)[2], "3: has no column \"custom_id\", its custom_id");
  Input csv("a.csv", "prompt,id\nx,7\n");
  EXPECT_FALSE(only_row(csv.settings).own_id) << "an id that nobody named may stand in several rows";
  csv.settings.id_column = "id";
  EXPECT_EQ(only_row(csv.settings).custom_id, "7");
}

TEST(TemplateRows, CarriesColumns) {
  Input input("a.jsonl", R"({"prompt":"x","t":"日本","n": 1.50 ,"z":null})"
                         "\n"
                         R"({"prompt":"x"})");
  input.settings.columns = {"n", "t", "z"};
  const auto rows = test::read_all(input.settings);
  EXPECT_EQ(std::get<Row>(rows[0]).columns, R"({"n":1.50,"t":"日本","z":null})");
  EXPECT_EQ(std::get<Row>(rows[1]).columns, R"({"n":null,"t":null,"z":null})");
  input.settings.columns = {"*"};
  EXPECT_EQ(std::get<Row>(test::read_all(input.settings)[0]).columns,
            R"({"prompt":"x","t":"日本","n": 1.50,"z":null})");
  Input csv("a.csv", "prompt,,n\nx,y,\"1\"\"\"\n");
  csv.settings.columns = {"*"};
  EXPECT_EQ(only_row(csv.settings).columns, R"({"prompt":"x","n":"1\""})");
  Input text("a.txt", "x");
  text.settings.columns = {"*"};
  EXPECT_EQ(only_row(text.settings).columns, R"({"line":"x"})");
}

TEST(TemplateRows, RefusesTemplatesThatCannotBeMeant) {
  const auto with = [](std::string prompt) { return fault(Input("a.csv", "a\nx\n", std::move(prompt)).settings); };
  EXPECT_EQ(with("{{a"), "the prompt has a {{ without its }}; for the braces themselves write {{'{{'}}");
  EXPECT_EQ(with("{{ }}"), "the prompt has a {{}} that names no column");
  EXPECT_EQ(with("Hello"), "the prompt names no column, so that every row would ask the same; the columns are: a");
  EXPECT_EQ(with("\xFF{{a}}"), "the prompt is not valid UTF-8");
}

TEST(TemplateRows, RefusesSettingsThatDoNotGoTogether) {
  Input input("a.csv", "prompt\nx\n");
  input.settings.model.clear();
  EXPECT_EQ(fault(input.settings),
            "no model: give --model NAME or set HEADWAY_MODEL; 'headway models' lists what is served");
  input.settings.set = {"model=\"n\""};
  EXPECT_EQ(only_row(input.settings).body, R"({"model":"n","messages":[{"role":"user","content":"x"}]})");
  input.settings.system = "s";
  input.settings.completions = true;
  EXPECT_EQ(fault(input.settings), "a system prompt is for chats, not for completions");
  Input chat("a.jsonl", "{\"messages\":[1]}");
  chat.settings.system = "s";
  EXPECT_EQ(fault(chat.settings), "a system prompt and rows that have \"messages\": these say their own");
}

TEST(TemplateRows, ATextInQuotationMarksStandsForItself) {
  EXPECT_EQ(only_row(Input("a.csv", "a\nx\n", "{{'{{'}}{{a}}{{ \"}}\" }}").settings).body,
            R"({"model":"m","messages":[{"role":"user","content":"{{x}}"}]})");
}

TEST(TemplateRows, NestedColumnsKeepTheirCharacters) {
  const auto content = [](std::string_view value) {
    const auto body = only_row(Input("a.jsonl", "{\"o\":" + std::string(value) + "}", "{{o}}").settings).body;
    const auto begin = body.find("content\":\"") + 10;
    return body.substr(begin, body.size() - begin - 4);
  };
  EXPECT_EQ(content(R"(["\u6771\u4eac", "\ud83d\ude00"])"), R"([\"東京\", \"😀\"])");
  EXPECT_EQ(content(R"(["\u0022\u005c\n\u0000\u001f"])"), R"([\"\\u0022\\u005c\\n\\u0000\\u001f\"])")
      << "what must be escaped";
  EXPECT_EQ(content(R"(["\\u6771"])"), R"([\"\\\\u6771\"])") << "a backslash, and no escape";
}

TEST(TemplateRows, NumbersMayBeOfAnySize) {
  for (const auto* number : {"18446744073709551616", "123456789012345678901234567890", "-1e999", "1E+400"}) {
    const auto text = R"({"prompt":"x","n":)" + std::string(number) + R"(,"t":"9e999"})";
    Input input("a.jsonl", text);
    input.settings.columns = {"n", "t"};
    const auto row = only_row(input.settings);
    EXPECT_EQ(row.body, user_x);
    EXPECT_EQ(row.columns, R"({"n":)" + std::string(number) + R"(,"t":"9e999"})");
  }
  EXPECT_EQ(only_row(Input("a.jsonl", R"({"n":18446744073709551616})", "{{n}}").settings).body,
            R"({"model":"m","messages":[{"role":"user","content":"18446744073709551616"}]})");
  for (const auto* bad : {"01", "1.", ".5", "1e", "- 1", "1e999x", "0x10", "99999999999999999999 1"}) {
    EXPECT_NE(
        reason(Input("a.jsonl", R"({"prompt":"x","n":)" + std::string(bad) + "}").settings).find("not valid JSON"),
        std::string::npos)
        << bad;
  }
}

TEST(TemplateRows, HalfASurrogateIsTheReplacementCharacter) {
  EXPECT_EQ(only_row(Input("a.jsonl", R"({"prompt":"a\ud83d","n":99999999999999999999})").settings).body,
            R"({"model":"m","messages":[{"role":"user","content":"a)"
            "\xEF\xBF\xBD"
            R"("}]})");
  EXPECT_EQ(only_row(Input("a.jsonl", R"({"prompt":"x","o":"\ude00\\ud83d"})").settings).body, user_x);
}

TEST(TemplateRows, ARowThatIsARequestSendsItsFields) {
  Input input(
      "a.jsonl",
      R"({"messages":[1],"temperature":0.20,"tools":[{"type":"function"}],"stop":"é","model":"own","seed":null,"n":3})"
      "\n"
      R"({"messages":[2]})");
  input.settings.model.clear();
  input.settings.default_model = "usual";
  EXPECT_EQ(bodies(input.settings),
            (Bodies{R"({"model":"own","messages":[1],"temperature":0.20,"stop":"é","tools":[{"type":"function"}]})",
                    R"({"model":"usual","messages":[2]})"}));
  EXPECT_EQ(check_input(input.settings).unused_columns, Bodies{"n"});
  input.settings.model = "flag";
  input.settings.temperature = 1;
  EXPECT_EQ(bodies(input.settings)[0],
            R"({"model":"flag","messages":[1],"stop":"é","tools":[{"type":"function"}],"temperature":1})");
  Input prompts("a.jsonl", R"({"prompt":"x","max_tokens":5,"topic":"t"})");
  EXPECT_EQ(only_row(prompts.settings).body,
            R"({"model":"m","messages":[{"role":"user","content":"x"}],"max_tokens":5})");
  EXPECT_EQ(check_input(prompts.settings).unused_columns, Bodies{"topic"});
  prompts.settings.columns = {"topic"};
  EXPECT_EQ(check_input(prompts.settings).unused_columns, Bodies{});
}

TEST(TemplateRows, AFieldOfTheWrongFormOrAStreamIsABadRow) {
  const auto why = [](std::string_view field) {
    return reason(Input("a.jsonl", R"({"messages":[1],)" + std::string(field) + "}").settings);
  };
  EXPECT_EQ(why(R"("temperature":"0.2")"), "the column \"temperature\", a field of the request, is not a number");
  EXPECT_EQ(why(R"("tool_choice":1)"),
            "the column \"tool_choice\", a field of the request, is not a text or an object");
  EXPECT_EQ(why(R"("stream":true)"), "the column \"stream\" is set: a run writes whole answers");
}

TEST(TemplateRows, ColumnsOfATemplateAreData) {
  Input input("a.jsonl", R"({"city":"x","temperature":21,"wind":3})", "{{city}}");
  EXPECT_EQ(only_row(input.settings).body, user_x);
  EXPECT_EQ(check_input(input.settings).unused_columns, Bodies{"temperature"}) << "it looks like a setting";
  input.settings.prompt = "{{city}} at {{temperature}}";
  EXPECT_EQ(check_input(input.settings).unused_columns, Bodies{});
}

TEST(CsvDialect, IsAsTheFileShows) {
  const auto body = [](const std::string& name, std::string_view text, std::string prompt = "{{b}}") {
    return only_row(Input(name, text, std::move(prompt)).settings).body;
  };
  EXPECT_EQ(body("a.csv", "a;b\r\n1;x\r\n"), user_x);
  EXPECT_EQ(body("a.csv", "a;b, c;d\n1;x;3,5\n", "{{b, c}}"), user_x);
  EXPECT_EQ(body("a.csv", "a\tb\n1\tx\n"), user_x);
  EXPECT_EQ(body("a.csv", "a|b\n1|x\n"), user_x);
  EXPECT_EQ(body("a.csv", "a,b\n1;2;3,x\n"), user_x);
  EXPECT_EQ(body("a.csv", "b\nx\n"), user_x);
  EXPECT_EQ(body("a.csv", "sep=;\r\na;b\r\n1;x\r\n"), user_x);
  EXPECT_EQ(body("a.csv", "\"sep=|\"\na|b\n1|x\n"), user_x);
  EXPECT_EQ(body("a.tsv", "SEP=,\na,b\n1,x\n"), user_x);
  const Input numbered("a.csv", "sep=;\na;b\n1;x\n1;2;3\n", "{{b}}");
  EXPECT_EQ(bodies(numbered.settings)[1], "4: has 3 fields where the header has 2");
}

TEST(LineEnds, MayBeCarriageReturnsAlone) {
  EXPECT_EQ(bodies(Input("a.txt", "x\rx\r").settings), (Bodies{user_x, user_x}));
  EXPECT_EQ(bodies(Input("a.csv", "a,b\r1,x\r2,x\r", "{{b}}").settings), (Bodies{user_x, user_x}));
  EXPECT_EQ(only_row(Input("a.csv", "a,b\r1,\"x\ny\"\r", "{{b}}").settings).body,
            R"({"model":"m","messages":[{"role":"user","content":"x\ny"}]})")
      << "as Excel on a Macintosh";
  EXPECT_EQ(only_row(Input("a.txt", "x\rx\n").settings).body,
            R"({"model":"m","messages":[{"role":"user","content":"x\rx"}]})");
}

TEST(InputColumns, MayBeVeryMany) {
  std::string header = "b", row = "x";
  for (int i = 0; i < 40'000; ++i) {
    header += ",c" + std::to_string(i);
    row += ",1";
  }
  Input input("a.csv", header + '\n' + row + '\n', "{{b}}");
  for (int i = 0; i < 40'000; ++i) input.settings.columns.push_back("c" + std::to_string(i));
  EXPECT_EQ(only_row(input.settings).body, user_x);
}

TEST(InputFormat, IsToldByExtensionAndFirstRows) {
  const auto body = [](const std::string& name, std::string_view text) {
    return only_row(Input(name, text).settings).body;
  };
  EXPECT_EQ(body("x", R"({"prompt":"x"})"), user_x);
  EXPECT_EQ(body("X.NDJSON", R"({"prompt":"x"})"), user_x);
  const std::string batch = R"({"custom_id":"a","method":"POST","url":"/v1/embeddings","body":{"input":"x"}})";
  EXPECT_EQ(body("x.jsonl", batch), R"({"input":"x","model":"m"})");
  EXPECT_EQ(bodies(Input("x.jsonl", "{\n" + batch).settings)[1], R"({"input":"x","model":"m"})") << "a bad first row";
  EXPECT_EQ(fault(Input("x.dat", "text").settings),
            "x.dat does not show its format: name it (--input-format jsonl, csv, lines or batch)");
  EXPECT_EQ(fault(Input("x.json", " \n [\n{}]").settings),
            "x.json is a JSON array, not an object a line; `jq -c '.[]'` makes lines of it");
  Input lines("x.csv", "x");
  lines.settings.format = InputFormat::lines;
  EXPECT_EQ(only_row(lines.settings).body, user_x);
}

TEST(InputFormat, WhenNoRowIsJsonEachIsABadRow) {
  const auto texts = bodies(Input("x.jsonl", "{\n{\n").settings);
  ASSERT_EQ(texts.size(), 2U);
  EXPECT_EQ(texts[1].find("2: is not valid JSON"), 0U);
}

}  // namespace
}  // namespace headway::job
