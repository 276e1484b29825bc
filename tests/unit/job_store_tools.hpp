#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <map>
#include <sstream>
#include <string>
#include <vector>

#include <fmt/format.h>

#include "../support/temporary_directory.hpp"
#include "job/row.hpp"
#include "job/store/row_id.hpp"
#include "job/store/store.hpp"

namespace headway::job {

inline Row make_row(std::uint64_t number, const std::string& content, const std::string& id = {}, int settings = 0) {
  Row row;
  row.number = number;
  row.line = number + 1;
  row.own_id = !id.empty();
  row.custom_id = row.own_id ? id : fmt::format("row-{}", row.line);
  row.content_hash = hash_of_id(content + id);
  row.request_hash = hash_of_id(content + id + std::to_string(settings));
  return row;
}

inline std::vector<Row> make_rows(std::uint64_t count, int settings = 0) {
  std::vector<Row> rows;
  for (std::uint64_t i = 0; i < count; ++i) rows.push_back(make_row(i, fmt::format("c{}", i), "", settings));
  return rows;
}

inline Record make_record(const Row& row, RowState state = RowState::done, std::string_view answer = "東京") {
  Record record;
  record.number = row.number;
  record.line = row.line;
  record.content_hash = row.content_hash;
  record.request_hash = row.request_hash;
  record.id_hash = hash_of_id(row.custom_id);
  record.state = state;
  record.attempts = 1;
  record.usage.prompt_tokens = 10;
  record.usage.completion_tokens = 5;
  record.cost = Money::of_picodollars(1000);
  if (state == RowState::done) {
    record.text = fmt::format(R"({{"custom_id":"{}","line":{},"response":{{"status_code":200,"body":"{}"}}}})",
                              row.custom_id, row.line, answer);
  } else {
    record.kind = state == RowState::failed ? "server" : "invalid";
    record.text =
        fmt::format(R"({{"custom_id":"{}","line":{},"error":{{"code":"{}"}}}})", row.custom_id, row.line, record.kind);
  }
  return record;
}

inline std::string text_of(const std::filesystem::path& path) {
  std::ostringstream text;
  text << std::ifstream(path, std::ios::binary).rdbuf();
  return text.str();
}

inline void write_text(const std::filesystem::path& path, std::string_view text) {
  std::ofstream(path, std::ios::binary) << text;
}

inline std::vector<std::string> lines_of(const std::filesystem::path& path) {
  std::vector<std::string> lines;
  std::istringstream text(text_of(path));
  for (std::string line; std::getline(text, line);) lines.push_back(line);
  return lines;
}

/// A folder with one run's files.
class StoreWorld {
 public:
  RunFilesOptions options;
  StoreOptions store_options;

  StoreWorld() { options.output = folder_.path() / "results.jsonl"; }
  StorePaths paths() const { return StorePaths(options.output); }

  ResumeCounts counts(const std::vector<Row>& rows) const {
    RunFiles files(options);
    auto plan = files.make_plan();
    return plan.decide([&] {
      for (const auto& row : rows) plan.add(row);
    });
  }

  /// A whole run over `rows` that sends what the plan says; `end` makes a row's record. Returns the numbers it sent.
  template <class End>
  std::vector<std::uint64_t> run(const std::vector<Row>& rows, End end, std::size_t group = 10) {
    RunFiles files(options);
    auto plan = files.make_plan();
    plan.decide([&] {
      for (const auto& row : rows) plan.add(row);
    });
    files.apply(plan);
    std::vector<std::uint64_t> sent;
    StoreCallbacks callbacks;
    callbacks.on_durable = [this](const std::vector<Record>& records) { durable += records.size(); };
    callbacks.on_failure = [this](const Error& error) { failures.emplace_back(error.what()); };
    Store store(std::move(files), store_options, callbacks);
    std::vector<SentRow> asked;
    for (const auto& row : rows) {
      const auto decision = plan.decision(row.number);
      if (decision != Decision::fresh && decision != Decision::maybe_sent && decision != again) continue;
      asked.push_back({row.number, row.content_hash});
      sent.push_back(row.number);
    }
    for (std::size_t at = 0; at < asked.size(); at += group) {
      const auto stop = std::min(asked.size(), at + group);
      store.may_send(
          {asked.begin() + static_cast<std::ptrdiff_t>(at), asked.begin() + static_cast<std::ptrdiff_t>(stop)});
      for (auto i = stop; i-- > at;) store.add(end(rows[asked[i].number]));  // the last ends first
    }
    if (all_admitted) store.admitted_all();
    unsaved = store.close();
    return sent;
  }
  std::vector<std::uint64_t> run(const std::vector<Row>& rows) {
    return run(rows, [](const Row& row) { return make_record(row); });
  }

  std::size_t durable = 0;
  std::size_t unsaved = 0;
  bool all_admitted = true;
  Decision again = Decision::fresh;  ///< what run() sends besides
  std::vector<std::string> failures;

 private:
  test::TemporaryDirectory folder_;
};

/// Each row ended once, each line is where the journal says, and nothing else is there.
inline void expect_whole(const StorePaths& paths, const std::vector<Row>& rows) {
  std::map<std::string, int> seen;
  for (const auto file : output_files) {
    const auto text = text_of(paths.of(file));
    EXPECT_TRUE(text.empty() || text.ends_with('\n')) << paths.of(file);
  }
  Journal journal(paths.journal, Durability::process);
  Statement known(journal.database(), "SELECT number, file, offset, length, id_hash FROM rows ORDER BY number");
  std::map<int, std::int64_t> bytes;
  std::size_t count = 0;
  const std::map<int, std::string> texts{{0, text_of(paths.results)}, {1, text_of(paths.errors)}};
  for (; known.next(); ++count) {
    const auto number = known.hash(0);
    ASSERT_LT(number, rows.size());
    ASSERT_FALSE(known.is_null(2)) << "row " << number << " waits";
    const auto& text = texts.at(static_cast<int>(known.integer(1)));
    const auto line = text.substr(known.hash(2), known.hash(3) + 1);
    EXPECT_EQ(line.back(), '\n');
    EXPECT_TRUE(line.starts_with(fmt::format(R"({{"custom_id":"{}",)", rows[number].custom_id))) << line;
    bytes[static_cast<int>(known.integer(1))] += static_cast<std::int64_t>(line.size());
  }
  EXPECT_EQ(count, rows.size());
  for (const auto& [file, size] : bytes) EXPECT_EQ(size, static_cast<std::int64_t>(texts.at(file).size()));
}

}  // namespace headway::job
