#include <gtest/gtest.h>

#include <algorithm>
#include <cstring>
#include <memory>

#include "job/input/csv_fields.hpp"
#include "job/input/csv_reader.hpp"
#include "job/input/line_reader.hpp"

namespace headway::job {
namespace {

// Gives `text` in slices of a size.
class Slices : public ByteSource {
 public:
  Slices(std::string text, std::size_t size) : text_(std::move(text)), size_(size) {}

  std::size_t read(char* to, std::size_t room) override {
    const auto count = std::min({room, size_, text_.size() - at_});
    std::memcpy(to, text_.data() + at_, count);
    at_ += count;
    return count;
  }

 private:
  std::string text_;
  std::size_t size_;
  std::size_t at_ = 0;
};

using Lines = std::vector<std::string>;

Lines all(RawRows& rows) {
  Lines lines;
  for (RawRow row; rows.next(row);) {
    constexpr std::string_view faults[] = {"", "too large", "quote not closed"};
    lines.push_back(std::to_string(row.line) + ":" + std::string(row.text) +
                    std::string(faults[static_cast<std::size_t>(row.fault)]));
  }
  return lines;
}

Lines read_lines(const std::string& text, std::size_t slice, std::size_t most = 1000) {
  LineReader reader(TextWindow(std::make_unique<Slices>(text, slice)), most);
  return all(reader);
}

Lines records_of(const std::string& text, std::size_t slice, std::size_t most = 1000) {
  CsvReader reader(TextWindow(std::make_unique<Slices>(text, slice)), most, ',');
  return all(reader);
}

constexpr std::size_t slices[] = {1, 2, 3, 7, 1000};

TEST(LineReader, TakesLinesInWhateverSlicesTheyCome) {
  for (const auto slice : slices) {
    EXPECT_EQ(read_lines("a\r\n\n \t\r\nb\nlast", slice), (Lines{"1:a", "4:b", "5:last"}));
    EXPECT_EQ(read_lines("", slice), Lines{});
    EXPECT_EQ(read_lines("\n\r\n", slice), Lines{});
    EXPECT_EQ(read_lines("\r", slice), Lines{});
  }
}

TEST(LineReader, AtTheLimitALineFitsAndAboveItIsSkippedToItsEnd) {
  for (const auto slice : slices) {
    EXPECT_EQ(read_lines("12345\r\n123456\nx", slice, 5), (Lines{"1:12345", "2:too large", "3:x"}));
    EXPECT_EQ(read_lines("1234567890123\nx\n1234567890", slice, 5), (Lines{"1:too large", "2:x", "3:too large"}));
  }
}

TEST(LineReader, TakesALineThatIsLargerThanItsBuffer) {
  const std::string large(3'000'000, 'x');
  EXPECT_EQ(read_lines("a\n" + large + "\nb", 100'000, 4'000'000), (Lines{"1:a", "2:" + large, "3:b"}));
  EXPECT_EQ(read_lines("a\n" + large + "\nb", 100'000, 1'000'000), (Lines{"1:a", "2:too large", "3:b"}));
}

TEST(CsvReader, ARecordGoesOnOverLinesInQuotes) {
  for (const auto slice : slices) {
    EXPECT_EQ(records_of("a,b\r\n\"x\r\ny\",\"\"\"\n\"\r\n\nc,d\"\ne", slice),
              (Lines{"1:a,b", "2:\"x\r\ny\",\"\"\"\n\"", "6:c,d\"", "7:e"}));
    EXPECT_EQ(records_of("a,\"b\"", slice), (Lines{"1:a,\"b\""}));
    EXPECT_EQ(records_of("a,\"\"\nb", slice), (Lines{"1:a,\"\"", "2:b"}));
  }
}

TEST(CsvReader, AQuoteThatIsNotClosedTakesTheRest) {
  for (const auto slice : slices) {
    EXPECT_EQ(records_of("a\n\"b\nc\nd", slice), (Lines{"1:a", "2:quote not closed"}));
    EXPECT_EQ(records_of("a\n\"b\nc\nddddddddd", slice, 4), (Lines{"1:a", "2:quote not closed"}));
    EXPECT_EQ(records_of("\"b\nc\ndddd\",x\ne\n", slice, 4), (Lines{"1:too large", "4:e"}));
  }
}

Lines fields_of(std::string_view record) {
  CsvFields fields(',');
  if (auto fault = fields.split(record); !fault.empty()) return {fault};
  Lines copy;
  for (const auto field : fields.get()) copy.emplace_back(field);
  return copy;
}

TEST(CsvFields, TakesQuotesOff) {
  EXPECT_EQ(fields_of("a,,b"), (Lines{"a", "", "b"}));
  EXPECT_EQ(fields_of(","), (Lines{"", ""}));
  EXPECT_EQ(fields_of("\"a,\"\"b\"\"\",\"\"\"\",\"\",c"), (Lines{"a,\"b\"", "\"", "", "c"}));
  EXPECT_EQ(fields_of("5\" disk, \"x\""), (Lines{"5\" disk", " \"x\""}));
  EXPECT_EQ(fields_of("a,\"\""), (Lines{"a", ""}));
}

TEST(CsvFields, TextBehindAQuoteIsAFault) {
  EXPECT_EQ(fields_of("a,\"b\"c,d"), (Lines{"field 2 goes on behind its closing quote"}));
}

}  // namespace
}  // namespace headway::job
